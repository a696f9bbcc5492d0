"""Causes for which a campaign does not dial, in words and codes: of the campaign as a whole.

Owns those words and their order; what its contacts wait for is `contact_causes`', the judging is the gates'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dialer.engine.ticks import TICKS, is_silent
from dialer.gates.campaign_gates import CAMPAIGN_GATES
from dialer.gates.facts import CampaignFacts
from dialer.gates.sources import source_of
from dialer.gates.verdict import Verdict
from dialer.models import Ailment, Campaign, Heartbeat, ProviderAccount
from dialer.rules.transitions import CampaignStatus

#: How `engine.campaigns.block` begins its reason.
BLOCKED = "blocked by the provider: "
#: The step that claims and pushes; without it nothing dials.
DIALING = next(tick for tick in TICKS if tick.name == "dispatch")
#: Gates whose end a call brings and no clock: their instant is only when they are looked at again.
ENDED_BY_CALLS = frozenset({"capacity", "person_busy"})

_CODES = {
    ("state", "preparing"): "preparing",
    ("dates", "not_started"): "not_started",
    ("dates", "ended"): "ended",
    ("account_health", "disabled"): "account_disabled",
    ("daily_limit", "reached"): "daily_limit_reached",
    ("budget", "spent"): "daily_budget_spent",
    ("capacity", "full"): "account_full",
    ("remote", "paused"): "remote_paused",
    ("rate", "throttled"): "throttled",
    ("rate", "exhausted"): "rate_exhausted",
    ("rate", "withdrawals_first"): "withdrawals_first",
    ("law", "closed"): "law_closed",
    ("window", "closed"): "window_closed",
    ("holiday", "holiday"): "holiday",
    ("caps", "day"): "attempts_a_day_reached",
    ("quiet_period", "quiet"): "quiet_period",
    ("person_busy", "live_attempt"): "person_busy",
    ("contact_dates", "not_before"): "contact_not_before",
    ("suppression", "suppressed"): "suppressed",
}
_AILMENTS = {
    Ailment.CREDENTIALS: ("account_credentials", "its credentials are refused; correct them"),
    Ailment.CREDIT: ("account_credit", "its credit is used up"),
    Ailment.BLOCKED: ("account_blocked", "the provider or its configuration blocks it"),
    Ailment.OUTAGE: ("account_outage", "the provider fails or does not answer"),
}
#: Words of providers for a campaign that makes no calls.
_STOPPED_THERE = frozenset({"paused", "stopped", "inactive", "closed", "archived"})
_STATUS_WORDS = {
    CampaignStatus.DRAFT: "the campaign is a draft; start it",
    CampaignStatus.PAUSED: "the campaign is paused; resume it",
    CampaignStatus.COMPLETED: "the campaign is completed",
    CampaignStatus.ARCHIVED: "the campaign is archived",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason why nobody is called: what, how many contacts it concerns, and until when it holds.

    `until` is None where no clock ends it; `since` is told where the length matters.
    """

    code: str
    gate: str
    text: str
    count: int | None = None
    until: datetime | None = None
    rule: str | None = None
    source: str | None = None
    since: datetime | None = None


def code_of(verdict: Verdict) -> str:
    """Give the code of a cause: one word that is unique without its gate."""
    return _CODES.get((verdict.gate, verdict.code), f"{verdict.gate}_{verdict.code}")


def cause_of(verdict: Verdict, facts: CampaignFacts, *, count: int | None) -> Cause:
    """Make a cause of a gate's verdict."""
    source = source_of(verdict, facts)
    return Cause(
        code=code_of(verdict),
        gate=verdict.gate,
        text=verdict.reason,
        count=count,
        until=None if verdict.gate in ENDED_BY_CALLS else verdict.until,
        rule=source.rule,
        source=source.text,
    )


def of_status(campaign: Campaign, live: int) -> Cause | None:
    """Say why a campaign that does not run does not dial; None if it runs."""
    if campaign.status == CampaignStatus.RUNNING:
        return None
    status, reason = CampaignStatus(campaign.status), campaign.status_reason
    code, count, text = status.value, None, _STATUS_WORDS.get(status, "")
    if status is CampaignStatus.PAUSING:
        count, text = live, f"the campaign is being paused: {live} calls may still ring"
    if status is CampaignStatus.COMPLETED and reason:
        text = f"{text} ({reason})"
    if reason.startswith(BLOCKED):
        code, text = "blocked_by_provider", f"{reason}; mend that, then resume the campaign"
    source = "the campaign's status"
    return Cause(code=code, gate="state", text=text, count=count, rule="campaign.status", source=source)


def of_worker(now: datetime) -> Cause | None:
    """Say that nobody runs the step that dials, if so; `since` is its last beat."""
    beat_at = Heartbeat.objects.filter(name=DIALING.name).values_list("beat_at", flat=True).first()
    if beat_at is not None and not is_silent(DIALING, beat_at, now):
        return None
    last = f"the last one beat at {beat_at:%Y-%m-%dT%H:%M:%SZ}" if beat_at else "none has ever run"
    return Cause(
        code="no_worker",
        gate="worker",
        text=f"no worker is running ({last}); start one",
        rule="worker.heartbeat",
        source="the heartbeat of the step that dials",
        since=beat_at,
    )


def of_remote(campaign: Campaign) -> Iterator[Cause]:
    """Tell of a campaign that was stopped at its provider and that we cannot, or must not, tell to go on."""
    if campaign.remote_state.lower() in _STOPPED_THERE:
        text = (
            f"the provider said {campaign.remote_state!r} of its campaign when it was opened; calls are handed over,"
            " but they may not ring before it is resumed in the provider's own portal"
        )
        rule, where = "campaign.remote_state", "the state of the campaign at its provider"
        yield Cause(code="remote_stopped", gate="remote", text=text, rule=rule, source=where)


def of_campaign(
    campaign: Campaign,
    account: ProviderAccount,
    facts: CampaignFacts,
    engine: list[Verdict],
    *,
    now: datetime,
    count: int,
) -> Iterator[Cause]:
    """List what holds a running campaign as a whole, the gravest first: what a clock or a call ends comes last."""
    holding = {v.gate: v for v in [*(gate.check(facts, now) for gate in CAMPAIGN_GATES), *engine] if not v.ok}
    for gate in ("dates", "account_health", "state", "remote", "daily_limit", "budget", "capacity", "rate"):
        verdict = holding.get(gate)
        if verdict is None:
            continue
        cause = cause_of(verdict, facts, count=count)
        yield _of_health(cause, account) if cause.code == "account_health_open" else cause


def _of_health(cause: Cause, account: ProviderAccount) -> Cause:
    code, words = _AILMENTS.get(Ailment(account.health_cause or Ailment.BLOCKED), _AILMENTS[Ailment.BLOCKED])
    told = f" ({account.health_last_error})" if account.health_last_error else ""
    return Cause(
        code=code,
        gate=cause.gate,
        text=f"the provider account {account.name!r} is stopped: {words}{told}; it is tried again at `until`",
        count=cause.count,
        until=account.probe_at,
        rule=cause.rule,
        source=cause.source,
        since=account.health_since,
    )
