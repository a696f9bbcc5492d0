"""Own what a contact's fields say about its call: the one table of the vendor's words, and how rings are counted.

Never sends anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from providers.capabilities import CAUTIOUS_VISIBLE_AFTER
from providers.diabolocom.account import DiabolocomSettings
from providers.diabolocom.values import Contact, Wrapup
from providers.values import Report
from providers.vocabulary import Progress, Result

IN_PROGRESS = "processing_in_progress"
TO_CALL = "tocall"
#: Excluded, and no reason is given (`excludedDetail` may be null).
_EXCLUDED = "excluded"

#: A wrap-up qualifies an interaction at its end (seed: Wrapup codes), and a contact that no call is processing has
#: none under way. How late it shows is not documented; after so long without any change none is to be expected.
QUALIFIED_WITHIN = CAUTIOUS_VISIBLE_AFTER

#: Every documented word. Wrap-up statuses tell only whether somebody was reached (seed: Wrapup statuses
#: explained): a call that reached nobody has failed, and why is told by an account's wrap-up names, if at all.
WORDS: dict[str, tuple[Progress, Result | None]] = {
    # state of a contact
    "processing_not_in_progress": (Progress.QUEUED, None),
    IN_PROGRESS: (Progress.RINGING, None),  # a call or its wrap-up is under way, nobody says which
    # status of a wrap-up
    "argued": (Progress.ENDED, Result.ANSWERED),
    "arguedpositive": (Progress.ENDED, Result.ANSWERED),
    "nonargued": (Progress.ENDED, Result.ANSWERED),
    TO_CALL: (Progress.ENDED, Result.FAILED),
    "unreachable": (Progress.ENDED, Result.FAILED),
    # named among the filters only: what is cancelled is not explained, and the tries have risen
    "canceled": (Progress.ENDED, Result.FAILED),
    "new_contact": (Progress.QUEUED, None),
    # `excludedDetail` of a contact that has not rung: it never will
    "noValidPhone": (Progress.ENDED, Result.INVALID_NUMBER),
    "bloctel": (Progress.ENDED, Result.DO_NOT_CALL),  # France's list of those who want no calls
    "duplicate": (Progress.ENDED, Result.REJECTED),
    # too short or too long for what is not said, so it is no proof of a wrong number
    "tooShort": (Progress.ENDED, Result.REJECTED),
    "tooLong": (Progress.ENDED, Result.REJECTED),
    # by a person or by a PUT of ours: taken back
    "manualByAgent": (Progress.ENDED, Result.CANCELLED),
    "manual": (Progress.ENDED, Result.CANCELLED),
    "excludedByAdmin": (Progress.ENDED, Result.CANCELLED),
    _EXCLUDED: (Progress.ENDED, Result.CANCELLED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a contact says about its latest ring."""

    raw: str
    progress: Progress
    result: Result | None
    rings: int  # how many are over


def rings_of(contact: Contact, settings: DiabolocomSettings) -> int:
    """Count the rings that are over: the tries since the push, whose count at the push the contact carries.

    Whether a try is counted when it begins or ends is not documented: while it is in progress, the count may be
    one short. Without that count (the field was deleted, or somebody set the tries back), one ring is counted if
    there was any call.
    """
    at_push = contact.field(settings.tries_field)
    if at_push.isascii() and at_push.isdigit() and contact.tries >= int(at_push):
        return contact.tries - int(at_push)
    return 0 if contact.wrapup_id is None and contact.last_call_at is None else 1


def reading(
    contact: Contact, wrapup: Wrapup | None, settings: DiabolocomSettings, *, now: datetime
) -> Reading:
    """Say how the contact's latest ring stands; `wrapup` is the one that `wrapupId` names, None if it is unknown.

    A wrap-up counts only once the tries have risen: before, it was set by hand and ended no call.
    """
    rings = rings_of(contact, settings)
    if contact.state not in WORDS:
        return Reading(raw=contact.state, progress=Progress.UNKNOWN, result=None, rings=rings)
    if contact.state == IN_PROGRESS:
        return _by_word(contact.state, rings)
    if rings and contact.wrapup_id is not None:
        return _by_wrapup(contact, wrapup, settings, rings)
    if contact.excluded:
        word = contact.excluded_detail or _EXCLUDED
        if rings:  # it rang, was taken out and will not ring again; nobody says what came of it
            return Reading(raw=word, progress=Progress.ENDED, result=Result.UNKNOWN, rings=rings)
        return _by_word(word, rings)
    if rings:
        return _unqualified(contact, rings, now)
    return _by_word(contact.state, rings)


