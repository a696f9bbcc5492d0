"""Targg: a callbot dialer whose campaigns, contacts and calls are made by API, one by one.

Owns nothing itself; it gives the adapter's class to the registry.
"""

from providers.targg.adapter import Targg, TarggCredentials, TarggSettings

__all__ = ["Targg", "TarggCredentials", "TarggSettings"]
