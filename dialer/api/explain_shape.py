"""Own the described shape of explanations: verdicts of gates, and why a campaign does not dial.

What they say is `dialer.reports`'.
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dialer.api.fields import Instant
from dialer.api.problems import validation
from dialer.gates.verdict import Outcome
from dialer.rules.faults import Fault
from dialer.rules.transitions import CampaignStatus, ContactState

OUTCOMES = [item.value for item in Outcome]
CONTACT_STATES = [item.value for item in ContactState]
STATUSES = [item.value for item in CampaignStatus]
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
AT = OpenApiParameter(
    "at",
    datetime,
    description="The instant to judge, RFC 3339 with its zone; now by default. Counters and calls are as of now.",
)


def read_at(text: str | None) -> datetime | None:
    """Read the query parameter `at`; an unescaped plus of an offset arrives as a space."""
    if text is None:
        return None
    spelled = re.sub(r" (\d\d:\d\d)$", r"+\1", text)
    if not _RFC3339.fullmatch(spelled):
        detail = "Give an instant with its zone as RFC 3339 has it, such as 2026-03-01T13:00:00Z."
        raise validation([Fault("?at", "invalid", detail)])
    try:
        read: datetime = Instant().run_validation(spelled.upper())
    except ValidationError as error:
        faults = [Fault("?at", each.code, str(each)) for each in error.detail]
        # A year beyond all calendars is well formed and means nothing.
        is_far = all(fault.code == "impossible_instant" for fault in faults)
        raise validation(faults, status=HTTPStatus.UNPROCESSABLE_ENTITY if is_far else None) from None
    return read


class VerdictOut(serializers.Serializer[Any]):
    """What one gate answers, and where its rule stands."""

    gate = serializers.CharField(help_text="Name of the gate; the same as in `hold`.")
    outcome = serializers.ChoiceField(OUTCOMES)
    code = serializers.CharField(help_text="Stable, for programs; `ok` where the gate is open.")
    reason = serializers.CharField(help_text="In words, for people.")
    rule = serializers.CharField(help_text="Id of the rule that decides.")
    source = serializers.CharField(help_text="Where that rule stands, so where to change it.")
    until = serializers.DateTimeField(allow_null=True, help_text="When it opens; null where no clock says.")


class GateOut(VerdictOut):
    """What one gate answers at the instant asked for."""

    is_foreseen = serializers.BooleanField(
        help_text="False where it shows the facts of now, which tell nothing about another instant."
    )


class ExplainOut(serializers.Serializer[Any]):
    """Whether a contact may be called at an instant, by every gate that dialing asks."""

    campaign_contact = serializers.UUIDField()
    campaign = serializers.UUIDField()
    state = serializers.ChoiceField(CONTACT_STATES)
    at = serializers.DateTimeField(help_text="The instant that was judged.")
    checked_at = serializers.DateTimeField(help_text="When the facts were read.")
    verdict = VerdictOut(help_text="All gates together; `until` of a hold is `next_callable_at`.")
    phone = serializers.CharField(allow_null=True, help_text="The number that would be called.")
    zones = serializers.ListField(
        child=serializers.CharField(), help_text="Where the person may be; all of them must be open."
    )
    next_callable_at = serializers.DateTimeField(
        allow_null=True, help_text="The first instant from `at` on at which every gate is open."
    )
    never_because = serializers.CharField(allow_null=True, help_text="Why there is no such instant.")
    campaign_gates = GateOut(many=True)
    contact_gates = GateOut(many=True)
    unforeseen = serializers.ListField(
        child=serializers.CharField(), help_text="Gates that nobody can foresee; empty for now."
    )


class CauseOut(serializers.Serializer[Any]):
    """One reason why nobody is called."""

    code = serializers.CharField(help_text="Stable, for programs; unique without `gate`.")
    gate = serializers.CharField()
    text = serializers.CharField(help_text="In words, for people.")
    count = serializers.IntegerField(allow_null=True, help_text="Contacts or calls that it concerns.")
    until = serializers.DateTimeField(allow_null=True, help_text="When it ends; null where no clock ends it.")
    rule = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True, help_text="Where that rule stands.")
    since = serializers.DateTimeField(allow_null=True, help_text="Since when, where that matters.")


class WhyOut(serializers.Serializer[Any]):
    """Whether a campaign dials, what holds it, and when it will dial."""

    campaign = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    is_dialing = serializers.BooleanField()
    live_calls = serializers.IntegerField(help_text="Calls in a worker's hands or with the provider.")
    causes = CauseOut(many=True, help_text="The true one first; while it dials, what the others wait for.")
    next_dial_at = serializers.DateTimeField(
        allow_null=True, help_text="When somebody is called next; null where no clock says."
    )
    skips = serializers.DictField(
        child=serializers.IntegerField(), help_text="Waiting contacts by the gate that holds them."
    )
    counts_complete = serializers.BooleanField(
        help_text="False if more wait than the causes count: they look at the head of the queue."
    )
    checked_at = serializers.DateTimeField()


_WINDOW = {
    "rule": "campaign.calling_windows",
    "source": "the campaign's own calling_windows",
    "until": "2026-03-03T12:00:00Z",
}
_CLOSED = {
    "gate": "window",
    "outcome": "held",
    "code": "closed",
    "reason": "the calling window is closed",
    **_WINDOW,
}
EXPLAINED = OpenApiExample(
    "Held by the campaign's window",
    response_only=True,
    value={
        "campaign_contact": "01910000-0000-7000-8000-000000000042",
        "campaign": "01910000-0000-7000-8000-000000000001",
        "state": "waiting",
        "at": "2026-03-02T22:00:00Z",
        "checked_at": "2026-03-02T22:00:00Z",
        "verdict": _CLOSED,
        "phone": "+12125550100",
        "zones": ["America/New_York"],
        "next_callable_at": "2026-03-03T12:00:00Z",
        "never_because": None,
        "campaign_gates": [
            {
                "gate": "state",
                "outcome": "allowed",
                "code": "ok",
                "reason": "the campaign is running",
                "rule": "campaign.status",
                "source": "the campaign's status",
                "until": None,
                "is_foreseen": True,
            }
        ],
        "contact_gates": [{**_CLOSED, "is_foreseen": True}],
        "unforeseen": [],
    },
)
WHY = OpenApiExample(
    "Everybody is held by the window",
    response_only=True,
    value={
        "campaign": "01910000-0000-7000-8000-000000000001",
        "status": "running",
        "is_dialing": False,
        "live_calls": 0,
        "causes": [
            {
                "code": "window_closed",
                "gate": "window",
                "text": "the calling window is closed",
                "count": 250,
                **_WINDOW,
                "since": None,
            }
        ],
        "next_dial_at": "2026-03-03T12:00:00Z",
        "skips": {"window": 250},
        "counts_complete": True,
        "checked_at": "2026-03-02T22:00:00Z",
    },
)
