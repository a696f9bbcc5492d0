"""Own what people do to a world while it runs: each act is one call of the engine, as API and admin make it.

An act that the engine refuses must change nothing; one that returned must stay true.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dialer.engine import attempts, campaigns, contacts
from dialer.engine.errors import EngineError
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Campaign, CampaignContact, ProviderAccount
from providers.vocabulary import Result
from tests.scenarios.simulation.generator import WINDOWS

if TYPE_CHECKING:
    from tests.scenarios.simulation.world import World

Act = Callable[["World"], str]


def _pick(world: World, rows: Any) -> Any:
    found = list(rows)
    return world.act_rng.choice(found) if found else None


def _campaign(world: World, *statuses: str) -> Any:
    rows = sorted(world.picture().campaigns.values(), key=lambda row: row.id)
    return _pick(world, [row for row in rows if row.status in statuses])


def _enrolment(world: World, *states: str) -> Any:
    rows = sorted(world.picture().enrolments.values(), key=lambda row: row.id)
    return _pick(world, [row for row in rows if not states or row.state in states])


def start_of(campaign_id: UUID) -> Act:
    """Make the act that starts a campaign."""

    def start(world: World) -> str:
        campaigns.start(campaign_id=campaign_id, now=world.now)
        return f"started campaign {world.short(campaign_id)}"

    return start


def pause(world: World) -> str:
    """Pause a running campaign."""
    campaign = _campaign(world, "running")
    if campaign is None:
        return ""
    others = world.turns
    campaigns.pause(campaign_id=campaign.id, now=world.now)
    if others == world.turns and world.picture().campaigns[campaign.id].status not in ("pausing", "paused"):
        world.fail("a pause returned and the campaign does not pause")
    world.schedule(timedelta(seconds=world.act_rng.choice((0, 3, 90, 5000))), resume)
    return f"paused campaign {world.short(campaign.id)}"


def resume(world: World) -> str:
    """Resume a campaign that pauses or is paused."""
    campaign = _campaign(world, "pausing", "paused")
    if campaign is None:
        return ""
    campaigns.resume(campaign_id=campaign.id, now=world.now)
    return f"resumed campaign {world.short(campaign.id)}"


def complete(world: World) -> str:
    """Complete a campaign."""
    campaign = _campaign(world, "running", "pausing", "paused")
    if campaign is None:
        return ""
    campaigns.complete(campaign_id=campaign.id, now=world.now)
    return f"completed campaign {world.short(campaign.id)}"


def do_not_call(world: World) -> str:
    """Suppress a number or a person, somewhere or everywhere, for a while or for good."""
    rng, enrolment = world.act_rng, _enrolment(world)
    if enrolment is None:
        return ""
    picture = world.picture()
    campaign = picture.campaigns[enrolment.campaign_id]
    scope = rng.choice(("global", "global", "campaign", "provider_account"))
    number = None if rng.random() < 0.4 else rng.choice(picture.phones_of(enrolment.contact_id)).number
    made = suppress(
        entries=[
            NewSuppression(
                number=number,
                contact_id=None if number else enrolment.contact_id,
                scope=scope,
                campaign_id=campaign.id if scope == "campaign" else None,
                provider_account_id=campaign.provider_account_id if scope == "provider_account" else None,
                expires_at=world.now + timedelta(hours=3) if rng.random() < 0.2 else None,
            )
        ],
        now=world.now,
    )
    world.watch.entries |= {entry.pk for entry in made}
    return f"suppressed {(number or 'person')[-6:]} ({scope})"


def exclude(world: World) -> str:
    """Take a contact out of its campaign."""
    enrolment = _enrolment(world)
    world.watch.touched(enrolment.id, "exclude")  # before: somebody killed in the middle may have done it
    contacts.exclude(campaign_contact_id=enrolment.id, reason="asked for", now=world.now)
    return f"excluded {world.short(enrolment.id)}"


def call_now(world: World) -> str:
    """Call somebody now."""
    enrolment = _enrolment(world)
    world.watch.rushed.add(enrolment.id)
    contacts.call_now(campaign_contact_id=enrolment.id, now=world.now)
    return f"call-now {world.short(enrolment.id)}"


def reschedule(world: World) -> str:
    """Call somebody at another time."""
    enrolment = _enrolment(world)
    world.watch.rushed.add(enrolment.id)
    at = world.now + timedelta(seconds=world.act_rng.choice((-60, 45, 4000, 90_000)))
    contacts.reschedule(campaign_contact_id=enrolment.id, at=at, now=world.now)
    return f"rescheduled {world.short(enrolment.id)} to {at:%m-%d %H:%M:%S}"


def rearm(world: World) -> str:
    """Start a finished contact's timeline again."""
    enrolment = _enrolment(world, "finished") or _enrolment(world)
    contacts.rearm(campaign_contact_id=enrolment.id, now=world.now)
    world.watch.rearmed(enrolment.id, enrolment.attempt_count)
    return f"rearmed {world.short(enrolment.id)}"


