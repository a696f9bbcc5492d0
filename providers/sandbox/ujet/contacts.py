"""Own which contacts are taken, changed, dialed, redialed, blocked and imported.

Never reads a request's body or writes an answer; `api.py` does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from providers.sandbox.line import Call, Stage, digits
from providers.sandbox.messages import Request, Response
from providers.sandbox.ujet import words
from providers.sandbox.ujet.book import Campaign, Contact, Job
from providers.sandbox.ujet.reading import is_international
from providers.sandbox.ujet.tenant import Tenant
from providers.vocabulary import Result

#: Which results a native redial follows is not documented: here all by which nobody was spoken to.
REDIALED = frozenset(
    {
        Result.NO_ANSWER,
        Result.BUSY,
        Result.VOICEMAIL,
        Result.ABANDONED,
        Result.CARRIER_ERROR,
        Result.FAILED,
    }
)


class Contacts(Tenant):
    """The rules about contacts."""

    def status_of(self, contact: Contact) -> str:
        """Give the vendor's word for where a contact is now."""
        call = contact.call
        if call is None or (contact.fate is not None and call.word is None):
            return contact.fate or words.INVALID_NUMBER
        mode = self._book[contact.campaign_id].mode
        word = words.word_of(call, mode)
        if word == words.REDIAL_SCHEDULED and call.ended_at and self.now() - call.ended_at < self._note:
            return words.ended_word(call.result, mode)
        return word

    def is_valid(self, row: dict[str, str]) -> bool:
        """Say whether a contact has a name and a possible number; the vendor's reports ask for both."""
        phone = row["phone_number"]
        return bool(row.get("name", "").strip()) and is_international(phone) and not self.is_refused(phone)

    def enrol(self, campaign: Campaign, row: dict[str, str]) -> Contact:
        """Add a contact; one that is not valid is kept with a final word and never rings."""
        now = self.now()
        contact = Contact(
            id=next(self._contact_ids),
            campaign_id=campaign.id,
            data={"name": "", **row},
            created_at=now,
            updated_at=now,
        )
        self._contacts[str(contact.id)] = contact
        if self.is_valid(row):
            contact.call = self.line.take(
                key=str(contact.id),
                phone=row["phone_number"],
                campaign=str(campaign.id),
                ref=row.get("external_unique_id"),
                waits=campaign.waits,
            )
        else:
            contact.fate = words.INVALID_NUMBER
        campaign.add(contact)
        self._recount(contact)
        return contact

    def change(self, campaign: Campaign, contact: Contact, data: dict[str, str]) -> None:
        """Change a contact's fields; a call that waits then goes to the new number.

        The document is silent about a PATCH that changes nothing: here it moves `updated_at` and the contact's
        place in the list all the same, as a row that is written again has no place of its own.
        """
        campaign.drop(contact)
        contact.change(data, self.now())
        campaign.add(contact)
        call, phone = contact.call, contact.data["phone_number"]
        if call is None:
            return
        if call.stage is Stage.WAITING and call.phone != digits(phone):
            self.line.withdraw(call)
            contact.call = call = self.line.take(
                key=call.key,
                phone=phone,
                campaign=call.campaign,
                due_at=call.due_at,
                waits=call.waits[call.ring_no :],
            )
        call.ref = contact.data.get("external_unique_id")
        self._recount(contact)

    def remove(self, campaign: Campaign, contact: Contact) -> None:
        """Take a contact out. The document is silent about one that is being dialed: its call goes on."""
        campaign.drop(contact)
        campaign.counts[contact.counted_as] -= 1
        contact.is_removed = True
        if contact.call is not None:
            self.line.withdraw(contact.call)

    def _recount(self, contact: Contact) -> None:
        counts = self._book[contact.campaign_id].counts
        if contact.counted_as:
            counts[contact.counted_as] -= 1
        contact.counted_as = self.status_of(contact)
        counts[contact.counted_as] += 1

    # ---- the line

    def may_dial(self, call: Call) -> bool:
        """Dial while the campaign runs; a blocked contact gets its final word in place of a ring."""
        return self._book[int(call.campaign)].dials and not self._is_blocked(call)

    def again(self, call: Call, result: Result) -> bool:
        """Redial by the campaign's settings, unless the contact has been removed meanwhile."""
        return result in REDIALED and not self._contacts[call.key].is_removed

    def changed(self, call: Call) -> None:
        """Count the contact under its new status."""
        contact = self._contacts[call.key]
        if contact.call is not call:
            return  # it had another number before
        if call.stage is Stage.RINGING and call.word is None:
            contact.call_id = next(self._call_ids)
            self._book[contact.campaign_id].redials += call.ring_no > 1
        if call.stage is Stage.CONNECTED and call.word is None:
            contact.participant_id = next(self._call_ids)
        if not contact.is_removed:
            self._recount(contact)

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Ring a number by hand; one that the vendor would not dial does not ring by hand either."""
        with self._lock:
            self.work_off()
            is_word = isinstance(result, str) and not isinstance(result, Result)
            if is_word or not self._is_blocked(self.line.of_phone(phone)[-1]):
                super().dial(phone, result)

    def _is_blocked(self, call: Call) -> bool:
        """Say whether a waiting call's contact can't be dialed, and settle it if so."""
        if call.stage is not Stage.WAITING:
            return call.stage is Stage.WITHDRAWN
        contact = self._contacts[call.key]
        outbound = contact.data.get("outbound_number")
        if outbound is not None and not is_international(outbound):
            contact.fate = words.INVALID_OUTBOUND_NUMBER
        elif self.is_do_not_call(call.phone):
            contact.fate = words.DO_NOT_CALL
        else:
            return False
        self.line.withdraw(call)
        return True

    # ---- the company's do-not-call list

    def is_do_not_call(self, phone: str) -> bool:
        """Say whether a number is on the list now."""
        until = self._dnc.get(digits(phone), self.now())
        return until is None or until > self.now()

    def forbid(self, phone: str, until: datetime | None) -> str:
        """Put a number on the list; say whether it is new there."""
        word = "updated" if self.is_do_not_call(phone) else "created"
        self._dnc[digits(phone)] = until
        return word

    # ---- imports

    def begin_import(self, campaign: Campaign, rows: list[dict[str, str]]) -> Job:
        """Take a file of contacts; they are added some time later."""
        job = Job(
            id=next(self._job_ids),
            campaign_id=campaign.id,
            rows=rows,
            ends_at=self.now() + self.import_time,
        )
        self._jobs[job.id] = job
        self._open_jobs.append(job)
        return job

    def work_off(self) -> None:
        """End the imports whose time has come; the first duplicate fails one.

        The document is silent about the other rows then: here those before it are added, those after it not.
        """
        for job in [job for job in self._open_jobs if job.ends_at <= self.now()]:
            self._open_jobs.remove(job)
            job.status = self._imported(self._book[job.campaign_id], job.rows)

    def _imported(self, campaign: Campaign, rows: list[dict[str, str]]) -> str:
        for row in rows:
            if campaign.holds(row["phone_number"]):
                return "failed"
            self.enrol(campaign, row)
        return "completed"

    def respond(self, request: Request) -> Response:
        """Answer one request, after what was due before it."""
        with self._lock:
            self.work_off()
            return super().respond(request)

    def pass_time(self) -> None:
        """Let imports and calls do what is due, without a request."""
        with self._lock:
            self.work_off()
            super().pass_time()

    def facts(self, contact: Contact) -> dict[str, Any]:
        """Give what a list shows in addition where it is told to."""
        shown = contact.shown(self.status_of(contact))
        return {name: shown[name] for name in ("id", "status", "created_at")}
