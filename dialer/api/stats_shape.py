"""Own the described shape of a campaign's numbers; the numbers are `dialer.reports.stats`'."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dialer.rules.transitions import ContactState, FinishReason
from providers.vocabulary import Result


def _counts(name: str, *words: str) -> type[serializers.Serializer[Any]]:
    return type(name, (serializers.Serializer,), {str(word): serializers.IntegerField() for word in words})


ContactCounts = _counts("ContactCounts", "total", *ContactState)
FinishCounts = _counts("FinishCounts", *FinishReason)
ResultCounts = _counts("ResultCounts", "pending", *Result)


class CostOut(serializers.Serializer[Any]):
    """What providers charged; null where they told no cost, or told it in several currencies."""

    amount = serializers.DecimalField(14, 4, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    by_currency = serializers.DictField(child=serializers.DecimalField(14, 4))


class AttemptCounts(serializers.Serializer[Any]):
    """Attempts by result; those that are not over are `pending`."""

    total = serializers.IntegerField()
    by_result = ResultCounts()


class MadeCounts(serializers.Serializer[Any]):
    """Attempts of a day: all, and those that were made and are over, by result."""

    total = serializers.IntegerField()
    made = serializers.IntegerField()
    by_result = _counts("MadeByResult", *Result)()


class TodayOut(AttemptCounts):
    """Attempts of this UTC day."""

    date = serializers.DateField()
    cost = CostOut()


class KpisOut(serializers.Serializer[Any]):
    """Ratios; null while undefined."""

    connect_rate = serializers.FloatField(allow_null=True)
    contact_rate = serializers.FloatField(allow_null=True)
    penetration = serializers.FloatField(allow_null=True)
    exhaustion = serializers.FloatField(allow_null=True)
    attempts_per_contact = serializers.FloatField(allow_null=True)
    abandon_rate = serializers.FloatField(allow_null=True)


class StatsOut(serializers.Serializer[Any]):
    """A campaign's numbers at one instant."""

    contacts = ContactCounts()
    finished = FinishCounts()
    attempts = AttemptCounts()
    today = TodayOut()
    cost = CostOut()
    next_due_at = serializers.DateTimeField(allow_null=True)
    kpis = KpisOut()
