"""The kinds of events of the change feed, each with its meaning, what it names, and an example of its data.

The only list: the engine may write no other kind, API and admin show this one. Never writes and never sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Ids that an event may name beside its data.
ABOUT = ("campaign", "campaign_contact", "contact", "attempt")
_CALL = ABOUT
_ENROLMENT = ("campaign", "campaign_contact", "contact")
_CAMPAIGN = ("campaign",)
_ID = "01990000-0000-7000-8000-00000000000"

#: Sent by `POST /webhook-endpoints/{id}/test` alone; it is never in the feed.
TEST_KIND = "webhook.test"


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of event means."""

    meaning: str
    about: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def _campaign(meaning: str, status: str, reason: str | None = None) -> Kind:
    return Kind(meaning, _CAMPAIGN, {"status": status, "reason": reason})


def _enrolment(meaning: str, state: str, **data: Any) -> Kind:
    return Kind(meaning, _ENROLMENT, {"state": state, "finish_reason": None} | data)


def _call(meaning: str, state: str, result: str | None = None, **data: Any) -> Kind:
    said = {"state": state, "result": result, "disposition": None, "sequence": 1, "origin": "ours"}
    return Kind(meaning, _CALL, said | {"provider_account": f"{_ID}7"} | data)


def _job(meaning: str, processed: int = 0, accepted: int = 0, rejected: int = 0) -> Kind:
    counts = {"processed": processed, "accepted": accepted, "rejected": rejected}
    return Kind(meaning, _CAMPAIGN, {"job": f"{_ID}5", "kind": "import", **counts})


_NO = {
    "suppression": f"{_ID}6",
    "scope": "global",
    "names": "phone",
    "provider_account": None,
    "source": "api",
    "expires_at": None,
}

KINDS: Mapping[str, Kind] = {
    "campaign.created": _campaign("A draft was made.", "draft"),
    "campaign.started": _campaign("It was started.", "running", "preparing"),
    "campaign.pausing": _campaign("A pause was asked for; calls may still ring.", "pausing", "by request"),
    "campaign.paused": _campaign("The pause is reached: nothing can ring any more.", "paused"),
    "campaign.blocked": _campaign(
        "Its provider will not go on with it, so it was paused: somebody has to look.",
        "pausing",
        "blocked by the provider: the remote campaign is archived",
    ),
    "campaign.resumed": _campaign("It dials on.", "running"),
    "campaign.idle": _campaign(
        "Nobody in it waits and no call is live; it stays running.", "running", "idle"
    ),
    "campaign.completed": _campaign("It is over; calls that ring still end.", "completed", "by request"),
    "campaign.archived": _campaign("It was put away.", "archived", "by request"),
    "campaign_contact.scheduled": _enrolment(
        "The timeline has planned the next attempt; gates may move it.",
        "waiting",
        next_attempt_at="2026-03-02T15:00:00Z",
        last_result="no_answer",
    ),
    "campaign_contact.rescheduled": _enrolment(
        "A person asked for another instant, or for a call now.",
        "waiting",
        next_attempt_at="2026-03-02T15:00:00Z",
        last_result=None,
    ),
    "campaign_contact.finished": _enrolment(
        "It will not be called again.", "finished", finish_reason="reached", detail="answered"
    ),
    "campaign_contact.rearmed": _enrolment("It was finished and starts its timeline again.", "waiting"),
    "campaign_contact.refined": _enrolment(
        "It had ended; what its last call meant was said later and is the reason now.",
        "finished",
        finish_reason="suppressed",
        detail="do_not_call",
    ),
    "campaign_contact.reopened": _enrolment(
        "It had ended; what its last call meant was said later, and its timeline goes on.", "waiting"
    ),
    "campaign_contact.removed": _enrolment("It was deleted before any attempt.", "waiting"),
    "attempt.pushed": _call("The provider has taken the call.", "pushed"),
    "attempt.ringing": _call("It rings.", "ringing"),
    "attempt.connected": _call("Somebody or something answered.", "connected"),
    "attempt.ended": _call("The call is over, with its result.", "ended", "answered", reason=None),
    "attempt.rejected": _call(
        "The provider refused the order.", "rejected", "invalid_number", reason="no such number"
    ),
    "attempt.cancelled": _call(
        "It was taken back before it rang.", "cancelled", "cancelled", reason="withdrawn: pause"
    ),
    "attempt.indeterminate": _call(
        "Nobody knows whether the provider has it: it is looked up, and never sent again before.",
        "indeterminate",
        reason="lease_expired",
    ),
    "attempt.absent": _call(
        "The provider has shown that it does not have it; it will be sent again.", "claimed"
    ),
    "attempt.given_up": _call(
        "Nothing was heard of it for too long: counted as unknown, not repeated.",
        "ended",
        "unknown",
        reason="given_up",
    ),
    "attempt.refined": _call("A result that was unknown is known now.", "ended", "busy"),
    "attempt.disposed": _call(
        "What the call meant was said, after its end or once more.",
        "ended",
        "answered",
        disposition="callback",
    ),
    "attempt.unknown_status": _call(
        "The provider used a word that no table names; nothing was concluded.", "pushed", raw_status="PARKED"
    ),
    "suppression.created": Kind("A number or a person must not be called.", (), _NO),
    "suppression.lifted": Kind("A do-not-call entry was taken away or ended by hand.", (), _NO),
    "job.queued": _job("Long work was accepted."),
    "job.completed": _job("Long work is done.", 619, 601, 18),
    "job.failed": _job("Long work cannot go on; the job says why.", 100, 100),
    "job.cancelled": _job("Long work was stopped by request; what it did stays.", 100, 100),
    "provider_account.health": Kind(
        "An account became healthy, degraded or open (nothing is pushed until it answers again).",
        (),
        {
            "provider_account": f"{_ID}7",
            "state": "open",
            "cause": "credentials",
            "error": "401: the key is wrong",
        },
    ),
    "provider_account.notification_parked": Kind(
        "A notification speaks of no call of ours, also after a day: somebody should look.",
        (),
        {
            "provider_account": f"{_ID}7",
            "notification": f"{_ID}8",
            "reason": "no call of ours has this reference",
        },
    ),
    "webhook_endpoint.disabled": Kind(
        "An endpoint of outgoing webhooks gets nothing any more: it failed for days, is gone, or by request.",
        (),
        {"webhook_endpoint": f"{_ID}9", "reason": "failing"},
    ),
}

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(name.partition(".")[0] for name in KINDS))


def is_pattern(text: str) -> bool:
    """Say whether a text names a kind (`attempt.ended`) or a whole family (`attempt.*`)."""
    family, dot, rest = text.partition(".")
    return text in KINDS or (dot == "." and rest == "*" and family in FAMILIES)


def expand(patterns: Iterable[str]) -> frozenset[str]:
    """List the kinds that patterns stand for; none stands for all."""
    wanted = set(patterns)
    if not wanted:
        return frozenset(KINDS)
    return frozenset(name for name in KINDS if name in wanted or f"{name.partition('.')[0]}.*" in wanted)


def example(name: str) -> dict[str, Any]:
    """Make an example of one kind, in the shape in which the feed shows it."""
    kind = KINDS[name]
    ids = {about: f"{_ID}{place}" if about in kind.about else None for place, about in enumerate(ABOUT, 1)}
    return {
        "id": f"{_ID}0",
        "cursor": "4711",
        "type": name,
        "occurred_at": "2026-03-02T13:00:00.123456Z",
        **ids,
        "data": dict(kind.data),
    }
