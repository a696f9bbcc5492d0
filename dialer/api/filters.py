"""Own list filters: known names only, wrong values refused, the same answers on both databases.

Never sorts and never counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import JSONField, Lookup
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework.request import Request

from dialer.api.problems import validation
from dialer.rules.faults import Fault


@JSONField.register_lookup
class HasItem(Lookup):
    """`tags__has_item="vip"`: a JSON list holds this text. SQLite has no containment of its own."""

    lookup_name = "has_item"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, list[Any]]:
        """Pass the text as it is, not as JSON."""
        return "%s", [str(value)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Unfold the list."""
        column, params = self.process_lhs(compiler, connection)
        value, more = self.process_rhs(compiler, connection)
        # Both parts are what the ORM quoted; the values travel as parameters.
        sql = f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {value})"  # noqa: S608
        return sql, [*params, *more]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask for containment, which an index can answer."""
        column, params = self.process_lhs(compiler, connection)
        value, more = self.process_rhs(compiler, connection)
        return f"{column} @> jsonb_build_array({value}::text)", [*params, *more]


class KnownFilters(filters.DjangoFilterBackend):
    """Filter by the view's filter set; a value that cannot be right is a 400 that names the parameter."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Apply the filters of the request."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise validation(
                Fault(f"?{name}", error.code or "invalid", " ".join(error.messages))
                for name, errors in filterset.errors.as_data().items()
                for error in errors
            )
        return filterset.qs

    @classmethod
    def names(cls, view: Any) -> Iterable[str]:
        """List the parameters that the view's filters take."""
        filterset = cls().get_filterset_class(view)
        return tuple(filterset.base_filters) if filterset else ()


class PhoneFilter(filters.CharFilter):
    """An exact E.164 number; the plus may be missing, since an unescaped one is read as a space."""

    def filter(self, queryset: Any, value: str) -> Any:
        """Compare the digits."""
        return super().filter(queryset, f"+{value.strip().lstrip('+')}" if value else value)


class _InstantField(IsoDateTimeField):
    """An instant that has a place in UTC: at both ends of the calendar an offset can lead out of it."""

    def to_python(self, value: Any) -> datetime | None:
        """Read it into UTC."""
        read: datetime | None = super().to_python(value)
        try:
            return read and read.astimezone(UTC)
        except OverflowError:
            raise ValidationError("There is no such instant.", "invalid") from None


class InstantFilter(filters.IsoDateTimeFilter):
    """An RFC 3339 instant; a day alone is its first instant in UTC."""

    field_class = _InstantField


class _FlagField(forms.NullBooleanField):
    """True or false; anything else would be no filter at all, without a word."""

    def to_python(self, value: Any) -> bool | None:
        """Read it; the framework reads what it does not know as "either"."""
        if value not in (None, "", "true", "false"):
            raise ValidationError("This must be true or false.", "invalid")
        return super().to_python(value)


class FlagFilter(filters.BooleanFilter):
    """True or false."""

    field_class = _FlagField


class TagFilter(filters.CharFilter):
    """Rows whose list of tags holds this one."""

    def __init__(self, field_name: str = "tags", **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr="has_item", **kwargs)


def word(enum: type[StrEnum], field_name: str | None = None) -> filters.ChoiceFilter:
    """Make a filter for one word of an enum."""
    return filters.ChoiceFilter(
        field_name=field_name, choices=[(member.value, member.value) for member in enum]
    )
