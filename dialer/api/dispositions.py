"""Own `/dispositions` and `/disposition-mappings`: what calls meant, and which words of providers stand for it.

What follows from an outcome is the engine's.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.validators import UniqueValidator

from dialer import clock
from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.codes import Code
from dialer.api.fields import StrictModelSerializer, String, Text
from dialer.api.filters import word
from dialer.api.problems import Problem
from dialer.engine.rereading import reread
from dialer.models import CallEvent, Disposition, DispositionMapping, ProviderAccount
from dialer.models.dispositions import MAPPABLE
from providers import registry
from providers.vocabulary import Result

_OWN = ("id", "created_at", "updated_at", "version")
FLAGS = ("is_success", "is_final", "suppresses", "retry")
EVENTS = [item.value for item in CallEvent]


class Slug(String, serializers.RegexField):
    """A word that stands in addresses and files as it is."""

    def __init__(self, **kwargs: Any) -> None:
        more = kwargs.pop("validators", [])
        super().__init__("^[a-z0-9][a-z0-9_.-]*$", max_length=64, trim_whitespace=False, **kwargs)
        self.validators += more


class Word(Text):
    """One of some words, or nothing, which is shown as null."""

    def __init__(self, words: list[str], **kwargs: Any) -> None:
        self.words = words
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take a known word."""
        text = super().to_internal_value(data)
        if text and text not in self.words:
            raise ValidationError(f"This must be one of {', '.join(self.words)}, or null.", "invalid_choice")
        return text


@extend_schema_field({"type": ["string", "null"], "enum": [*EVENTS, None]})
class Event(Word):
    """What may start a quiet period."""


@extend_schema_field({"type": ["string", "null"], "enum": [*MAPPABLE, None]})
class Mapped(Word):
    """A result that a word can stand for."""


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A refusal",
            {"code": "no_need", "name": "Has no need", "is_final": True, "event": "refusal"},
            request_only=True,
        )
    ]
)
class DispositionSerializer(StrictModelSerializer):
    """One business outcome and what it says of the contact."""

    code = Slug(
        validators=[UniqueValidator(Disposition.objects.all())],
        help_text="Small letters, digits, and _ . - between them; unique.",
    )
    is_success = serializers.BooleanField(required=False, help_text="The contact ends `reached`.")
    is_final = serializers.BooleanField(
        required=False,
        help_text="No further attempt: the contact ends `reached` if it was spoken to, `uncallable` if the number "
        "does not exist, else `exhausted`.",
    )
    suppresses = serializers.BooleanField(
        required=False, help_text="The number is never called again: the contact ends `suppressed`."
    )
    retry = serializers.BooleanField(
        required=False, help_text="The timeline goes on, also after a result that would end the contact."
    )
    event = Event(EVENTS, help_text="What may start a quiet period.")

    class Meta:
        model = Disposition
        fields = ("id", "code", "name", "is_success", "is_final", "suppresses", "retry", "event", *_OWN[1:])
        read_only_fields = _OWN

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what ends a contact and goes on with it."""
        flags = {name: attrs.get(name, getattr(self.instance, name, False)) for name in FLAGS}
        if flags.pop("retry") and any(flags.values()):
            detail = "An outcome that ends the contact cannot ask for a retry."
            raise ValidationError({"retry": ErrorDetail(detail, "contradiction")})
        return super().validate(attrs)

    def changes(self, instance: Disposition, given: Any) -> dict[str, Any]:
        """Keep the code under which calls were filed."""
        changes = super().changes(instance, given)
        if "code" in changes and instance.attempts.exists():
            raise Problem(Code.IN_USE, "Calls are filed under this code; make another disposition instead.")
        return changes


class DispositionFilters(filters.FilterSet):
    """What dispositions can be searched by."""

    code = filters.CharFilter()
    event = word(CallEvent)


class Dispositions(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Business outcomes."""

    queryset = Disposition.objects.all()
    serializer_class = DispositionSerializer
    filterset_class = DispositionFilters


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A wrap-up of one provider",
            {"provider": "simulator", "raw_disposition": "Call me later", "disposition": "callback"},
            request_only=True,
        ),
        OpenApiExample(
            "A status that no table names",
            {"provider": "simulator", "raw_status": "GHOSTED", "result": "no_answer"},
            request_only=True,
        ),
    ]
)
class MappingSerializer(StrictModelSerializer):
    """Words of a provider, or of one account, and what they stand for."""

    provider_account = serializers.PrimaryKeyRelatedField(
        queryset=ProviderAccount.objects.all(),
        pk_field=serializers.UUIDField(format="hex_verbose"),
        required=False,
        allow_null=True,
    )
    provider = Text(max_length=64, help_text="For all accounts of it; an account's own mappings come first.")
    raw_status = Text(max_length=200, help_text="Exactly as the provider writes it; null: any.")
    raw_disposition = Text(max_length=200, help_text="Exactly as the provider writes it; null: any.")
    result = Mapped(
        MAPPABLE, help_text="With `raw_status` it also ends a call of which only this word is known."
    )
    disposition = serializers.SlugRelatedField(
        "code", queryset=Disposition.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = DispositionMapping
        fields = (
            "id",
            "provider_account",
            "provider",
            "raw_status",
            "raw_disposition",
            "result",
            "disposition",
            *_OWN[1:],
        )
        read_only_fields = _OWN

    def validate_provider(self, slug: str) -> str:
        """Take installed providers only."""
        if slug:
            try:
                registry.provider_class(slug)
            except registry.UnknownProvider as error:
                raise ValidationError(str(error), code="unknown_provider") from None
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold a mapping to whose words it reads, which ones, and what they stand for."""
        given = {name: attrs.get(name, getattr(self.instance, name, None)) for name in self.fields}
        if bool(given["provider_account"]) == bool(given["provider"]):
            raise _one_of("provider", "Name either a provider_account or a provider.")
        if not (given["raw_status"] or given["raw_disposition"]):
            raise _one_of("raw_status", "Name the provider's raw_status, its raw_disposition, or both.")
        if not (given["result"] or given["disposition"]):
            raise _one_of("result", "Name the result, the disposition, or both.")
        same = {name: given[name] or "" for name in ("provider", "raw_status", "raw_disposition")}
        others = DispositionMapping.objects.filter(provider_account=given["provider_account"], **same)
        if others.exclude(pk=self.instance and self.instance.pk).exists():
            raise ValidationError({"raw_status": ErrorDetail("These words are mapped already.", "unique")})
        return super().validate(attrs)

    def save(self, **kwargs: Any) -> Any:
        """Store it, and read anew what was said of live calls in this word before."""
        row = super().save(**kwargs)
        reread(mapping=row, now=clock.now())
        return row


def _one_of(name: str, detail: str) -> ValidationError:
    return ValidationError({name: ErrorDetail(detail, "either")})


class MappingFilters(filters.FilterSet):
    """What mappings can be searched by; `provider` finds those of its accounts too."""

    provider_account = filters.UUIDFilter(field_name="provider_account_id")
    provider = filters.CharFilter(method="of_provider")
    raw_status = filters.CharFilter()
    raw_disposition = filters.CharFilter()
    disposition = filters.CharFilter(field_name="disposition__code")
    result = word(Result)

    def of_provider(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Find a provider's mappings."""
        return queryset.filter(Q(provider=value) | Q(provider_account__provider=value))


class Mappings(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Mappings of providers' words."""

    queryset = DispositionMapping.objects.select_related("disposition")
    serializer_class = MappingSerializer
    filterset_class = MappingFilters
