"""Own `/attempts`: the ledger of everything that rang or should have, and the two things a person may ask of one."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Resource
from dialer.api.fields import StrictSerializer, String
from dialer.api.filters import InstantFilter, PhoneFilter, word
from dialer.api.money import Money
from dialer.api.recordings import RecordingAction
from dialer.engine import attempts as engine
from dialer.engine import outcomes
from dialer.models import Attempt, Origin
from dialer.rules.money import written
from dialer.rules.transitions import AttemptState
from providers.vocabulary import Result

_IDS = ("campaign", "campaign_contact", "contact", "provider_account")
_PLAIN = (
    "id",
    "number",
    "sequence",
    "step",
    "origin",
    "state",
    "due_at",
    "pushed_at",
    "started_at",
    "answered_at",
    "ended_at",
    "duration_seconds",
    "gates",
    "created_at",
)
#: Stored empty, shown as null.
_TEXTS = ("result", "disposition", "raw_status", "reason", "currency", "recording_url", "provider_ref")
_COLUMNS = (*_PLAIN, *_TEXTS, "cost", *(f"{name}_id" for name in _IDS))
RESULTS = [item.value for item in Result]
#: Results that a person can know; the engine's own words are not for settling by hand.
SETTLED = [item.value for item in Result if item is not Result.CANCELLED]


class AttemptFilters(filters.FilterSet):
    """What attempts can be searched by; `from` and `to` bound the instant of the claim."""

    campaign = filters.UUIDFilter(field_name="campaign_id")
    campaign_contact = filters.UUIDFilter(field_name="campaign_contact_id")
    contact = filters.UUIDFilter(field_name="contact_id")
    provider_account = filters.UUIDFilter(field_name="provider_account_id")
    phone = PhoneFilter(field_name="number")
    result = word(Result)
    disposition = filters.CharFilter(field_name="outcome__code")
    state = word(AttemptState)
    origin = word(Origin)
    # `from` is a word of Python's; the query parameter is named so by the contract.
    locals()["from"] = InstantFilter(field_name="claimed_at", lookup_expr="gte")
    to = InstantFilter(field_name="claimed_at", lookup_expr="lt")


class AttemptOut(serializers.Serializer[Any]):
    """One try to ring one number."""

    id = serializers.UUIDField()
    campaign = serializers.UUIDField()
    campaign_contact = serializers.UUIDField()
    contact = serializers.UUIDField()
    phone = serializers.CharField(
        allow_null=True, help_text="The number, E.164; the same as `number`. Null once the person was erased."
    )
    number = serializers.CharField(allow_null=True)
    sequence = serializers.IntegerField()
    step = serializers.IntegerField(
        allow_null=True, help_text="Of the timeline, from 0; null for the first attempt."
    )
    origin = serializers.ChoiceField([item.value for item in Origin])
    provider_account = serializers.UUIDField()
    provider_ref = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField([item.value for item in AttemptState])
    result = serializers.ChoiceField(RESULTS, allow_null=True)
    disposition = serializers.CharField(
        allow_null=True, help_text="A code of /dispositions, or what the provider calls the end."
    )
    raw_status = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    due_at = serializers.DateTimeField()
    pushed_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    duration_seconds = serializers.IntegerField(allow_null=True)
    cost = Money(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    recording_url = serializers.CharField(allow_null=True)
    gates = serializers.JSONField()
    created_at = serializers.DateTimeField()


class SettleIn(StrictSerializer):
    """What is known of the call."""

    result = serializers.ChoiceField(SETTLED)


class DispositionSetIn(StrictSerializer):
    """What the call meant."""

    code = String(max_length=64, help_text="A code of /dispositions.")


class Attempts(RecordingAction, Resource):
    """Attempts; written by the engine only."""

    queryset = Attempt.objects.all()
    serializer_class = AttemptOut
    filterset_class = AttemptFilters

    def list(self, request: Request) -> Response:
        """Give attempts, newest first."""
        return self.page(Attempt.objects.all(), _COLUMNS)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Give one."""
        return self._shown()

    @extend_schema(request=None, responses=AttemptOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Take back one call that has not rung; its contact ends `cancelled`."""
        self.no_body()
        engine.cancel(attempt_id=self._id(), now=clock.now())
        return self._shown()

    @extend_schema(request=SettleIn, responses=AttemptOut)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """End a doubtful attempt by hand: counted, not repeated."""
        result = Result(self.valid(SettleIn).validated_data["result"])
        engine.settle(attempt_id=self._id(), result=result, now=clock.now())
        return self._shown()

    @extend_schema(request=DispositionSetIn, responses=AttemptOut)
    @action(detail=True, methods=["post"])
    def disposition(self, request: Request, pk: str) -> Response:
        """Say what an ended call meant, late or once more; it holds for all that follows."""
        code = self.valid(DispositionSetIn).validated_data["code"]
        outcomes.set_disposition(attempt_id=self._id(), code=code, now=clock.now())
        return self._shown()

    def present(self, rows: list[Any]) -> list[Any]:
        """Show plain rows."""
        return [_row(row) for row in rows]

    def _id(self) -> Any:
        return get_object_or_404(Attempt.objects.only("pk"), pk=self.kwargs["pk"]).pk

    def _shown(self) -> Response:
        return self.one(get_object_or_404(Attempt.objects.values(*_COLUMNS), pk=self.kwargs["pk"]))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _PLAIN},
        **{name: row[name] or None for name in _TEXTS},
        **{name: row[f"{name}_id"] for name in _IDS},
        "phone": row["number"] or None,
        "number": row["number"] or None,
        "cost": None if row["cost"] is None else written(row["cost"]),
    }
