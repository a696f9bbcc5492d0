"""Own `/suppressions`: numbers and persons never to call.

Recording one and stopping what it names is the engine's, in one call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Deleted, Listed, Resource, Retrieved
from dialer.api.enrolling import RejectedOut, answered, rows_of
from dialer.api.fields import Instant, StrictSerializer, Text
from dialer.api.filters import InstantFilter, PhoneFilter, word
from dialer.api.parsing import unstorable
from dialer.api.phones import E164
from dialer.api.problems import faults_of
from dialer.engine import suppression as engine
from dialer.intake.contacts import Verdicts
from dialer.models import Attempt, Campaign, Contact, ProviderAccount, Scope, Suppression
from dialer.models.hashing import hashes_of
from dialer.rules.faults import Fault

#: SQLite takes 999 parameters in old builds.
NAMES_A_QUERY = 500


class EntryPhoneFilter(PhoneFilter):
    """A number; entries that keep only the hash of an erased person's number are found by it as well."""

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Compare the digits, and their hashes."""
        if not value:
            return queryset
        number = f"+{value.strip().lstrip('+')}"
        return queryset.filter(Q(number=number) | Q(number_hash__in=hashes_of(number)))


class SuppressionFilters(filters.FilterSet):
    """What entries can be searched by."""

    phone = EntryPhoneFilter(field_name="number")
    contact = filters.UUIDFilter(field_name="contact_id")
    scope = word(Scope)
    campaign = filters.UUIDFilter(field_name="campaign_id")
    provider_account = filters.UUIDFilter(field_name="provider_account_id")
    source = filters.CharFilter()
    in_force_at = InstantFilter(method="holding", help_text="Recorded by then, and not expired.")

    def holding(self, queryset: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:
        """Find what holds at an instant."""
        return queryset.filter(Suppression.in_force(value), created_at__lte=value)


class SuppressionIn(StrictSerializer):
    """One entry: a phone or a contact, and how far it reaches."""

    phone = E164(required=False, allow_null=True)
    contact = serializers.UUIDField(required=False, allow_null=True)
    scope = serializers.ChoiceField([item.value for item in Scope], default=Scope.GLOBAL.value)
    campaign = serializers.UUIDField(required=False, allow_null=True)
    provider_account = serializers.UUIDField(required=False, allow_null=True)
    reason = Text(max_length=300, default="")
    source = Text(max_length=100, default="api")
    expires_at = Instant(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the entry to one who and one where."""
        if bool(attrs.get("phone")) == bool(attrs.get("contact")):
            raise _wrong("phone", "Name either a phone or a contact.", "either")
        for scope in (Scope.CAMPAIGN, Scope.PROVIDER_ACCOUNT):
            is_named = attrs.get(scope.value) is not None
            if is_named != (attrs["scope"] == scope):
                word = "needed" if attrs["scope"] == scope else "not taken"
                raise _wrong(scope.value, f"This is {word} with scope {attrs['scope']}.", "scope")
        expires_at = attrs.get("expires_at")
        if expires_at is not None and expires_at <= clock.now():
            raise _wrong("expires_at", "This is over already.", "past")
        return attrs


class SuppressionsIn(serializers.Serializer[Any]):
    """Up to 10,000 entries."""

    suppressions = SuppressionIn(many=True)


class SuppressionOut(serializers.ModelSerializer[Any]):
    """An entry in force until it expires or is deleted."""

    phone = Text(source="number", read_only=True, help_text="Null with a contact, and of somebody erased.")
    is_erased = serializers.SerializerMethodField(help_text="Only a hash of the number is kept.")
    reason = Text(read_only=True)
    source = Text(read_only=True)
    still_held = serializers.SerializerMethodField(
        help_text="Calls of it that a provider still holds: they are being taken back, or ring already."
    )

    class Meta:
        model = Suppression
        fields = (
            "id",
            "phone",
            "contact",
            "is_erased",
            "scope",
            "campaign",
            "provider_account",
            "reason",
            "source",
            "expires_at",
            "still_held",
            "created_at",
            "version",
        )

    def get_is_erased(self, row: Suppression) -> bool:
        """Say whether the number cannot be shown any more."""
        return row.number_hash is not None

    def get_still_held(self, row: Suppression) -> int:
        """Count them; the view has read them for the whole page."""
        held: Callable[[Suppression], int] = self.context["held"]
        return held(row)


class SuppressionAcceptedOut(serializers.Serializer[Any]):
    """One entry that was recorded."""

    index = serializers.IntegerField()
    id = serializers.UUIDField()
    phone = serializers.CharField(allow_null=True)
    contact = serializers.UUIDField(allow_null=True)
    still_held = serializers.IntegerField()


class SuppressionVerdictsOut(serializers.Serializer[Any]):
    """A verdict for every entry."""

    accepted = SuppressionAcceptedOut(many=True)
    rejected = RejectedOut(many=True)


