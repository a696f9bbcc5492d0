"""Stand-in of Targg's HTTP API, written from the vendor's document and fact sheet alone.

Owns nothing itself; never imports an adapter.
"""

from __future__ import annotations

from providers.sandbox.targg.calls import CallRoutes
from providers.sandbox.targg.campaigns import CampaignRoutes
from providers.sandbox.targg.console import ConsoleRoutes
from providers.sandbox.targg.contacts import ContactRoutes

__all__ = ["TarggSandbox"]


class TarggSandbox(CallRoutes, ContactRoutes, CampaignRoutes, ConsoleRoutes):
    """One Targg account in miniature; its options are those of `TarggState`."""