def _unqualified(contact: Contact, rings: int, now: datetime) -> Reading:
    """Read a ring that is over and has no wrap-up: first the rest is still to be told, then nobody will tell it.

    Without any call the attempt placed none, as the document has it ("last attempt (possibly no call made)"). Else
    what came of the call is unknown; a wrap-up that comes yet still tells it.
    """
    known = [at for at in (contact.last_call_at, contact.last_attempt_at, contact.updated_at) if at]
    if not known or now - max(known) < QUALIFIED_WITHIN:
        return Reading(raw=contact.state, progress=Progress.RINGING, result=None, rings=rings)
    is_unplaced = contact.last_call_at is None and contact.last_attempt_at is not None
    result = Result.FAILED if is_unplaced else Result.UNKNOWN
    return Reading(raw=contact.state, progress=Progress.ENDED, result=result, rings=rings)


def _by_wrapup(contact: Contact, wrapup: Wrapup | None, settings: DiabolocomSettings, rings: int) -> Reading:
    if wrapup is None:  # deleted since
        return Reading(raw=f"wrapup {contact.wrapup_id}", progress=Progress.UNKNOWN, result=None, rings=rings)
    named = settings.result_of(wrapup.name)
    if named is not None:
        return Reading(raw=wrapup.status, progress=Progress.ENDED, result=named, rings=rings)
    return _by_word(wrapup.status, rings)


def _by_word(word: str, rings: int) -> Reading:
    progress, result = WORDS.get(word, (Progress.UNKNOWN, None))
    return Reading(raw=word, progress=progress, result=result, rings=rings)


def report_of(
    campaign_id: int,
    contact: Contact,
    wrapup: Wrapup | None,
    ref: str,
    settings: DiabolocomSettings,
    *,
    now: datetime,
) -> Report:
    """Make the report on a contact; the same fact has the same `event_id` in every search and feed."""
    found = reading(contact, wrapup, settings, now=now)
    is_qualified = wrapup is not None and found.progress is Progress.ENDED and found.rings > 0
    fact = f"{found.rings}:{found.raw}:{contact.wrapup_id or ''}"
    if contact.wrapup_id is None and found.raw == contact.state and found.progress is Progress.ENDED:
        fact += ":unqualified"  # the same words as while the wrap-up was waited for
    return Report(
        ref=ref,
        remote_id=remote_id(campaign_id, contact.contact_id),
        progress=found.progress,
        result=found.result,
        raw_status=found.raw,
        disposition=wrapup.name if wrapup is not None and is_qualified else None,
        at=contact.updated_at,
        ring_no=max(found.rings, 1),
        is_last=is_qualified and _is_over(contact, wrapup),
        started_at=contact.last_call_at if found.rings and contact.state != IN_PROGRESS else None,
        event_id=f"{campaign_id}/{contact.contact_id}:{fact}",
        detail=contact.facts,
    )


def _is_over(contact: Contact, wrapup: Wrapup | None) -> bool:
    """Say whether no further ring follows: excluded, or not to be called again, and for no time of its own either."""
    if contact.excluded:
        return True
    return wrapup is not None and wrapup.status != TO_CALL and contact.facts.get("retryDate") is None


def remote_id(campaign_id: int, contact_id: int) -> str:
    """Write the pair that names a contact: its id alone counts within its campaign only (sheet: 2)."""
    return f"{campaign_id}/{contact_id}"


def refusal_of(contact: Contact) -> tuple[Result, str] | None:
    """Say why a contact that was just made is never dialed; None if it is (sheet: 4.2)."""
    if not contact.excluded:
        return None
    word = contact.excluded_detail or _EXCLUDED
    _, result = WORDS.get(word, (Progress.UNKNOWN, None))
    if result is None or result is Result.CANCELLED:  # nobody can have taken it back yet
        result = Result.REJECTED
    return result, f"Diabolocom took the contact and excluded it: {word}."
