"""Own the nine requests of QVoice's Campaigns API, and what people do in its portal.

Never more than the document has: no lead can be fetched, changed or found by our reference.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from providers.sandbox.base import Sandbox, route
from providers.sandbox.line import Call, Stage
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.qvoice.asked import (
    expect_query,
    instant,
    invalid,
    lead_of,
    page_size,
    start_key,
)
from providers.sandbox.qvoice.desk import queue
from providers.sandbox.qvoice.history import History, Window
from providers.sandbox.qvoice.leads import (
    CONNECTED,
    FAILED,
    NEW,
    RUNNING,
    STOPPED,
    SUCCESS,
    Campaign,
    Lead,
    Leads,
    hex_id,
    lead_id,
)
from providers.sandbox.qvoice.sessions import Sessions
from providers.values import NativeStep
from providers.vocabulary import Result, Unit

_V2 = "/api/v2"
#: The largest page; not documented.
_PAGE_LIMIT = 1000
#: How long a token lives; not documented, about an hour is what is usually assumed.
_SESSION_SECONDS = 3600.0
#: The fourth status of the document's report, whose name was pasted over there: the name is invented.
_BUSY_WORD = "in_progress"


class QVoiceSandbox(Sandbox):
    """QVoice in miniature."""

    slug = "qvoice"
    credentials: ClassVar[dict[str, str]] = {
        "username": "sandbox-operator",
        "password": "four-quiet-herons-71",
        "domain": "sandbox-tenant",
        "account_id": "5a4dc0ffee5a4dc0ffee5a4dc0ffee01",
    }
    hint = "A campaign is told its remote id; campaigns are made and stopped in the portal only."

    def __init__(
        self,
        *,
        page_limit: int = _PAGE_LIMIT,
        lag_seconds: float = 0.0,
        session_seconds: float = _SESSION_SECONDS,
        busy_word: str = _BUSY_WORD,
        is_enveloped: bool = False,
        is_newest_first: bool = False,
        **common: Any,
    ) -> None:
        """Prepare one running campaign; `common` as for every sandbox.

        `lag_seconds`: new leads and attempts are listed that much later. `is_enveloped`: the history comes as
        data and next_start_key, as some portals answer. `is_newest_first`: the history's order, which is not
        documented. `busy_word`: a lead's status from its first ring to its end.
        """
        super().__init__(**common)
        self._page_limit, self._lag = page_limit, timedelta(seconds=lag_seconds)
        self._is_enveloped = is_enveloped
        self._sessions = Sessions(credentials=self.credentials, seconds=session_seconds, now=self.now)
        self._leads = Leads(busy_word)
        self.history = History(is_newest_first=is_newest_first)
        #: Whether anybody is logged in: without agents no campaign dials.
        self.has_agents = True
        self.add_campaign()

    # ---- the portal

    def add_campaign(self, *, name: str = "Sandbox campaign", status: str = RUNNING) -> str:
        """Make a campaign, as people do in the portal, and give its id; names need not differ."""
        campaign = Campaign(id=hex_id("campaign", self.number()), name=name, status=status)
        self._leads.campaigns[campaign.id] = campaign
        return campaign.id

    def set_campaign_status(self, campaign_id: str, status: str) -> None:
        """Start or stop a campaign, as people do in the portal; only `stopped` dials nobody."""
        self._leads.campaigns[campaign_id].status = status

    # ---- the base's questions

    def authorize(self, request: Request) -> None:
        """Let the request in, or refuse it."""
        self._sessions.admit(request)

    def refused(self, refusal: Refusal) -> Response:
        """Refuse in plain text; bodies of errors are not documented."""
        return _said(refusal.message, refusal.status)

    def campaigns(self) -> list[str]:
        """List the ids of the campaigns."""
        return list(self._leads.campaigns)

    def may_dial(self, call: Call) -> bool:
        """Say whether the campaign runs and has agents."""
        return self.has_agents and self._leads.campaigns[call.campaign].status != STOPPED

    def again(self, call: Call, result: Result) -> bool:
        """Ring again until somebody was connected; which results do so is not documented: all others."""
        return result not in CONNECTED and "is_stopped" not in call.facts

    def changed(self, call: Call) -> None:
        """Count the lead anew, and note each ring in the history, as soon as it rings."""
        lead: Lead = call.facts["lead"]
        if call.stage is Stage.RINGING and call.word is None:
            self.history.add(lead, call.changed_at)
        if lead.id in self._leads.by_id and lead.call is call:
            self._leads.recount(lead)

    # ---- the API

    @route("POST", f"{_V2}/login", is_open=True)
    def log_in(self, request: Request) -> Response:
        """Begin a session."""
        return answered(self._sessions.log_in(request))

    @route("GET", f"{_V2}/reports/campaigns/leads/status")
    def count_leads(self, request: Request) -> Response:
        """Show all campaigns, keyed by id, with their leads counted by status."""
        expect_query(request)
        return answered({each.id: each.summary() for each in self._leads.campaigns.values()})

    @route("GET", f"{_V2}/config/campaigns/{{campaign_id}}/leads")
    def list_leads(self, request: Request, campaign_id: str) -> Response:
        """Show a page of leads; on the last one the key is there and empty, as the document is silent."""
        expect_query(request, "page_size", "next_start_key")
        size = page_size(request, "page_size", self._page_limit)
        start = start_key(request, "next_start_key")
        data, next_key = self._leads.page(self._campaign(campaign_id), start, size, self._seen_until())
        return answered({"data": data, "next_start_key": next_key})

    @route("PUT", f"{_V2}/config/campaigns/{{campaign_id}}/lead")
    def add_lead(self, request: Request, campaign_id: str) -> Response:
        """Take a lead; a number that is there already becomes one more lead, which rings too.

        No document forbids duplicates, and none promises a body: there is no id in the answer. A stopped
        campaign takes leads; they wait.
        """
        campaign, given = self._campaign(campaign_id), lead_of(request)
        if self.is_refused(given["number"]):
            raise invalid("the number can't be called")
        self.door(given["number"])
        key = lead_id(self.number())
        call = self._taken(key, campaign, given)
        lead = Lead(id=key, campaign=campaign, given=given, created_at=call.accepted_at, call=call)
        call.facts["lead"] = lead
        self._leads.add(lead)
        return _said("Taken.")

    @route("POST", f"{_V2}/config/campaigns/leads/{{key}}/status/{{word}}")
    def set_status(self, request: Request, key: str, word: str) -> Response:
        """Set a lead's status. `success` and `failed` stop further rings, `new` queues it again.

        A call that is under way goes on, and its end replaces the word. Only words that the document shows.
        """
        expect_query(request)
        lead = self._lead(key)
        if word not in (NEW, SUCCESS, FAILED):
            raise invalid("there is no such status")
        if word == NEW:
            self._queue_again(lead)
        else:
            self._stop(lead.call)
        lead.call.word = word  # until the call's next step
        self._leads.recount(lead)
        return _said("Status set.")

    @route("DELETE", f"{_V2}/config/campaigns/leads/{{key}}")
    def delete_lead(self, request: Request, key: str) -> Response:
        """Delete a lead; deleted twice is 400. A call that is under way goes on, but is the last one."""
        expect_query(request)
        lead = self._lead(key)
        self._stop(lead.call)
        self._leads.remove(lead)
        return _said("Deleted.")

    @route("GET", f"{_V2}/reports/campaigns/leads/history")
    def list_history(self, request: Request) -> Response:
        """Show attempts of a window of time; a bare array has no place for the next page's key."""
        expect_query(request, "startDate", "endDate", "pageSize", "startKey")
        window = Window(
            first=instant(request, "startDate"),
            last=instant(request, "endDate"),
            start=start_key(request, "startKey"),
            size=page_size(request, "pageSize", self._page_limit),
            seen_until=self._seen_until(),
        )
        data, next_key = self.history.page(window)
        return answered({"data": data, "next_start_key": next_key} if self._is_enveloped else data)

    @route("PUT", f"{_V2}/config/campaigns/call/{{cdr}}/disposition/voicemail")
    def set_voicemail(self, request: Request, cdr: str) -> Response:
        """Say that a machine took a call; the lead's status stays, as nothing else is documented."""
        expect_query(request)
        if cdr not in self.history.dispositions:
            raise invalid("there is no such call")
        self.history.dispositions[cdr] = "voicemail"
        return _said("Disposition set.")

    @route("GET", "/callcenter/queues/status")
    def list_queues(self, request: Request) -> Response:
        """Show the queue and its agents; the one path outside the API's version."""
        expect_query(request)
        return answered([queue(has_agents=self.has_agents)])

    # ---- how it is done

    def _campaign(self, campaign_id: str) -> Campaign:
        campaign = self._leads.campaigns.get(campaign_id)
        if campaign is None:  # 404 is not documented
            raise invalid("there is no such campaign")
        return campaign

    def _lead(self, key: str) -> Lead:
        lead = self._leads.by_id.get(key)
        if lead is None:
            raise invalid("there is no such lead")
        return lead

    def _taken(self, key: str, campaign: Campaign, given: dict[str, Any]) -> Call:
        """Hand a lead to the line. `retries` are further rings, `cool_off` are seconds: the safest reading."""
        step = NativeStep(amount=given["cool_off"], unit=Unit.SECOND)
        # ref stays None: ticket_id goes in and never comes out.
        waits = (step,) * given["retries"]
        return self.line.take(key=key, phone=given["number"], campaign=campaign.id, waits=waits)

    def _queue_again(self, lead: Lead) -> None:
        """Ring as soon as possible; a lead that is over starts from the beginning, with all its retries."""
        call = lead.call
        call.facts.pop("is_stopped", None)
        if call.is_over:
            lead.call = self._taken(lead.id, lead.campaign, dict(lead.given))
            lead.call.facts["lead"] = lead
        elif call.stage is Stage.WAITING:
            call.due_at = self.now()

    def _stop(self, call: Call) -> None:
        call.facts["is_stopped"] = True
        if call.stage is Stage.WAITING:
            self.line.withdraw(call)

    def _seen_until(self) -> datetime:
        return self.now() - self._lag


def _said(text: str, status: int = 200) -> Response:
    """Answer in plain text: no answer but the lists and the login has a documented body."""
    return Response(status=status, body=text.encode(), headers={"content-type": "text/plain; charset=utf-8"})