class Suppressions(Listed, Retrieved, Deleted, Resource):
    """Do-not-call entries."""

    queryset = Suppression.objects.all()
    serializer_class = SuppressionOut
    filterset_class = SuppressionFilters
    judges_rows = True

    def present(self, rows: list[Any]) -> list[Any]:
        """Count the held calls of a page together."""
        context = {**self.get_serializer_context(), "held": _still_held(rows)}
        return list(SuppressionOut(rows, many=True, context=context).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Lift an entry, by mistake made or withdrawn; contacts that it finished stay finished."""
        entry = self.locked()
        engine.lifted(entry)
        entry.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=PolymorphicProxySerializer(
            "SuppressionOrSuppressionsIn", [SuppressionIn, SuppressionsIn], None
        ),
        responses={
            201: OpenApiResponse(
                PolymorphicProxySerializer("SuppressedOut", [SuppressionOut, SuppressionVerdictsOut], None)
            )
        },
    )
    def create(self, request: Request) -> Response:
        """Record one entry or many: from the answer on, nothing new is pushed to whom they name."""
        rows, is_bulk = rows_of(request.data, "suppressions")
        if not is_bulk:
            (made,) = _suppress([self.valid(SuppressionIn).validated_data])
            return self.one(made, status.HTTP_201_CREATED)
        return answered(_bulk(rows), "suppressions")


def _bulk(rows: list[Any]) -> Verdicts:
    """Judge row by row, then record all good ones at once."""
    verdicts, good = Verdicts([], []), {}
    reader = SuppressionIn()  # one for all: making it costs more than reading a row
    for index, row in enumerate(rows):
        faults = _faults_of_row(reader, row)
        if isinstance(faults, dict):
            good[index] = faults
        else:
            verdicts.rejected.append({"index": index, "errors": [_shown(fault) for fault in faults]})
    for index, fault in _missing(good):
        del good[index]
        verdicts.rejected.append({"index": index, "errors": [_shown(fault)]})
    verdicts.rejected.sort(key=lambda row: row["index"])
    made = _suppress(list(good.values()))
    held = _still_held(made)
    for index, entry in zip(good, made, strict=True):
        shown = {"id": entry.pk, "phone": entry.number, "contact": entry.contact_id}
        verdicts.accepted.append({"index": index, **shown, "still_held": held(entry)})
    return verdicts


def _still_held(entries: list[Suppression]) -> Callable[[Suppression], int]:
    """Count the held calls of many entries with few queries."""
    columns = ("number", "contact_id", "campaign_id", "provider_account_id")
    live = Attempt.objects.filter(is_live=True).exclude(state="claimed", sending_at__isnull=True)
    held: dict[Any, set[tuple[Any, ...]]] = defaultdict(set)
    for column in ("number", "contact_id"):
        named = sorted({getattr(entry, column) for entry in entries} - {None})
        for start in range(0, len(named), NAMES_A_QUERY):
            rows = live.filter(**{f"{column}__in": named[start : start + NAMES_A_QUERY]})
            for row in rows.values_list("pk", *columns):
                held[row[1:3][column == "contact_id"]].add(row)

    def count(entry: Suppression) -> int:
        return sum(
            entry.campaign_id in (None, row[3]) and entry.provider_account_id in (None, row[4])
            for row in held.get(entry.number or entry.contact_id, ())
        )

    return count


def _faults_of_row(reader: SuppressionIn, row: Any) -> dict[str, Any] | list[Fault]:
    faults = unstorable(row)
    if faults:
        return faults
    try:
        return dict(reader.run_validation(row))
    except ValidationError as error:
        return list(faults_of(error.detail))


def _suppress(entries: list[dict[str, Any]]) -> list[Suppression]:
    for _, fault in _missing(dict(enumerate(entries))):
        raise ValidationError({fault.pointer[1:]: ErrorDetail(fault.detail, fault.code)})
    new = [
        engine.NewSuppression(
            number=entry.get("phone"),
            contact_id=entry.get("contact"),
            scope=entry["scope"],
            campaign_id=entry.get("campaign"),
            provider_account_id=entry.get("provider_account"),
            reason=entry["reason"],
            source=entry["source"],
            expires_at=entry.get("expires_at"),
        )
        for entry in entries
    ]
    return engine.suppress(entries=new, now=clock.now()) if new else []


def _missing(entries: dict[int, dict[str, Any]]) -> list[tuple[int, Fault]]:
    """Find the entries that name a row which does not exist, by one query a kind."""
    found: list[tuple[int, Fault]] = []
    for name, model in (("contact", Contact), ("campaign", Campaign), ("provider_account", ProviderAccount)):
        named = {entry[name] for entry in entries.values() if entry.get(name)}
        absent = (
            named - set(model.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else set()
        )
        for index, entry in entries.items():
            if entry.get(name) in absent:
                found.append((index, Fault(f"/{name}", "does_not_exist", "There is none of this id.")))
    return list({index: (index, fault) for index, fault in reversed(found)}.values())


def _wrong(name: str, detail: str, code: str) -> ValidationError:
    return ValidationError({name: ErrorDetail(detail, code)})


def _shown(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
