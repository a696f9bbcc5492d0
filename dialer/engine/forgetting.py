"""Takes a person out of the tables: what names somebody is emptied, what counts is kept.

Owns which columns those are, of every table; when it is done is `erasure`'s. Must run inside a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from dialer.models import (
    Attempt,
    CampaignContact,
    Consent,
    Contact,
    ContactPhone,
    FeedEvent,
    HookMessage,
    HookState,
    IdempotencyKey,
    Job,
    JobChunk,
    JobState,
    JobVerdict,
    ProviderBlock,
    ProviderEvent,
    Suppression,
    WebhookDelivery,
)
from dialer.models.hashing import hashes_of

#: Shorter words stand in the texts of others as well: "Ana" is in every "banana".
SHORTEST_WORD = 5
#: Free text in the feed; all else in it is ids and words of ours.
_TEXTS = ("reason", "detail")
_ENDED = (JobState.COMPLETED.value, JobState.FAILED.value, JobState.CANCELLED.value)


def forget_person(person: Contact, *, now: datetime) -> None:
    """Empty the row of a locked person at once: nobody finds it by a name or an id again."""
    if person.erase_asked_at is None:
        person.erase_marks = _words(person)
    Contact.objects.filter(pk=person.pk).update(
        external_id=None,
        name="",
        email=None,
        language=None,
        attributes={},
        tags=[],
        erase_marks=person.erase_marks,
        erase_asked_at=person.erase_asked_at or now,
        updated_at=now,
        version=F("version") + 1,
    )


def _words(person: Contact) -> list[str]:
    """Note under which words others may have written about the person, until the erasure is done."""
    words = [person.name, person.email or "", person.external_id or ""]
    return [word for word in words if len(word) >= SHORTEST_WORD]


def forget_everywhere(person: Contact, numbers: Sequence[str], *, now: datetime) -> None:
    """Empty everything else of a person who has no live call."""
    marks = [*(person.erase_marks or ()), *(number.lstrip("+") for number in numbers)]
    attempts = list(Attempt.objects.filter(contact_id=person.pk).values_list("pk", flat=True))
    enrolments = list(CampaignContact.objects.filter(contact_id=person.pk).values_list("pk", flat=True))
    phones = list(ContactPhone.objects.filter(contact_id=person.pk).values_list("pk", flat=True))
    listed = Suppression.objects.filter(Q(contact_id=person.pk) | Q(number__in=numbers))
    _forget_admin_log([person.pk, *attempts, *enrolments, *phones, *listed.values_list("pk", flat=True)])
    _forget_calls(person.pk, enrolments)
    _forget_suppressions(listed)
    # What stands on a provider's own list stays there: nobody knows the number any more to take it off.
    ProviderBlock.objects.filter(number__in=numbers).delete()
    Consent.objects.filter(contact_id=person.pk).delete()
    ContactPhone.objects.filter(contact_id=person.pk).delete()
    _forget_texts(marks, now)
    # Somebody may have been enrolled under the number meanwhile, name and all.
    Contact.objects.filter(pk=person.pk).update(
        external_id=None,
        name="",
        email=None,
        language=None,
        timezone=None,
        attributes={},
        tags=[],
        erase_marks=None,
        erased_at=now,
        updated_at=now,
        version=F("version") + 1,
    )


def _forget_calls(person_id: UUID, enrolments: Sequence[UUID]) -> None:
    """Keep what happened and when; take out whom it happened to, and what a provider knows the call by."""
    ProviderEvent.objects.filter(attempt__contact_id=person_id).update(report={})
    Attempt.objects.filter(contact_id=person_id).update(
        number="", phone=None, reason="", recording_url="", provider_ref="", remote={}
    )
    mine = CampaignContact.objects.filter(contact_id=person_id)
    mine.update(attributes={}, tags=[], provider_ref="", next_phone=None)
    mine.filter(finish_reason="excluded").update(finish_detail="")
    told = WebhookDelivery.objects.filter(event__campaign_contact_id__in=enrolments)
    told.update(last_excerpt="", last_error="")
    for row in FeedEvent.objects.filter(campaign_contact_id__in=enrolments).iterator():
        if any(name in row.data for name in _TEXTS):
            kept = {name: value for name, value in row.data.items() if name not in _TEXTS}
            FeedEvent.objects.filter(pk=row.pk).update(data=kept)


def _forget_suppressions(listed: QuerySet[Suppression]) -> None:
    """Leave entries of numbers in force under their hash; the words beside them may name the person."""
    for row in listed.exclude(number=None):
        digest = hashes_of(row.number or "")[0]
        Suppression.objects.filter(pk=row.pk).update(number=None, number_hash=digest, reason="")
    listed.update(reason="")


def _forget_admin_log(ids: Sequence[UUID]) -> None:
    """Empty the texts of the admin's history: they repeat names and numbers."""
    entries = LogEntry.objects.filter(object_id__in=[str(key) for key in ids])
    entries.update(object_repr="(erased)", change_message="")


def _forget_texts(marks: Sequence[str], now: datetime) -> None:
    """Empty stored texts in which one of the marks stands, whoever they came from."""
    _holding(ProviderEvent.objects.filter(attempt=None), "report", marks).update(report={})
    hooks = HookMessage.objects.exclude(body="", query={})
    for column in ("body", "query"):
        _holding(hooks, column, marks).update(
            body="", query={}, state=HookState.PARKED.value, read_after=None, reason="erased"
        )
    # The answer is kept so that the write is not done again; what it told is not.
    _holding(IdempotencyKey.objects.exclude(body=""), "body", marks).update(body="", headers={})
    for verdict in _holding(JobVerdict.objects.all(), "errors", marks).iterator():
        kept = [{**error, "detail": "erased"} for error in verdict.errors]
        JobVerdict.objects.filter(pk=verdict.pk).update(errors=kept)
    # Uploaded files go with the end of their job; this is for those from before that was so.
    JobChunk.objects.filter(job__in=Job.objects.filter(state__in=_ENDED)).delete()


def _holding(rows: QuerySet[Any], column: str, marks: Sequence[str]) -> QuerySet[Any]:
    """Select the rows whose column holds one of the marks, as text or as JSON spells it."""
    wanted = Q(pk__in=[])
    for spelt in {*marks, *(json.dumps(mark)[1:-1] for mark in marks)}:
        wanted |= Q(as_text__icontains=spelt)
    return rows.annotate(as_text=Cast(column, TextField())).filter(wanted)
