"""Own what happens when UJET refuses an add: why it did, by the contact list, and making room for a later attempt.

Never removes an entry that is not ours, and never by phone (decision 15: one contact a phone and campaign).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from providers.errors import Ambiguous, Refused, Unavailable
from providers.ujet.client import UjetClient
from providers.ujet.records import AddVerdict, ListedContact, NewContact, digits, reason_of
from providers.ujet.words import meaning_of
from providers.values import Receipt
from providers.vocabulary import Progress, Result

#: Our references are ids of attempts.
_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: An older call that is still on is over after some minutes; asking each second would only use up requests.
_OLD_CALL_SECONDS = 60.0


class Push:
    """Add one contact, whatever stands in its way; `is_first` = nothing was sent about this ref before."""

    def __init__(self, client: UjetClient, campaign_id: str, contact: NewContact, *, is_first: bool) -> None:
        self._client = client
        self._campaign_id = campaign_id
        self._contact = contact
        self._is_first = is_first

    def receipt(self) -> Receipt:
        """Add it, and give the receipt."""
        verdict = self._added()
        if verdict.is_valid:
            return self._accepted(verdict.contact_id)
        rows = self._listed()
        mine = next((row for row in rows if row.ref == self._contact.ref), None)
        if mine is not None:  # an earlier request did it, and its answer was lost (sheet: Errors)
            return self._accepted(mine.contact_id)
        others = [row for row in rows if digits(row.phone) == digits(self._contact.phone)]
        if not others:
            return self._refused(verdict.reason or "UJET refused the contact and gave no reason.")
        if any(not _OURS.fullmatch(row.ref or "") for row in others):
            return self._refused("The phone is in the remote campaign already, put there by somebody else.")
        self._make_room(others)
        verdict = self._added()
        if verdict.is_valid:
            return self._accepted(verdict.contact_id)
        # Removed and still refused: the vendor lags behind itself. The next try sees the list anew.
        raise Unavailable("UJET still refuses the phone of a contact that was removed.", provider="ujet")

    def _added(self) -> AddVerdict:
        try:
            return self._client.add(self._campaign_id, self._contact)
        except Refused as error:  # a duplicate may be told by a 4xx as well (sheet: Add one)
            return AddVerdict(is_valid=False, reason=reason_of(error.detail, self._contact))

    def _listed(self) -> list[ListedContact]:
        try:
            return self._client.contacts(self._campaign_id)
        except Unavailable as error:
            if self._is_first:
                raise
            # Refused perhaps because an earlier request worked after all: the reason could not be read.
            raise Ambiguous(error.detail, provider="ujet", operation=error.operation) from None

    def _make_room(self, others: Sequence[ListedContact]) -> None:
        """Remove our older contacts of this phone; one whose call is still on must be waited for."""
        is_on = False
        for row in others:
            removed = self._client.remove(self._campaign_id, external_unique_id=row.ref)
            progress = meaning_of(removed.status)[0] if removed else Progress.UNKNOWN
            is_on = is_on or progress in (Progress.RINGING, Progress.CONNECTED)
        if is_on:
            raise Unavailable(
                "An older call to this phone is still on.", provider="ujet", retry_after=_OLD_CALL_SECONDS
            )

    def _accepted(self, contact_id: str | None) -> Receipt:
        return Receipt(ref=self._contact.ref, accepted=True, remote_id=contact_id)

    def _refused(self, reason: str) -> Receipt:
        return Receipt(ref=self._contact.ref, accepted=False, result=Result.REJECTED, reason=reason)
