"""Own what is read for people: licences billed and recordings.

Never says which recording belongs to which contact: no endpoint of the document does.
"""

from __future__ import annotations

import re
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.diabolocom.account import Account
from providers.sandbox.diabolocom.fields import invalid, no_body, parameters, text
from providers.sandbox.messages import Refusal, Request, Response, answered

_MODEL = "Peak Users"


class ArchiveRoutes(Account):
    """Sections "Cold statistics" and "Archives"."""

    @route("GET", "/api/v1/statistic-cold/billing/licenses")
    def list_licences(self, request: Request) -> Response:
        """Tell the licences of a month, which is mandatory; the code for a missing one is not documented."""
        no_body(request)
        month = parameters(request, month=_month).get("month")
        if month is None:
            raise invalid("month is mandatory")
        detail = {
            "model": _MODEL,
            "count": 1,
            "users": ["robin.sandbox"],
            "peakDateTime": f"{month}-02T14:30:00Z",
        }
        return answered(
            {
                "month": month,
                "licenseModelBilled": _MODEL,
                "currentAccountLicenseModel": _MODEL,
                "details": [detail],
            }
        )

    @route("GET", "/api/v1/recordings/interactions/{interaction_id}/content")
    def show_recording(self, request: Request, interaction_id: str) -> Response:
        """Give the audio of an interaction; what is answered for one that is not there is not documented."""
        parameters(request)
        no_body(request)
        known = (
            self.recordings.get(int(interaction_id)) if re.fullmatch(r"\d{1,18}", interaction_id) else None
        )
        if known is None:
            raise Refusal(404, "error.interaction.unknown")
        return Response(status=200, body=known, headers={"content-type": "audio/mpeg"})


def _month(value: Any) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text(value)):
        raise invalid("a month is YYYY-MM")
    return str(value)
