"""UJET (Google Cloud CCAI Platform): contacts of outbound dialer campaigns that people made in its portal.

Owns nothing itself; it gives the adapter's class to the registry.
"""

from providers.ujet.adapter import Ujet, UjetCredentials, UjetSettings

__all__ = ["Ujet", "UjetCredentials", "UjetSettings"]
