"""Own the account: its token, its error bodies, its options, and what people set up in its portal.

Never answers a request itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from providers.sandbox.base import Sandbox
from providers.sandbox.diabolocom.defaults import FOLDERS, WRAPUPS, new_campaign
from providers.sandbox.diabolocom.fields import invalid, second, whole_text
from providers.sandbox.diabolocom.store import Book, Campaign, Contact
from providers.sandbox.line import Pace
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.vocabulary import Result

#: The error names that the document gives; it gives none for 400 and 409, and no shape of the body at all.
_NAMES = {401: "error.unauthorized", 405: "error.method.not.allowed"}
#: Who the document's createdBy and lastUpdatedBy fields name: the token's user, and the dialer.
API_LOGIN, DIALER_LOGIN = "sandbox.api", "sandbox.dialer"
#: Invented; ids of different things never meet, so that a wrong one is noticed.
_FIRST_CAMPAIGN, _FIRST_WRAPUP, _FIRST_FOLDER = 4101, 8201, 310


class Account(Sandbox):
    """What an account is before anybody calls its API."""

    slug = "diabolocom"
    credentials = {"private_token": "sandbox-diabolocom-0000"}
    hint = "campaigns are made in the portal; here by add_campaign()"

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
        is_automatic: bool = True,
        page_limit: int | None = None,
        lag_seconds: float = 0.0,
        batch_seconds: float = 1.0,
        create_body: Literal["contact", "none"] = "contact",
        error_body: Literal["text", "json"] = "text",
        delete_query: Literal["flat", "wrapped"] = "flat",
        next_base: str = "",
        ref_field: str = "external_id",
    ) -> None:
        """Set up one playing campaign; every option after `page_limit` is about what the document leaves open.

        lag_seconds: new contacts are found by searches only after it. create_body: what a 201 holds.
        delete_query: where a batch delete looks for its filters. next_base: put before the path in `next`.
        ref_field: the custom field whose value the sandbox's own ledger shows as our reference.
        """
        super().__init__(now=now, pace=pace, is_automatic=is_automatic)
        self.page_limit, self.lag_seconds, self.batch_seconds = page_limit, lag_seconds, batch_seconds
        self.create_body, self.error_body, self.delete_query = create_body, error_body, delete_query
        self.next_base, self.ref_field = next_base, ref_field
        #: Tokens can expire; the document answers that as it answers a wrong one.
        self.is_expired = False
        #: Numbers that were validated on the account, and so may be displayed.
        self.displayed_numbers = {"12025550190", "12025550191"}
        self._furnish()

    def _furnish(self) -> None:
        """Bring what people have made in the portal before anybody calls the API."""
        self.book = Book()
        self.campaign_of: dict[int, Campaign] = {}
        self.folders: dict[int, dict[str, Any]] = {}
        self.wrapups: dict[int, dict[str, Any]] = {}
        self.folder_of: dict[int, int] = {}  # by wrapup
        self.wrapup_of: dict[Result, int] = {}
        self.recordings: dict[int, bytes] = {}
        for name, parent in FOLDERS:
            self.add_folder(name, parent=_FIRST_FOLDER + parent if parent is not None else None)
        for title, status, is_system, results in WRAPUPS:
            self.add_wrapup(title, status, results=results, is_system=is_system)
        self.add_campaign()

    # ---- what people do in the portal

    def add_campaign(self, *, newContactPriority: int = 1, **settings: Any) -> str:
        """Make a campaign with properties by their names in the document; give its id."""
        number = _FIRST_CAMPAIGN + len(self.campaign_of)
        values = new_campaign(number, second(self.now()), max(self.folders), settings)
        self.campaign_of[number] = Campaign(values=values, new_contact_priority=newContactPriority)
        return str(number)

    def add_folder(self, name: str, *, parent: int | None = None, is_system: bool = False) -> int:
        """Make a wrapup folder; give its id."""
        number = _FIRST_FOLDER + len(self.folders)
        above = self.folders.get(parent or 0)
        self.folders[number] = {
            "id": number,
            "level": above["level"] + 1 if above else 0,
            "locked": is_system,
            "name": name,
            "order": len(self.folders),
            "parentFolderId": parent,
            "system": is_system,
            "folderPath": f"{above['folderPath']}/{name}" if above else name,
            **self._made(),
        }
        return number

    def add_wrapup(
        self,
        name: str,
        status: str,
        *,
        results: Sequence[Result] = (),
        folder: int | None = None,
        is_system: bool = False,
        is_hidden: bool = False,
        unpin_after: int | None = None,
    ) -> int:
        """Make a wrapup; calls that end with one of `results` are qualified with it from now on."""
        number = _FIRST_WRAPUP + len(self.wrapups)
        folder = folder or max(self.folders)
        self.wrapups[number] = {
            "id": number,
            "name": name,
            "status": status,
            "wrapupPath": self.folders[folder]["folderPath"],
            "isSystem": is_system,
            "isHidden": is_hidden,
            "unpinAfter": unpin_after,
            **self._made(),
        }
        self.folder_of[number] = folder
        self.wrapup_of |= dict.fromkeys(results, number)
        return number

    def _made(self) -> dict[str, Any]:
        now = second(self.now())
        return {"createdAt": now, "createdBy": API_LOGIN, "lastUpdatedAt": now, "lastUpdatedBy": API_LOGIN}

    # ---- the door

    def authorize(self, request: Request) -> None:
        """Let in whoever has the token in `Private-Token`."""
        if self.is_expired or request.headers.get("private-token") != self.credentials["private_token"]:
            raise Refusal(401)

    def refused(self, refusal: Refusal) -> Response:
        """Write the error's name. The document shows a name and no shape: bare text is the harder one to read."""
        name = _NAMES.get(refusal.status, refusal.message)
        if not name.startswith("error."):
            name = f"error.refused: {name}"
        if self.error_body == "json":
            return answered({"error": name}, refusal.status)
        kind = {"content-type": "text/plain; charset=utf-8"}
        return Response(status=refusal.status, body=name.encode(), headers=kind)

    # ---- finding and paging

    def campaigns(self) -> list[str]:
        """List the ids of the campaigns that were not deleted."""
        return [str(number) for number, campaign in self.campaign_of.items() if not campaign.is_deleted]

    def campaign(self, campaign_id: str) -> Campaign:
        """Find a campaign, or refuse with 404; an id that is no number is a bad request."""
        campaign = self.campaign_of.get(_number(campaign_id))
        if campaign is None or campaign.is_deleted:
            raise Refusal(404, "error.campaign.not.exists")
        return campaign

    def contact(self, campaign_id: str, contact_id: str) -> Contact:
        """Find a contact by the id inside its campaign."""
        campaign = self.campaign(campaign_id)
        if contact_id == "search":  # a path of its own, which takes POST only
            raise Refusal(405)
        contact = campaign.contacts.get(_number(contact_id))
        if contact is None:
            raise Refusal(404, "error.contact.not.exists")
        return contact

    def size(self, asked: int | None, default: int, most: int) -> int:
        """Give the size of a page. More than the maximum gives the maximum: no 400 is documented for it."""
        size = min(default if asked is None else asked, most)
        return size if self.page_limit is None else min(size, self.page_limit)

    def link(self, path: str, **query: Any) -> str:
        """Write a `next` or `previous` URL. Absolute or not is not documented: by default it has no host."""
        return f"{self.next_base}{path}?{urlencode({k: v for k, v in query.items() if v is not None})}"

    def is_listed(self, contact: Contact) -> bool:
        """Say whether searches find it already: when they do is not documented."""
        if not self.lag_seconds:
            return True
        return (self.now() - contact.created_at).total_seconds() >= self.lag_seconds


def _number(written: str) -> int:
    try:
        return int(whole_text(0)(written))
    except Refusal:
        raise invalid("an id is an integer") from None
