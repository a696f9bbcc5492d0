"""Where the rule behind a gate's verdict stands, and what an open gate says, in words for people in operations.

Owns those words and the ids of rules that are settings of our own; never judges.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.gates.facts import CampaignFacts
from dialer.gates.verdict import Verdict
from dialer.models import Suppression
from dialer.rules.defaults import default_rule


@dataclass(frozen=True, slots=True)
class Source:
    """A rule's id, for programs, and where it stands, for people who want to change it."""

    rule: str
    text: str


#: Gates whose rule is one setting: (its id, where it stands, what the gate says when it is open).
_SETTINGS: dict[str, tuple[str, str, str]] = {
    "all": ("all", "all gates together", "every gate is open"),
    "state": ("campaign.status", "the campaign's status", "the campaign is running"),
    "dates": ("campaign.dates", "the campaign's own starts_at and ends_at", "the campaign's dates are open"),
    "daily_limit": (
        "campaign.daily_call_limit",
        "the campaign's own daily_call_limit",
        "the day's call limit is not reached",
    ),
    "budget": ("campaign.daily_budget", "the campaign's own daily_budget", "the day's budget is not spent"),
    "remote": (
        "campaign.remote_state",
        "the state of the campaign at its provider",
        "nothing says that the campaign is stopped at its provider",
    ),
    "contact_state": ("contact.state", "the contact's own state", "the contact waits for a call"),
    "timeline": ("contact.due_at", "the campaign's retry timeline", "the contact is due"),
    "stop": ("contact.stop", "a request to stop this contact", "nobody asked to stop this contact"),
    "contact_dates": (
        "contact.dates",
        "the contact's own not_before and not_after",
        "the contact's own dates are open",
    ),
    "suppression": ("suppressions", "the do-not-call lists", "no do-not-call entry names person or number"),
    "phone": ("contact.phones", "the person's own numbers", "there is a number that may be rung"),
    "caps": (
        "campaign.max_attempts",
        "the campaign's own max_attempts_per_contact and max_attempts_per_day",
        "the attempt caps leave room",
    ),
    "quiet_period": ("quiet_period", "the rules on quiet periods", "no quiet period holds"),
    "consent": ("consent", "the rules on consent", "no rule asks for a consent that is missing"),
    "window": (
        "campaign.calling_windows",
        "the campaign's own calling_windows",
        "the campaign's calling window is open",
    ),
    "person_busy": (
        "one_call_at_a_time",
        "built in: one call at a time to a person and to a number",
        "no other call to this person or number is on",
    ),
}
_ACCOUNT_SETTINGS = {
    "account_health": ("account.health", "its health", "the provider account works"),
    "rate": ("account.max_requests_per_second", "its max_requests_per_second", "the rate leaves room"),
    "capacity": (
        "account.max_concurrent_calls",
        "its max_concurrent_calls",
        "the account may hold more calls",
    ),
}
_CODES = {
    ("caps", "contact"): ("campaign.max_attempts_per_contact", "the campaign's own max_attempts_per_contact"),
    ("caps", "day"): ("campaign.max_attempts_per_day", "the campaign's own max_attempts_per_day"),
    ("dates", "not_started"): ("campaign.starts_at", "the campaign's own starts_at"),
    ("dates", "ended"): ("campaign.ends_at", "the campaign's own ends_at"),
    ("contact_dates", "not_before"): ("contact.not_before", "the contact's own not_before"),
    ("contact_dates", "expired"): ("contact.not_after", "the contact's own not_after"),
}


def source_of(verdict: Verdict, campaign: CampaignFacts, entry: Suppression | None = None) -> Source:
    """Say where the rule behind a verdict stands; `entry` is the do-not-call entry that it names."""
    if verdict.gate == "law":
        return _law(verdict, campaign)
    if verdict.gate == "holiday":
        return _holiday(verdict, campaign)
    if verdict.gate == "suppression" and entry is not None:
        told = f"source {entry.source!r}" if entry.source else "no source told"
        return Source(verdict.rule or "", f"do-not-call entry {entry.pk}, {told}, scope {entry.scope}")
    if verdict.gate in _ACCOUNT_SETTINGS:
        rule, what, _ = _ACCOUNT_SETTINGS[verdict.gate]
        return Source(verdict.rule or rule, f"the provider account {campaign.account.name!r}: {what}")
    rule, where = _CODES.get((verdict.gate, verdict.code)) or _setting(verdict.gate)
    return Source(verdict.rule or rule, where)


def words_of(verdict: Verdict) -> str:
    """Give a verdict's reason, also where an open gate gave none."""
    if verdict.reason or not verdict.ok:
        return verdict.reason
    if verdict.gate in _ACCOUNT_SETTINGS:
        return _ACCOUNT_SETTINGS[verdict.gate][2]
    if verdict.gate == "law":
        return "the law's calling hours are open where the person is" if verdict.rule else "no law rule binds"
    if verdict.gate == "holiday":
        return "no public holiday forbids it"
    return _SETTINGS[verdict.gate][2] if verdict.gate in _SETTINGS else "open"


def entry_of(verdict: Verdict) -> str | None:
    """Give the id of the do-not-call entry that a verdict names."""
    kind, _, key = (verdict.rule or "").partition(":")
    return key if kind == "suppression" and key else None


def _setting(gate: str) -> tuple[str, str]:
    found = _SETTINGS.get(gate)
    return found[:2] if found else (gate, f"the gate {gate}")


def _law(verdict: Verdict, campaign: CampaignFacts) -> Source:
    rule = default_rule(campaign.purpose)
    if rule is None:
        return Source("none", f"no rule binds calls of purpose {campaign.purpose}")
    text = f"built-in default rule {rule.id!r}, version {rule.version}, for purpose {campaign.purpose}"
    return Source(verdict.rule or rule.id, text)


def _holiday(verdict: Verdict, campaign: CampaignFacts) -> Source:
    if not campaign.observes_holidays:
        return Source("campaign.holidays", "the campaign's own setting holidays: ignore")
    place = (verdict.rule or "").partition(":")[2]
    calendar = f"the public holidays of {place}" if place else "the public holidays where the person is"
    return Source(
        verdict.rule or "campaign.holidays", f"{calendar}, kept by the campaign's holidays: observe"
    )
