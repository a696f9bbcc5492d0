"""Own each request that QVoice's document describes, as one typed method; and the session they share.

Never interprets a status, never lists more than one page, never repeats a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from providers.contract import HttpOptions
from providers.errors import AccountBlocked, CampaignBlocked, ProviderError, Refused
from providers.http import Answer, Client, Effect, Unreadable, segment
from providers.qvoice import records
from providers.qvoice.configuration import LARGEST_PAGE, QVoiceCredentials
from providers.qvoice.records import ActivityPage, CampaignCounts, LeadPage, NewLead, Queue
from providers.requests import Headers
from providers.secrets import Secret

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

#: How long a token lasts is not documented; clients of the same portal take an hour (sheet: Basics, Auth).
TOKEN_SECONDS = 3600.0
#: A token is renewed before it ends: how an ended one is answered is not documented either, and a 400 on a new
#: lead would be taken for a refusal of the lead.
_USED_SHARE = 0.9

#: By these the login, which needs nothing but the credentials and the address, says that they are wrong
#: ("Get access token" documents 400 only; the rest as everywhere).
_WRONG_LOGIN = frozenset({400, 401, 403, 404, 422})
#: 400 is documented for every request; bodies of errors are not, so that only the status is repeated.
_REFUSALS = frozenset({400, 404, 405, 409, 410, 422})


class QVoiceClient:
    """Send one account's requests from one thread; log in when needed, and once more on 401 or 403."""

    def __init__(
        self,
        *,
        credentials: QVoiceCredentials,
        base_url: str,
        now: Callable[[], datetime],
        options: HttpOptions,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare, without connecting."""
        self._credentials, self._base_url, self._now = credentials, base_url, now
        self._options, self._transport = options, transport
        self._renew_at: datetime | None = None
        self._is_busy = False
        self._http = self._connected()

    def _connected(self) -> Client:
        return Client(
            provider="qvoice",
            base_url=self._base_url,
            now=self._now,
            options=self._options,
            transport=self._transport,
            login=self._login,
            renew_on=frozenset({401, 403}),
        )

    @contextmanager
    def budget(self) -> Iterator[None]:
        """Let all requests inside share one deadline and one session."""
        if self._is_busy:
            yield
            return
        if self._renew_at is not None and self._now() >= self._renew_at:
            self._renew_at = None
            self._http = self._connected()  # a new one has no session yet
        self._is_busy = True
        try:
            with self._http.budget():
                yield
        finally:
            self._is_busy = False

    def _login(self, client: Client) -> Headers:
        """Fetch a token; both headers go with every other request ("Get access token")."""
        mine = self._credentials

        def read(answer: Answer) -> tuple[str, float]:
            data = answer.json()
            if not isinstance(data["access_token"], str) or not data["access_token"]:
                raise Unreadable("The login gave no token.")
            return data["access_token"], _lifetime(data)

        token, seconds = client.request(
            "POST",
            "/api/v2/login",
            operation="login",
            effect=Effect.REPEATABLE,
            json={"username": mine.username, "password": mine.password.reveal(), "domain": mine.domain},
            decode=read,
            verdict=_wrong_login,
            authorized=False,
        )
        self._renew_at = self._now() + timedelta(seconds=seconds * _USED_SHARE)
        return {"Authorization": Secret(f"Bearer {token}"), "X-Account-ID": mine.account_id}

    def campaigns(self) -> list[CampaignCounts]:
        """List all campaigns with their leads by status ("Get Campaigns status and Leads by Status")."""
        return self._ask(
            "GET",
            "/api/v2/reports/campaigns/leads/status",
            "list_campaigns",
            Effect.READ,
            records.campaign_counts,
        )

    def lead_page(self, campaign_id: str, *, start_key: str = "", page_size: int = LARGEST_PAGE) -> LeadPage:
        """List one page of a campaign's leads ("Get Leads status by Campaign"); 404 is `CampaignBlocked`."""
        params: dict[str, str | int] = {"page_size": page_size}
        if start_key:
            params["next_start_key"] = start_key
        return self._ask(
            "GET",
            f"{_campaign(campaign_id)}/leads",
            "list_leads",
            Effect.READ,
            records.lead_page,
            params=params,
            verdict=_gone_campaign,
        )

    def add_lead(self, campaign_id: str, lead: NewLead, *, ref: str = "") -> float | None:
        """Add a lead, which is dialed as soon as can be ("Add Lead to campaign"); give the answer's `Date`.

        Though it is a PUT, each one makes another lead. The answer has no documented body and no id.
        """
        if not records.digits(lead.number):
            raise ValueError("A lead needs a number.")
        return self._ask(
            "PUT",
            f"{_campaign(campaign_id)}/lead",
            "add_lead",
            Effect.ONCE,
            _taken,
            json=asdict(lead),
            verdict=_gone_campaign,
            ref=ref,
        )

    def set_lead_status(self, lead_id: str, status: str) -> None:
        """Set a lead's status ("Set Lead status"); seen words are `new`, `success` and `failed`.

        `new` should queue it again: a second one after the call would ring again, so it is sent as such.
        """
        effect = Effect.ONCE if status == "new" else Effect.REPEATABLE
        path = f"{_lead(lead_id)}/status/{segment(_given(status, 'status'))}"
        self._ask("POST", path, "set_lead_status", effect, _nothing)

    def delete_lead(self, lead_id: str) -> None:
        """Delete one lead by its id ("Delete lead"); it never says whether the lead was being called."""
        self._ask("DELETE", _lead(lead_id), "delete_lead", Effect.REPEATABLE, _nothing)

    def activity_page(
        self,
        since: datetime,
        until: datetime,
        *,
        page_size: int = LARGEST_PAGE,
        start_key: str = "",
        columns: Sequence[str] = (),
    ) -> ActivityPage:
        """List one page of the dials of all campaigns in a span of time ("Get Campaigns activity").

        The names of the table are sent, not the sample's misspelt one, and whole seconds, not the sample's
        milliseconds. `columns` asks for further ones, which the document does not know (sheet: Campaign activity).
        """
        params: dict[str, str | int] = {
            "startDate": int(since.timestamp()),
            "endDate": int(until.timestamp()),
            "pageSize": page_size,
        }
        if start_key:
            params["startKey"] = start_key
        if columns:
            params["fields"] = ",".join(columns)
        return self._ask(
            "GET",
            "/api/v2/reports/campaigns/leads/history",
            "list_activity",
            Effect.READ,
            records.activity_page,
            params=params,
        )

    def queues(self) -> list[Queue]:
        """List the queues with their agents ("Get Queues Status"); the one path outside `/api/v2`."""
        return self._ask("GET", "/callcenter/queues/status", "list_queues", Effect.READ, records.queues)

    def set_voicemail(self, cdr_id: str) -> None:
        """Set the disposition of one call to voicemail ("Set call disposition to Voicemail").

        Where the id comes from is not documented; `ActivityRecord.call_ids` is the likely place.
        """
        path = f"/api/v2/config/campaigns/call/{segment(_given(cdr_id, 'cdr_id'))}/disposition/voicemail"
        self._ask("PUT", path, "set_voicemail", Effect.REPEATABLE, _nothing)

    def _ask(
        self,
        method: str,
        path: str,
        operation: str,
        effect: Effect,
        decode: Callable[[Answer], T],
        **more: Any,
    ) -> T:
        given = {"verdict": _refusal, **more}
        with self.budget():
            return self._http.request(
                method, path, operation=operation, effect=effect, decode=decode, **given
            )


def _nothing(answer: Answer) -> None:
    """Read nothing: the bodies of writes are not documented (sheet: Add a lead)."""


def _taken(answer: Answer) -> float | None:
    """Give the answer's `Date`; whatever its body says is as good (sheet: Add a lead).

    But half an object is no whole answer: what it was to say, a refusal perhaps, nobody knows.
    """
    if answer.text.lstrip().startswith(("{", "[")):
        answer.json()
    return records.date_of(answer)


def _lifetime(data: Mapping[str, Any]) -> float:
    told = data.get("expires_in", data.get("expiresIn"))
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return float(told) if is_number and told > 0 else TOKEN_SECONDS


def _given(value: str, name: str) -> str:
    if not value.strip(". "):  # dots alone would name the folder above, that is all items
        raise ValueError(f"`{name}` is empty; nothing is sent that names no single item.")
    return value


def _campaign(campaign_id: str) -> str:
    return f"/api/v2/config/campaigns/{segment(_given(campaign_id, 'campaign_id'))}"


def _lead(lead_id: str) -> str:
    return f"/api/v2/config/campaigns/leads/{segment(_given(lead_id, 'lead_id'))}"


def _wrong_login(answer: Answer) -> ProviderError | None:
    if answer.status not in _WRONG_LOGIN:
        return None
    return AccountBlocked("The login was refused; check user name, password, domain and base_url.")


def _refusal(answer: Answer) -> ProviderError | None:
    # Its body may repeat the name or number that was sent.
    return Refused("The information sent is taken for invalid.") if answer.status in _REFUSALS else None


def _gone_campaign(answer: Answer) -> ProviderError | None:
    if answer.status == 404:
        return CampaignBlocked("There is no such campaign at QVoice.")
    return _refusal(answer)
