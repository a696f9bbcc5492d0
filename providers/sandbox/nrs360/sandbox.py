"""Own the whole stand-in: all parts of the API in one, and the account itself.

Never holds a rule of its own; each part does.
"""

from __future__ import annotations

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.blacklist import BlacklistRoutes
from providers.sandbox.nrs360.contacts import ContactRoutes
from providers.sandbox.nrs360.otp import OtpRoutes
from providers.sandbox.nrs360.reports import ReportRoutes
from providers.sandbox.nrs360.sending import SendingRoutes
from providers.sandbox.nrs360.shapes import iso, query_of
from providers.sandbox.nrs360.uploads import UploadRoutes


class Nrs360Sandbox(SendingRoutes, BlacklistRoutes, ReportRoutes, ContactRoutes, UploadRoutes, OtpRoutes):
    """360NRS in miniature."""

    hint = "Campaigns come from sendings: each campaignName makes one. The one listed is made by people."

    #: The document's minutes in seconds: nobody waits a quarter of an hour for a stand-in.
    hook_pauses = (1.0, 2.0, 3.0, 4.0, 5.0)

    @route("GET", "/api/rest/account")
    def show_account(self, request: Request) -> Response:
        """Show the account; the document lists what is in it, the names and shapes are assumed."""
        query_of(request)
        return answered(
            {
                "data": {
                    "username": self.credentials["username"],
                    "email": "sandbox@example.org",
                    "timezone": "UTC",
                    "language": "en",
                    "balance": float(self.balance),
                    "currency": "EUR",
                    "country": "ES",
                    "createdAt": iso(self.opened_at),
                }
            }
        )
