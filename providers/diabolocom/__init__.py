"""The adapter of Diabolocom's outbound campaigns; its typed client is reached as `Diabolocom.client`.

Owns what the package shows to others; never a rule of the vendor.
"""

from __future__ import annotations

from providers.diabolocom.adapter import Diabolocom
from providers.diabolocom.client import DiabolocomClient

__all__ = ["Diabolocom", "DiabolocomClient"]
