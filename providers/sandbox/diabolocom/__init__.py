"""A stand-in of Diabolocom's API for outbound campaigns, written from the vendor's document alone.

Owns the assembly of its parts; never holds a rule itself.
"""

from __future__ import annotations

from providers.sandbox.diabolocom.archives import ArchiveRoutes
from providers.sandbox.diabolocom.batches import BatchRoutes
from providers.sandbox.diabolocom.campaigns import CampaignRoutes
from providers.sandbox.diabolocom.contacts import ContactRoutes
from providers.sandbox.diabolocom.searching import SearchRoutes
from providers.sandbox.diabolocom.wrapups import WrapupRoutes

__all__ = ["DiabolocomSandbox"]


class DiabolocomSandbox(
    ContactRoutes, SearchRoutes, BatchRoutes, CampaignRoutes, WrapupRoutes, ArchiveRoutes
):
    """One Diabolocom account in miniature; its options are those of `Account`."""
