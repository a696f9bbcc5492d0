"""Own how our orders become QVoice's leads, and how a lead and its dials become reports.

Never sends anything. The one table of status words is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from providers.contract import CallOrder, Handle, NativePlan, Report
from providers.errors import Unsupported
from providers.qvoice.configuration import QVoiceSettings
from providers.qvoice.records import Lead, NewLead, digits
from providers.secrets import scrub
from providers.vocabulary import Progress, Result, Unit

#: The documented words ("Get Campaigns status and Leads by Status"); what they mean is inferred (sheet: Lead
#: status vocabulary). A fourth exists whose name the document lost: it is unknown, and so never an end. Nothing
#: that is documented tells why a lead failed.
WORDS: dict[str, tuple[Progress, Result | None]] = {
    "new": (Progress.QUEUED, None),
    "success": (Progress.ENDED, Result.ANSWERED),
    "failed": (Progress.ENDED, Result.FAILED),
}

#: Our own middle, sent for all where priorities are not sent: the same for all turns no order round.
EVEN_PRIORITY = 5


def progress_of(lead: Lead) -> Progress:
    """Give how far a lead has come by its word alone."""
    return WORDS.get(lead.status, (Progress.UNKNOWN, None))[0]


def new_lead(order: CallOrder, settings: QVoiceSettings) -> NewLead:
    """Write an order as "Add Lead to campaign" takes it: every field, with its type.

    Without a plan `retries` is what makes it ring once at most; our reference can't be read back from
    `ticket_id`, but people see it in the portal.
    """
    redials, wait = redials_and_wait(order.retry)
    first, _, last = order.name.strip().partition(" ")
    return NewLead(
        number=f"+{digits(order.phone)}",
        retries=redials + settings.retries_offset,
        first_name=first,
        last_name=last.strip(),
        type=settings.lead_type,
        priority=order.priority if settings.send_priority else EVEN_PRIORITY,
        ticket_id=order.ref,
        note=str(order.fields.get(settings.note_attribute, "")) if settings.note_attribute else "",
        cool_off=wait,
    )


def redials_and_wait(plan: NativePlan | None) -> tuple[int, int]:
    """Give a plan's number of redials and their one wait in seconds; what QVoice can't do is `Unsupported`.

    The unit of `cool_off` is not documented: read as seconds, a wait can only be longer than meant.
    """
    if plan is None or not plan.steps:
        return 0, 0
    first = plan.steps[0]
    if any(step != first for step in plan.steps) or first.business_day or first.other_phone:
        raise Unsupported(
            "QVoice redials the same number after one and the same wait.", provider="qvoice", operation="push"
        )
    if first.unit is not Unit.SECOND:
        raise Unsupported("QVoice's waits are seconds.", provider="qvoice", operation="push")
    return len(plan.steps), first.amount


def reports_on(handle: Handle, lead: Lead, dials: Sequence[datetime], redials: int) -> list[Report]:
    """Tell what a lead's word and its dials say about a call, oldest ring first.

    A lead that was dialed again had failed before: a success is final. Of more dials than were ordered only as
    many count as can be rings: that a record is one call is inferred (sheet: Campaign activity).
    """
    rings = list(dials[: 1 + redials])
    progress, result = WORDS.get(lead.status, (Progress.UNKNOWN, None))
    ring_no, started_at = max(len(rings), 1), rings[-1] if rings else None
    reports = [
        _report(handle, lead, Progress.ENDED, Result.FAILED, number, started, word="")
        for number, started in enumerate(rings[:-1], 1)
    ]
    if progress is not Progress.ENDED and rings:
        # No word for a ringing phone is documented; that it was dialed and has not ended is.
        return [*reports, _report(handle, lead, Progress.RINGING, None, ring_no, started_at)]
    return [*reports, _report(handle, lead, progress, result, ring_no, started_at)]


def _report(
    handle: Handle,
    lead: Lead,
    progress: Progress,
    result: Result | None,
    ring_no: int,
    started_at: datetime | None,
    word: str | None = None,
) -> Report:
    at = started_at if progress is Progress.RINGING else None
    if progress is Progress.QUEUED and lead.created is not None:
        at = datetime.fromtimestamp(lead.created, UTC)
    return Report(
        ref=handle.ref,
        remote_id=lead.id,
        phone=handle.phone,
        progress=progress,
        result=result,
        raw_status=lead.status if word is None else word,
        at=at,
        ring_no=ring_no,
        started_at=started_at,
        # What is known by its dials must not change its name with the lead's word of the moment.
        event_id=f"{lead.id}:{ring_no}:{progress}:{lead.status if progress is Progress.UNKNOWN else result or ''}",
        detail=scrub(lead.raw),
    )


def doubt(handle: Handle, leads: Sequence[Lead]) -> Report:
    """Tell that leads of the number are there which may be this call's: neither its end nor its absence."""
    ids = sorted(lead.id for lead in leads)
    return Report(
        ref=handle.ref,
        phone=handle.phone,
        progress=Progress.UNKNOWN,
        event_id=f"{handle.ref}:doubt:{','.join(ids)}",
        detail={"doubtful_leads": ids},
    )