def cancel_attempt(world: World) -> str:
    """Cancel one attempt, whatever its state."""
    rows = sorted(world.picture().attempts.values(), key=lambda row: row.id)
    attempt = _pick(world, [row for row in rows if row.is_live] or rows)
    if attempt is None:
        return ""
    world.watch.touched(attempt.campaign_contact_id, "cancel")
    attempts.cancel(attempt_id=attempt.id, now=world.now)
    return f"cancelled attempt {world.short(attempt.id)}"


def settle(world: World) -> str:
    """Settle a doubtful attempt by hand."""
    rows = sorted(world.picture().attempts.values(), key=lambda row: row.id)
    attempt = _pick(world, [row for row in rows if row.is_live] or rows)
    if attempt is None:
        return ""
    result = world.act_rng.choice((Result.UNKNOWN, Result.NO_ANSWER, Result.ANSWERED))
    if attempt.is_live:
        world.watch.settled[attempt.id] = result.value
    attempts.settle(attempt_id=attempt.id, result=result, now=world.now)
    return f"settled attempt {world.short(attempt.id)} as {result}"


def change_policy(world: World) -> str:
    """Change a campaign's windows, as the API does: what is held is looked at again."""
    campaign = _campaign(world, "running", "paused", "pausing", "draft")
    if campaign is None:
        return ""
    Campaign.objects.filter(pk=campaign.id).update(
        calling_windows=world.act_rng.choice(WINDOWS),
        release_holds_at=world.now,
        updated_at=world.now,
        version=F("version") + 1,
    )
    world.watch.changed.add(campaign.id)
    return f"changed the windows of campaign {world.short(campaign.id)}"


def switch_account(world: World) -> str:
    """Switch an account off, and on again later."""
    rows = sorted(world.picture().accounts.values(), key=lambda row: row.id)
    account = _pick(world, rows)
    ProviderAccount.objects.filter(pk=account.id).update(
        is_enabled=not account.is_enabled, updated_at=world.now, version=F("version") + 1
    )
    if account.is_enabled:
        world.schedule(timedelta(seconds=world.act_rng.choice((5, 300, 7000))), switch_account)
    return f"switched account {world.short(account.id)} {'off' if account.is_enabled else 'on'}"


def add_contacts(world: World) -> str:
    """Add people to a campaign while it runs."""
    campaign = _campaign(world, "running", "draft", "paused")
    if campaign is None:
        return ""
    with transaction.atomic():
        row = Campaign.objects.get(pk=campaign.id)
        made: list[CampaignContact] = [
            world.maker.enrol(row, world.now) for _ in range(world.act_rng.randrange(1, 4))
        ]
    world.watch.enrolled |= {row.pk for row in made}
    return f"added {len(made)} contacts to campaign {world.short(campaign.id)}"


ACTS: tuple[tuple[Act, int], ...] = (
    (pause, 4),
    (complete, 1),
    (do_not_call, 5),
    (exclude, 2),
    (call_now, 3),
    (reschedule, 2),
    (rearm, 2),
    (cancel_attempt, 2),
    (settle, 2),
    (change_policy, 2),
    (switch_account, 2),
    (add_contacts, 2),
)


#: Whether a killed one happened could not be told from the rows later; it is one transaction.
SURVIVING = (rearm,)


def carry_out(world: World, act: Act) -> None:
    """Carry out one act; what is refused leaves everything as it was."""
    before, others = world.picture(), world.turns
    try:
        said = act(world)
    except EngineError as refusal:
        after = world.picture()
        if others == world.turns and any(
            getattr(before, name) != getattr(after, name) for name in before.__slots__
        ):
            world.fail(f"{act.__name__} was refused ({refusal.code}) and changed something")
        said = f"{act.__name__}: refused, {refusal.code}"
    if said:
        world.note(f"operator: {said}")
