"""Own one tenant: its settings, the campaigns that people made in its portal, and who is let in how often.

Never adds or dials a contact; `contacts.py` does.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import Literal

from providers.sandbox.base import Sandbox
from providers.sandbox.line import Pace
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.ujet import words
from providers.sandbox.ujet.book import Campaign, Contact, Job

_SECOND = timedelta(seconds=1)
#: What an import answers besides 202; the document shows none.
ImportAnswer = Literal["empty", "null", "body", "link"]


class Tenant(Sandbox):
    """The state, the portal and the door."""

    slug = "ujet"
    credentials = {"username": "harborline", "token": "harborline-sandbox-token"}
    hint = "Contacts are dialed while their campaign's status is started; one such campaign is there."

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
        is_automatic: bool = True,
        requests_per_second: int | None = 10,
        manager_api: bool = True,
        lag_seconds: float = 0.0,
        lists_status: bool = False,
        import_answer: ImportAnswer = "empty",
        import_seconds: float = 1.0,
        redial_note_seconds: float = 0.0,
    ) -> None:
        """Prepare with one started campaign.

        `lag_seconds`: a new contact is not listed before. `lists_status`: lists show id, status and created_at,
        which one client was seen to read. `redial_note_seconds`: so long the ended ring's word is shown
        before the redial's. `requests_per_second` None = no limit.
        """
        super().__init__(now=now, pace=pace, is_automatic=is_automatic)
        self.requests_per_second, self.manager_api = requests_per_second, manager_api
        self.lists_status, self.import_answer = lists_status, import_answer
        self.lag, self.import_time = timedelta(seconds=lag_seconds), timedelta(seconds=import_seconds)
        self._note = timedelta(seconds=redial_note_seconds)
        self._book: dict[int, Campaign] = {}
        self._contacts: dict[str, Contact] = {}  # by the key of their call, the removed ones too
        self._dnc: dict[str, datetime | None] = {}  # until when; None = for ever
        self._jobs: dict[int, Job] = {}
        self._open_jobs: list[Job] = []
        self._requests: deque[datetime] = deque()
        # Ids are integers of the whole tenant, each kind for itself; nobody may guess them.
        self._campaign_ids, self._contact_ids, self._job_ids = count(21, 3), count(4107, 2), count(811, 5)
        self._call_ids = count(60_013)
        self.add_campaign()

    # ---- the portal

    def add_campaign(
        self,
        *,
        name: str = "Sandbox campaign",
        status: str = "started",
        mode: str = words.PREDICTIVE,
        max_redial_count: int = 0,
        redial_interval_minutes: int = 120,
        external_campaign_id: str | None = None,
    ) -> str:
        """Make a campaign as people do in the portal; give its id."""
        now = self.now()
        campaign = Campaign(
            id=next(self._campaign_ids),
            settings={
                "campaign_type": "default",
                "external_campaign_id": external_campaign_id,
                "name": name,
                "mode": mode,
                "status": status,
                "max_redial_count": max_redial_count,
                "redial_interval_minutes": redial_interval_minutes,
                "max_abandonment_percent": 3,
                "overdial_adjustment_multiplier": 1,
                "target_number_to_process": None,
                "created_at": now,
                "starts_at": now,
                "ends_at": None,
                "updated_at": now,
            },
        )
        self._book[campaign.id] = campaign
        return str(campaign.id)

    def set_status(self, campaign_id: str, status: str) -> None:
        """Play (`started`) or pause a campaign as people do in the portal, or give it any other word."""
        with self._lock:
            self.line.advance()
            self._book[int(campaign_id)].settings |= {"status": status, "updated_at": self.now()}

    def campaigns(self) -> list[str]:
        """List the ids of the campaigns."""
        return [str(campaign_id) for campaign_id in self._book]

    # ---- the door

    def authorize(self, request: Request) -> None:
        """Compare the basic credentials, then count the request: ten a second for all clients together."""
        pair = f"{self.credentials['username']}:{self.credentials['token']}".encode()
        if request.headers.get("authorization") != f"Basic {base64.b64encode(pair).decode('ascii')}":
            raise Refusal(401, "Access denied.")
        now = self.now()
        while self._requests and self._requests[0] <= now - _SECOND:
            self._requests.popleft()
        if self.requests_per_second is not None and len(self._requests) >= self.requests_per_second:
            raise Refusal(429, "Too many requests.")
        self._requests.append(now)

    def refused(self, refusal: Refusal) -> Response:
        """Refuse; no error body is documented, so only a bad body is told in JSON, the rest is a page.

        The document is silent about Retry-After: there is none.
        """
        if refusal.status in (400, 422):
            return answered({"message": refusal.message}, refusal.status)
        headers = {"content-type": "text/html; charset=utf-8"}
        if refusal.status == 401:
            headers["www-authenticate"] = 'Basic realm="Application"'
        page = f"<!DOCTYPE html><html><body><h1>{escape(refusal.message)}</h1></body></html>"
        return Response(status=refusal.status, body=page.encode(), headers=headers)
