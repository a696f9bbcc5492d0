"""Own what the dialer does: who is called and when, what the end of a call writes, and native redials.

Never answers a request; `plan` is told of every change that a request makes.
"""

from __future__ import annotations

from datetime import datetime

from providers.sandbox.diabolocom.account import DIALER_LOGIN, Account
from providers.sandbox.diabolocom.defaults import AGENT_ID, AGENT_NAME
from providers.sandbox.diabolocom.fields import second
from providers.sandbox.diabolocom.store import Campaign, Contact
from providers.sandbox.line import PICKED_UP, Call, Stage, digits
from providers.values import NativeStep
from providers.vocabulary import Result, Unit

STATES = ("processing_not_in_progress", "processing_in_progress")
EXCLUSIONS = (
    "noValidPhone",
    "duplicate",
    "bloctel",
    "manualByAgent",
    "manual",
    "excludedByAdmin",
    "tooShort",
    "tooLong",
)
#: E.164 has at most 15 digits; where "too short" begins is not documented, no country has fewer than 8 with its code.
_SHORTEST, _LONGEST = 8, 15


class Dialing(Account):
    """The account's dialer."""

    # ---- whom it calls

    def plan(self, contact: Contact) -> None:
        """Call a contact, move its waiting call, or call it no more, as its fields now are.

        During a call nothing happens: that a change then has no effect on it is the worse of the readings.
        """
        if contact.is_on_call:
            return
        if not self._is_callable(contact):
            self.stop(contact)
            return
        now, values = self.now(), contact.values
        dates = [date for date in (values["retryDate"], values["minCallingDateTime"]) if date and date > now]
        due = max(dates) if dates else None
        call = contact.call
        phone = contact.phones()[values["currentPhoneName"]]
        if call is None or call.stage is not Stage.WAITING:
            call = contact.call = self.line.take(
                key=str(contact.id), phone=phone, campaign=str(contact.campaign.id), due_at=due
            )
            call.facts["contact"] = contact
        elif due is not None or call.due_at > now:
            call.due_at = due or now
        call.ref = contact.custom.get(self.ref_field)
        if call.phone != digits(phone):
            self.line.redirect(call, phone)
        call.waits = self._waits(contact, call, used=call.ring_no)

    def stop(self, contact: Contact) -> None:
        """Let a waiting call ring no more; one that has rung before stays in the ledger as over."""
        call = contact.call
        if call is None or call.stage is not Stage.WAITING:
            return
        if call.ring_no:
            call.stage, call.waits = Stage.ENDED, call.waits[: call.ring_no - 1]
        else:
            self.line.withdraw(call)

    def may_dial(self, call: Call) -> bool:
        """Dial for playing campaigns only; in `preview` mode a person starts each call, and nobody is there."""
        contact: Contact = call.facts["contact"]
        campaign = contact.campaign.values
        if campaign["isPaused"] or campaign["isArchived"] or campaign["mode"] == "preview":
            return False
        last = contact.values["maxCallingDateTime"]
        return last is None or self.now() <= last

    def phone_fault(self, numbers: list[str]) -> str | None:
        """Say for which documented reason none of these numbers can be called; None = one can."""
        faults = {self._fault_of(number) for number in numbers}
        if None in faults:
            return None
        return faults.pop() if len(faults) == 1 else "noValidPhone"

    def _fault_of(self, number: str) -> str | None:
        if len(number) < _SHORTEST:
            return "tooShort"
        if len(number) > _LONGEST:
            return "tooLong"
        return "noValidPhone" if self.is_refused(number) else None

    def first_phone(self, contact: Contact, after: str | None = None) -> str | None:
        """Give the phone field that is called next: the one after this, around again; None = no number.

        That each try goes to the next field is our reading: what one try is, is not documented.
        """
        names = [name for name, number in contact.phones().items() if self._fault_of(number) is None]
        if after in names:
            return names[(names.index(after) + 1) % len(names)]
        return names[0] if names else None

    def _is_callable(self, contact: Contact) -> bool:
        values, campaign = contact.values, contact.campaign
        # Past maxTries nobody is called, not even at an explicit retryDate: not documented, and the quieter trap.
        has_tries = values["triesNumber"] < campaign.values["maxTries"]
        is_open = values["wrapupId"] is None or self.status_of(contact) == "tocall"
        return (
            has_tries
            and (is_open or values["retryDate"] is not None)
            and not values["excluded"]
            and values["currentPhoneName"] is not None
            and contact.contact_id in campaign.contacts
            and not campaign.is_deleted
        )

    def status_of(self, contact: Contact) -> str:
        """Give the status of the last wrapup; `new_contact` is the filters' word for none."""
        wrapup = self.wrapups.get(contact.values["wrapupId"])
        return str(wrapup["status"]) if wrapup else "new_contact"

    def _waits(self, contact: Contact, call: Call, *, used: int) -> tuple[NativeStep, ...]:
        """Give the waits of a call: those used stay; the rest is what is left of maxTries."""
        campaign = contact.campaign.values
        left = campaign["maxTries"] - contact.values["triesNumber"]
        if call.stage is Stage.WAITING:
            left -= 1  # the ring that it waits for
        step = NativeStep(amount=campaign["nextTryDelay"], unit=Unit.SECOND)
        return (*call.waits[:used], *[step] * max(left, 0))

    # ---- what calls do to their contacts

    def changed(self, call: Call) -> None:
        """Write into the contact what a step of its call changes."""
        contact: Contact = call.facts["contact"]
        if contact.id not in self.book.contacts:
            return  # its campaign was deleted during the call
        if call.word is not None:
            self._show(contact, call.word)
        elif call.stage is Stage.RINGING:
            contact.tries_before = contact.values["triesNumber"]
            contact.values["lastAttemptTime"] = second(call.changed_at)
            # Ringing does not move lastUpdatedAt: not documented, and the feed is then silent about it.
        elif call.stage is Stage.ENDED and call.result is not None:
            self._end(contact, call, call.result)
        elif call.stage is Stage.WAITING:  # a redial
            contact.values["retryDate"] = second(call.due_at)
            self.line.redirect(call, contact.phones()[contact.values["currentPhoneName"]])

    def again(self, call: Call, result: Result) -> bool:
        """Ring again by itself after a wrapup whose status is `tocall`, while tries are left."""
        contact: Contact = call.facts["contact"]
        return self.status_of(contact) == "tocall" and self._is_callable(contact)

    def _end(self, contact: Contact, call: Call, result: Result) -> None:
        """Write the end; what was put into these fields during the call is lost (not documented, and worse)."""
        wrapup = self.wrapup_of.get(result, self.wrapup_of[Result.FAILED])
        self._qualify(contact, wrapup, call.started_at or call.changed_at, call.changed_at)
        contact.values["triesNumber"] = contact.tries_before + 1
        contact.values["currentPhoneName"] = self.first_phone(contact, contact.values["currentPhoneName"])
        if result in PICKED_UP:
            contact.values |= {"agentId": AGENT_ID, "agentName": AGENT_NAME}
            if contact.campaign.values["isRecorded"]:
                call.facts["interaction_id"] = self.add_recording()
        will_ring = self.status_of(contact) == "tocall" and self._is_callable(contact)
        used = call.waits[: call.ring_no - 1]
        call.waits = self._waits(contact, call, used=call.ring_no - 1) if will_ring else used

    def _qualify(self, contact: Contact, wrapup: int | None, called_at: datetime, at: datetime) -> None:
        contact.values |= {
            "wrapupId": wrapup,
            "comment": None,
            "retryDate": None,
            "triesNumber": contact.values["triesNumber"] + 1,
            "lastCallTime": second(called_at),
            "lastAttemptTime": second(called_at),
            "lastCallerType": "system",
        }
        self.book.touch(contact, at, DIALER_LOGIN)

    def _show(self, contact: Contact, word: str) -> None:
        """Show a word where the API has such words: as a state, an exclusion, or the last wrapup's status.

        A status that no wrapup has gets one of the same name, as if a person had made it in the portal.
        """
        now = self.now()
        if word in STATES:
            contact.state = word
        elif word in EXCLUSIONS:
            contact.values |= {"excluded": True, "excludedDetail": word}
            self.book.touch(contact, now, DIALER_LOGIN)
        elif word == "new_contact":
            contact.values["wrapupId"] = None
            self.book.touch(contact, now, DIALER_LOGIN)
        else:
            known = [
                number for number, each in self.wrapups.items() if word in (each["name"], each["status"])
            ]
            self._qualify(contact, known[0] if known else self.add_wrapup(word, word), now, now)

    # ---- recordings

    def add_recording(self) -> int:
        """Keep a recording; give the interaction's id. No endpoint of the document tells it to anybody."""
        number = 9_300_001 + len(self.recordings)
        self.recordings[number] = b"ID3\x04\x00" + str(number).encode()
        return number

    def replan(self, campaign: Campaign) -> None:
        """Plan all contacts of a campaign anew, after its tries or delays changed."""
        for contact in campaign.contacts.values():
            self.plan(contact)
