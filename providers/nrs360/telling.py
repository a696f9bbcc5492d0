"""Own how what the vendor keeps of one call, or notifies about it, becomes reports.

Never asks the vendor. One call is one send is one campaign, whose name is our reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from providers.contract import HookRequest, Report
from providers.errors import HookRejected
from providers.nrs360.records import CampaignRecord, SendingRecord, when_of, zoned_of
from providers.nrs360.sheets import EventRow
from providers.nrs360.words import in_order, meaning_of
from providers.secrets import scrub
from providers.vocabulary import Progress

#: Channels of calls. The document lists the second for sendings and forgets it for notifications (sheet: Gaps 12).
VOICE_CHANNELS = frozenset({"text2speech", "voice-interactive"})


def event_id(ref: str, word: str) -> str:
    """Name a fact alike for lists, reports and notifications: a call that never redials has each word once."""
    return f"{ref}:{word}"


def told_by_list(ref: str, remote_id: str | None, campaign: CampaignRecord) -> list[Report]:
    """Report what the list tells of a call: its events by their counts, else the sending's status."""
    if not campaign.sendings:
        return [_report(ref, remote_id, "", progress=Progress.QUEUED, detail={"campaignId": campaign.id})]
    sending = campaign.sendings[0]
    words = in_order([word for word, count in sending.events.items() if count > 0]) or [sending.status]
    detail = {
        "campaignId": campaign.id,
        "sendingId": sending.id,
        "status": sending.status,
        "events": {word: count for word, count in sending.events.items() if count},
    }
    return [_of_sending(ref, remote_id, word, sending, detail) for word in words]


def _of_sending(
    ref: str, remote_id: str | None, word: str, sending: SendingRecord, detail: Mapping[str, Any]
) -> Report:
    is_over = meaning_of(word)[0] is Progress.ENDED
    return _report(
        ref,
        remote_id,
        word,
        detail=detail,
        cost=sending.cost if is_over else None,
        currency=sending.currency or None if is_over else None,
    )


def told_by_rows(ref: str, remote_id: str | None, rows: Sequence[EventRow]) -> list[Report]:
    """Report what the events report tells of a call; `rows` are this call's only."""
    by_word = {row.event: row for row in rows}
    reports = []
    for word in in_order(list(by_word)):
        row = by_word[word]
        detail = {"campaignId": row.campaign_id, "sendingId": row.sending_id, "contactId": row.contact_id}
        reports.append(_report(ref, remote_id, word, at=row.at, detail=detail, **_times(word, row)))
    return reports


def _times(word: str, row: EventRow) -> dict[str, Any]:
    if meaning_of(word)[0] is Progress.RINGING:
        return {"started_at": row.happened_at}
    if meaning_of(word)[0] is Progress.ENDED:
        return {"ended_at": row.happened_at, "seconds": row.seconds}
    return {}


def _report(
    ref: str | None,
    remote_id: str | None,
    word: str,
    *,
    detail: Mapping[str, Any],
    progress: Progress | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Report:
    meant, result = meaning_of(word)
    return Report(
        ref=ref,
        remote_id=remote_id,
        progress=progress or meant,
        result=result,
        raw_status=word,
        at=at,
        event_id=event_id(ref or remote_id or "", word),
        detail=scrub(dict(detail)),
        **more,
    )


def ref_in(campaign_name: str) -> str | None:
    """Read our reference in a campaign's name; a name that people gave is none."""
    try:
        return str(UUID(campaign_name))
    except ValueError:
        return None


def told_by_hook(request: HookRequest) -> list[Report]:
    """Read a notification (document: Event notifications): form fields, without a number, in any order.

    Of another channel, or of a message that no API sent, it tells nothing of ours.
    """
    fields = _fields_of(request.body)
    word, remote_id = fields.get("event", ""), fields.get("id") or None
    ref = ref_in(fields.get("campaignName", ""))
    if not word or not (fields.keys() & {"id", "campaignName"}):
        raise HookRejected("It is no notification of 360NRS: it names no event, or no message.")
    if (fields.get("channel") or "text2speech") not in VOICE_CHANNELS or not (ref or remote_id):
        return []
    date = fields.get("eventDate")
    # Without our reference the engine compares the time with that of the push: a wrong zone would lose the report.
    at = when_of(date) if ref else zoned_of(date)
    is_over = meaning_of(word)[0] is Progress.ENDED
    detail = {name: value for name, value in fields.items() if value}
    return [_report(ref, remote_id, word, at=at, ended_at=zoned_of(date) if is_over else None, detail=detail)]


#: The largest notification seen in any public receiver is below 2 kB; a form's fields may be longer.
_LONGEST_BODY = 100_000
_MOST_FIELDS = 100


def _fields_of(body: bytes) -> dict[str, str]:
    try:
        if len(body) > _LONGEST_BODY:
            raise HookRejected("It is longer than any notification of 360NRS.")
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HookRejected("It is no form.") from None
    fields = dict(pairs)
    if any(fields[name] != value for name, value in pairs):
        raise HookRejected("It gives one field two values.")
    return fields
