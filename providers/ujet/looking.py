"""Own one look at some contacts of a campaign: who is asked, what proves an absence, what is reported.

Never changes a contact: a look repeats its values or names none.
"""

from __future__ import annotations

from collections.abc import Sequence

from providers.errors import ProviderError, Refused, Throttled, Unavailable
from providers.secrets import scrub
from providers.ujet.client import UjetClient
from providers.ujet.records import ContactState, ListedContact, digits
from providers.ujet.redials import Redials
from providers.ujet.words import plain
from providers.values import Handle, Observation, Report
from providers.vocabulary import Progress

#: One contact that can't be read must not cost the others their turn; a vendor that is down need not be asked more.
_MOST_FAILURES = 3


class Look:
    """Look once at some calls; the vendor has no read of one contact, so each costs a PATCH that changes nothing."""

    def __init__(self, client: UjetClient, campaign_id: str, redials: Redials) -> None:
        self._client = client
        self._campaign_id = campaign_id
        self._redials = redials
        self._reports: list[Report] = []
        self._failure: ProviderError | None = None
        self._is_proven = True
        self._answered_ids: set[str] = set()

    def at(self, calls: Sequence[Handle]) -> Observation:
        """Ask about each call; what was learned is given even if a later request fails."""
        absent, unclear = self._ask_each(calls)
        if absent or unclear:
            self._ask_the_list(absent, unclear)
        if self._failure is not None and not self._reports:
            raise self._failure
        return Observation(
            reports=tuple(self._reports), cursor=self._redials.cursor(), complete=self._is_proven
        )

    def _ask_each(self, calls: Sequence[Handle]) -> tuple[list[Handle], list[Handle]]:
        """Report on those that answer; give those that are not there, and those whose answer says nothing."""
        absent: list[Handle] = []
        unclear: list[Handle] = []
        failures = 0
        for call in calls:
            try:
                state = self._client.look(self._campaign_id, ref=call.ref)
            except Refused:  # it wants values with the name (sheet: Update one; selection is not documented)
                unclear.append(call)
            except Unavailable as error:
                self._fail(error)
                failures += 1
                if isinstance(error, Throttled) or failures == _MOST_FAILURES:
                    break
            else:
                if state is None:
                    absent.append(call)
                elif self._is_about(state, call.phone):
                    self._tell(call, state.status, state)
                else:
                    unclear.append(call)
        return absent, unclear

    def _ask_the_list(self, absent: Sequence[Handle], unclear: Sequence[Handle]) -> None:
        """Confirm absences by a second witness, and find what the first could not name."""
        try:
            rows = self._client.contacts(self._campaign_id)
        except Unavailable as error:
            self._fail(error)
            return
        by_ref = {row.ref: row for row in rows if row.ref}
        for call in (*absent, *unclear):
            row = by_ref.get(call.ref)
            if row is not None:
                self._ask_with_values(call, row)
            elif call in unclear:
                # The list alone proves nothing: it may lag, and whether it is the whole campaign is not documented.
                self._is_proven = False

    def _ask_with_values(self, call: Handle, row: ListedContact) -> None:
        """Read a listed contact by repeating the values it has: they stay as they are."""
        if row.status is not None:  # not documented, used if given
            self._tell(call, row.status, ContactState(status=row.status, contact_id=row.contact_id))
            return
        try:
            state = self._client.update(
                self._campaign_id,
                contact_id=row.contact_id,
                external_unique_id=row.ref,
                name=row.name,
                email=row.email,
                phone_number=_unchanged_phone(row, call),
            )
        except Refused:
            state = None
        except Unavailable as error:
            self._fail(error)
            return
        if state is not None and self._is_about(state, row.phone):
            self._tell(call, state.status, state)
            return
        # It is there, so it must never be added again; how far it is, nobody says.
        self._reports.append(
            Report(ref=call.ref, phone=call.phone, progress=Progress.QUEUED, event_id=f"{call.ref}:listed")
        )

    def _is_about(self, state: ContactState, phone: str | None) -> bool:
        """Say whether an answer speaks of this contact; a repeated or mixed-up answer must not settle a call."""
        if state.phone is not None and digits(state.phone) != digits(phone):
            return False
        return state.contact_id is None or state.contact_id not in self._answered_ids

    def _tell(self, call: Handle, word: str, state: ContactState) -> None:
        if state.contact_id is not None:
            self._answered_ids.add(state.contact_id)
        sight = self._redials.judged(call.ref, word)
        # No time in it: the vendor tells none that is the status's own, and `updated_at` moves with every look.
        event_id = f"{call.ref}:{sight.ring_no}:{plain(word)}{':?' if sight.is_provisional else ''}"
        self._reports.append(
            Report(
                ref=call.ref,
                remote_id=state.contact_id,
                phone=call.phone,
                progress=sight.progress,
                result=sight.result,
                raw_status=word,
                ring_no=sight.ring_no,
                event_id=event_id,
                detail=scrub(dict(state.facts)),
            )
        )

    def _fail(self, error: ProviderError) -> None:
        self._failure = self._failure or error
        self._is_proven = False


def _unchanged_phone(row: ListedContact, call: Handle) -> str | None:
    """Give the contact's number in the spelling in which it was added, if it is still that one."""
    # The list spells numbers in its own way: sent back, that spelling might be read as another number.
    return call.phone if digits(row.phone) == digits(call.phone) else row.phone
