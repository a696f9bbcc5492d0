"""Own the kinds of fields that bodies are made of, and the serializer base that refuses unknown ones.

Never knows a resource.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.db.models import F
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer import clock
from dialer.api.codes import Code
from dialer.intake import fields as intake
from dialer.rules.faults import Fault, Faults

#: Instants outside of these years are mistakes, and arithmetic with them runs out of the calendar.
FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_TAGS, LONGEST_TAG = 50, 100
#: PostgreSQL's integer; SQLite would take more.
LARGEST_NUMBER = 2**31 - 1


class Strict:
    """Refuse unknown fields: a misspelt one would otherwise be a default that nobody asked for."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the fields and name the unknown ones beside what else is wrong."""
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            for name in data:
                if name not in writable:
                    known = name in self.fields  # type: ignore[attr-defined]
                    text = "This field is read only." if known else "This field is not known."
                    errors[str(name)] = [ErrorDetail(text, code=Code.UNKNOWN_FIELD)]
        try:
            values = super().to_internal_value(data)  # type: ignore[misc]
        except ValidationError as error:
            raise ValidationError({**error.detail, **errors}) from None
        if errors:
            raise ValidationError(errors)
        return values


class StrictSerializer(Strict, serializers.Serializer[Any]):
    """A serializer of plain objects."""


class String(serializers.CharField):
    """A JSON string; a number or a truth value is refused rather than spelt out."""

    default_error_messages = {"invalid_type": "This must be text."}

    def to_internal_value(self, data: Any) -> str:
        """Take strings only."""
        if not isinstance(data, str):
            self.fail("invalid_type")
        return super().to_internal_value(data)


class Email(String, serializers.EmailField):
    """An email address by its shape."""


