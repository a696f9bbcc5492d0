"""Own the account's state, who may be dialed, what is dialed again, and what is notified.

Never answers a request; the routes do.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from providers.sandbox.base import Sandbox
from providers.sandbox.line import Call, Stage, wait_of
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.targg.query import HOME, MAXIMUM_LIMIT
from providers.sandbox.targg.records import DELETED, Campaign, Contact, template
from providers.sandbox.targg.shown import HOOK_SPELLING, SCHEDULE_DONE, SUCCESSFUL, shown, status_of
from providers.sandbox.targg.zones import on_business_day
from providers.values import HookRequest, NativeStep
from providers.vocabulary import Result

#: Ids of the templates that the account has; they are made by people in the vendor's console.
CALLBOT_TEMPLATE, IVR_TEMPLATE = "66f0a1b2c3d4e5f6aa000001", "66f0a1b2c3d4e5f6aa000002"
#: The type of templates for callbots; how one for a voice menu is marked is not documented, "ivr" is invented.
CALLBOT_TYPE, IVR_TYPE = "outbound", "ivr"
#: The middle of every id: ids have 24 hex digits, of which the first 8 are seconds, as in the samples.
_MACHINE = "5a4d2c9b17"
#: Account currency; enough for a million calls, so that only a test which empties it sees it empty.
START_BALANCE, PRICE = 100_000.0, 0.1


class Redials(StrEnum):
    """The readings of what the document leaves open about `timeline_retry`."""

    SAME = "same"  # the call that failed is scheduled again
    NEW = "new"  # another call object is scheduled at once
    LATE = "late"  # another call object comes into being when its time has come


@dataclass(frozen=True, slots=True)
class _Redial:
    """A ring that the vendor will make by itself."""

    call: Call  # that failed
    step: NativeStep
    due_at: datetime


class TarggState(Sandbox):
    """Everything but the routes."""

    slug = "targg"
    credentials = {"api_key": "sandbox-targg-key-0001"}
    hint = f"template id for campaigns: {CALLBOT_TEMPLATE}"

    def __init__(
        self,
        *,
        page_limit: int = MAXIMUM_LIMIT,
        lag_seconds: float = 0.0,
        redials: Redials = Redials.SAME,
        ignores_contact_status: bool = True,
        **given: Any,
    ) -> None:
        """Prepare; `given` is what every sandbox takes.

        `page_limit`: the maximum of a page. `lag_seconds`: what is new is listed so much later only.
        `redials`: when a native redial's call object comes into being. `ignores_contact_status`: calls and redials of
        a contact whose status is no longer `active` are made all the same (document silent on what the words do).
        """
        super().__init__(**given)
        self.page_limit, self.lag = page_limit, timedelta(seconds=lag_seconds)
        self.redials, self.ignores_contact_status = redials, ignores_contact_status
        self._to_come: list[_Redial] = []
        self.templates = {
            CALLBOT_TEMPLATE: template(CALLBOT_TEMPLATE, "Sandbox callbot", CALLBOT_TYPE, "en-us"),
            IVR_TEMPLATE: template(IVR_TEMPLATE, "Sandbox voice menu", IVR_TYPE, "pt-br"),
        }
        self.campaign_of: dict[str, Campaign] = {}
        self.contact_of: dict[str, Contact] = {}
        self.call_of: dict[str, Call] = {}
        self.balance = START_BALANCE
        self._host = "localhost"

    # ---- the door

    def authorize(self, request: Request) -> None:
        """Take the key as bearer token; the prose's "basic auth username" is shown nowhere."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._authorization.encode()):
            raise Refusal(401, "The token is not known.")
        self._host = request.headers.get("host", self._host)

    def refused(self, refusal: Refusal) -> Response:
        """Write an error ("Errors")."""
        return answered({"response": False, "message": refusal.message}, refusal.status)

    def campaigns(self) -> list[str]:
        """List the campaigns that were not deleted."""
        return [campaign.id for campaign in self.campaign_of.values() if campaign.status != DELETED]

    # ---- calls

    def place(
        self,
        *,
        contact: Contact,
        campaign: Campaign,
        phone: str,
        ref: str | None,
        due_at: datetime,
        waits: tuple[NativeStep, ...],
        since: datetime | None = None,
    ) -> Call:
        """Accept a call, now or `since`; a time that has passed by then is then (document silent: it rings late)."""
        since = since or self.now()
        call = self.line.take(
            key=self.new_id(),
            phone=phone,
            campaign=campaign.id,
            ref=ref,
            due_at=max(due_at, since),
            waits=waits,
        )
        call.accepted_at = call.changed_at = since
        call.facts["contact"] = contact.id
        for calls in (self.call_of, contact.calls, campaign.calls):
            calls[call.key] = call
        self.notify(call)
        return call

    def forget(self, call: Call) -> None:
        """Delete a call that was withdrawn."""
        contact, campaign = self.contact_of[call.facts["contact"]], self.campaign_of[call.campaign]
        for calls in (self.call_of, contact.calls, campaign.calls):
            del calls[call.key]

    def show(self, call: Call, status: str | None = None) -> dict[str, Any]:
        """Show a call, in another status if one is given."""
        return shown(
            call,
            template=self.templates[self.campaign_of[call.campaign].fields["templateId"]],
            key=self.credentials["api_key"],
            host=self._host,
            status=status or status_of(call),
        )

    def may_dial(self, call: Call) -> bool:
        """Say whether campaign, contact and money allow it; what may not be dialed stays scheduled, silently.

        Documented: paused campaigns, the daily credits, service suspended without credit. Silent: what becomes
        of calls to contacts that are blacklisted or deleted; they are accepted and never made.
        """
        campaign, contact = self.campaign_of[call.campaign], self.contact_of[call.facts["contact"]]
        most, spent = campaign.fields["credits_per_day"], campaign.spent.get(self.today(), 0.0)
        return (
            campaign.status == "active"
            and self._may_be_called(contact)
            and not contact.is_blacklisted
            and self.balance > 0
            and (most is None or spent < most)
        )

    def again(self, call: Call, result: Result) -> bool:
        """Redial what failed; the document doesn't tell the reasons of a redial apart."""
        if result in SUCCESSFUL:
            return False
        if self.redials is Redials.SAME:
            return True
        step = call.waits[call.ring_no - 1]
        redial = _Redial(call, step, due_at=_kept(step, call.changed_at + wait_of(step), call.phone))
        if self.redials is Redials.NEW:
            self._place_again(redial, since=call.changed_at)
        else:
            self._to_come.append(redial)
        return False

    def bring_redials(self) -> None:
        """Make the call objects of redials whose time has come, where they come into being no sooner."""
        due = [redial for redial in self._to_come if redial.due_at <= self.now()]
        for redial in due:
            contact = self.contact_of[redial.call.facts["contact"]]
            if self.campaign_of[redial.call.campaign].status != "active":
                continue
            self._to_come.remove(redial)
            if self._may_be_called(contact):
                self._place_again(redial, since=redial.due_at)

    def _place_again(self, redial: _Redial, *, since: datetime) -> None:
        call, contact = redial.call, self.contact_of[redial.call.facts["contact"]]
        self.place(
            contact=contact,
            campaign=self.campaign_of[call.campaign],
            phone=contact.other_phone(call.phone) if redial.step.other_phone else call.phone,
            ref=call.ref,
            due_at=redial.due_at,
            waits=call.waits[call.ring_no :],
            since=since,
        )

    def _may_be_called(self, contact: Contact) -> bool:
        return contact.status == "active" or (self.ignores_contact_status and contact.status != DELETED)

    def changed(self, call: Call) -> None:
        """Notify each change of status; pay for what ended well; fit a redial to its step."""
        if call.stage is Stage.WITHDRAWN:
            return  # deleted: it has no status any more
        if call.word is None:
            if call.stage is Stage.RINGING:
                self._notify_as(call, SCHEDULE_DONE)
            elif call.stage is Stage.ENDED and call.result in SUCCESSFUL:
                self._pay(call)
            elif call.stage is Stage.WAITING:
                self._redial(call, call.waits[call.ring_no - 1])
        self.notify(call)

    def hook_of(self, call: Call) -> HookRequest:
        """Make the notification ("Get call Webhook"): the call object, unsigned."""
        return self._hook(call, status_of(call))

    # ---- ids and days

    def new_id(self) -> str:
        """Give an id: later ones are greater."""
        return f"{int(self.now().timestamp()):08x}{_MACHINE}{self.number():06x}"

    def today(self) -> date:
        """Give the day at the vendor's home."""
        return self.now().astimezone(HOME).date()

    @property
    def _authorization(self) -> str:
        return f"Bearer {self.credentials['api_key']}"

    def _redial(self, call: Call, step: NativeStep) -> None:
        call.due_at = _kept(step, call.due_at, call.phone)
        if step.other_phone:
            contact = self.contact_of[call.facts["contact"]]
            self.line.redirect(call, contact.other_phone(call.phone))

    def _pay(self, call: Call) -> None:
        self.balance -= PRICE
        spent = self.campaign_of[call.campaign].spent
        spent[self.today()] = spent.get(self.today(), 0.0) + PRICE

    def _notify_as(self, call: Call, status: str) -> None:
        if self.hook_url is not None:
            self.outbox.append((self.hook_url, self._hook(call, status)))

    def _hook(self, call: Call, status: str) -> HookRequest:
        body = self.show(call, HOOK_SPELLING.get(status, status))
        return HookRequest(
            body=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            received_at=self.now(),
        )


def found(records: dict[str, Any], id_: str, what: str) -> Any:
    """Give a record, or refuse with 404; ids that are none are unknown ids."""
    if id_ not in records:
        raise Refusal(404, f"{what} not found.")
    return records[id_]


def _kept(step: NativeStep, due_at: datetime, phone: str) -> datetime:
    return on_business_day(due_at, phone) if step.business_day else due_at