class StrictModelSerializer(Strict, serializers.ModelSerializer[Any]):
    """A serializer of a row: writes by one statement, holds the row's constraints, raises its version.

    Deliberately without the framework's unique-together validators: they would make optional fields required.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: String,
        models.TextField: String,
    }
    #: The field to change where a constraint that compares several columns is broken.
    blamed: Mapping[str, str] = {}

    def get_validators(self) -> list[Any]:
        """Leave constraints of several columns to `validate`."""
        return []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask the model's constraints before the database does, so that the answer is in words."""
        model = self.Meta.model
        row = model(**{**_columns(self.instance), **attrs}) if self.instance else model(**attrs)
        row._state.adding = self.instance is None
        if self.instance:
            row.pk = self.instance.pk
        errors: dict[str, list[ErrorDetail]] = {}
        for constraint in model._meta.constraints:
            try:
                constraint.validate(model, row)
            except DjangoValidationError as error:
                errors.setdefault(self._place(constraint), []).append(_in_words(constraint, error))
        if errors:
            raise ValidationError(errors)
        return attrs

    def _place(self, constraint: models.BaseConstraint) -> str:
        """Find the field to name; of those that must be different together it is the last."""
        named = getattr(constraint, "fields", ())
        place = self.blamed.get(constraint.name) or (named[-1] if named else "")
        return place if place in self.fields else "non_field_errors"

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Insert the row."""
        return self.Meta.model._default_manager.create(**validated_data)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Write what was given (and, for a replacement, the defaults of what was not); raise the version."""
        changes = self.changes(instance, validated_data)
        if changes:
            now = clock.now()
            rows = self.Meta.model._default_manager.filter(pk=instance.pk)
            rows.update(**changes, updated_at=now, version=F("version") + 1)
            instance.refresh_from_db()
        return instance

    def changes(self, instance: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Give the columns that differ from what is stored."""
        wanted = dict(given)
        if not self.partial:
            columns = {column.name: column for column in self.Meta.model._meta.concrete_fields}
            for field in self._writable_fields:
                if field.source not in wanted and not field.write_only and field.source in columns:
                    wanted[field.source] = columns[field.source].get_default()
        return {name: value for name, value in wanted.items() if getattr(instance, name) != value}


def _in_words(constraint: models.BaseConstraint, error: DjangoValidationError) -> ErrorDetail:
    """Word a broken constraint; its name is ours and says nothing to a caller."""
    is_unique = isinstance(constraint, models.UniqueConstraint)
    default = "This is taken already." if is_unique else "These values do not go together."
    is_ours = constraint.violation_error_message != constraint.default_violation_error_message
    return ErrorDetail(
        " ".join(error.messages) if is_ours else default, "conflict" if is_unique else "invalid"
    )


def _columns(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class Instant(serializers.DateTimeField):
    """A time with its zone; one without is refused, since nobody knows which was meant."""

    default_error_messages = {
        "naive": "Give the time with its zone, such as 2026-03-01T13:00:00Z.",
        "impossible_instant": f"Give a year from {FIRST_YEAR} to {LAST_YEAR}.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        """Take aware times of sensible years only."""
        if timezone.is_naive(value):
            self.fail("naive")
        if not FIRST_YEAR < value.year < LAST_YEAR:
            self.fail("impossible_instant")
        return super().enforce_timezone(value)


class Whole(serializers.IntegerField):
    """A whole number that both databases can hold; at least 1 unless `min_value` says otherwise."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_NUMBER, "required": False, **kwargs})


class Finite(serializers.FloatField):
    """A number that is one."""

    def to_internal_value(self, data: Any) -> float:
        """Refuse what JSON numbers cannot say."""
        try:
            value = math.nan if isinstance(data, bool) else super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class Text(String):
    """A text that is stored empty and shown as null where there is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, "allow_null": True, "required": False, **kwargs})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Store null as the empty text."""
        return (True, "") if data is None and not self.read_only else super().validate_empty_values(data)

    def to_representation(self, value: Any) -> str | None:
        """Show the empty text as null."""
        return value or None


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonObject(serializers.Field[Any, Any, Any, Any]):
    """A JSON object with keys of the caller's choosing."""

    default_error_messages = {"invalid": "This must be an object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Take objects only."""
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """Show it as it is."""
        return value


class Attributes(JsonObject):
    """Attributes of a person or of an enrolment, held to what the intake takes."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Judge size, depth and texts."""
        try:
            return intake.attributes(data)
        except intake.BadField as bad:
            raise ValidationError(nested([Fault(bad.at, bad.code, bad.detail)])) from None


class Tags(serializers.ListField):
    """A list of short words, each once."""

    child = String(max_length=LONGEST_TAG)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": MOST_TAGS, **kwargs})

    def to_internal_value(self, data: Any) -> list[str]:
        """Keep the order and drop what is said twice."""
        return list(dict.fromkeys(super().to_internal_value(data)))


class Items(serializers.ListField):
    """A list of objects; each is read by itself, so that in a PATCH of the whole an item is still a whole one."""

    def run_child_validation(self, data: Any) -> list[Any]:
        """Read every item and name all that are wrong."""
        values, errors = [], {}
        for index, item in enumerate(data):
            serializer = type(self.child)(data=item)
            if serializer.is_valid():
                values.append(dict(serializer.validated_data))
            else:
                errors[index] = serializer.errors
        if errors:
            raise ValidationError(errors)
        return values


class Parsed(serializers.Field[Any, Any, Any, Any]):
    """A value that a rule reads; its faults are shown at their places."""

    def __init__(self, read: Callable[[Any], object], **kwargs: Any) -> None:
        self.read = read
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Let the rule judge; what was sent is stored."""
        try:
            self.read(data)
        except Faults as error:
            raise ValidationError(nested(error.faults)) from None
        return data

    def to_representation(self, value: Any) -> Any:
        """Show it as it is."""
        return value


def nested(faults: Iterable[Fault]) -> dict[str, Any]:
    """Turn faults with pointers into the framework's nested errors."""
    tree: dict[str, Any] = {}
    for fault in faults:
        branch = tree
        for part in fault.pointer.split("/")[1:]:
            branch = branch.setdefault(part.replace("~1", "/").replace("~0", "~"), {})
        branch.setdefault("non_field_errors", []).append(ErrorDetail(fault.detail, fault.code))
    return tree
