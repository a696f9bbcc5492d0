"""Own `/contacts`: people, whatever campaigns they are in.

Never enrols anybody: that is `/campaigns/{id}/contacts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer import clock
from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.fields import Attributes, Email, StrictModelSerializer, String, Tags
from dialer.api.filters import InstantFilter, PhoneFilter, TagFilter
from dialer.api.phones import E164, PhoneList, phones_of, replace_phones, with_main
from dialer.engine.edits import look_again
from dialer.models import Contact
from dialer.rules.zones import valid_zone

_COLUMNS = (
    "id",
    "external_id",
    "name",
    "email",
    "language",
    "timezone",
    "attributes",
    "tags",
    "created_at",
    "updated_at",
    "version",
)


class ContactFilters(filters.FilterSet):
    """What people can be searched by."""

    q = filters.CharFilter(method="search", help_text="Part of a name or of an external_id.")
    phone = PhoneFilter(field_name="phones__number")
    external_id = filters.CharFilter()
    tag = TagFilter()
    updated_after = InstantFilter(field_name="updated_at", lookup_expr="gt")

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Look into the names."""
        return queryset.filter(Q(name__icontains=value) | Q(external_id__icontains=value))


class ContactSerializer(StrictModelSerializer):
    """A person; one external id is one person in the whole system."""

    name = String(max_length=300, required=False, allow_blank=True)
    email = Email(max_length=320, required=False, allow_null=True)
    phone = E164(
        write_only=True,
        required=False,
        help_text="Short form of one main phone, E.164; in a change it takes the place of the main one.",
    )
    phones = PhoneList(required=False, help_text="At least one, unless `phone` is given.")
    attributes = Attributes(required=False)
    tags = Tags()

    class Meta:
        model = Contact
        fields = (*_COLUMNS[:6], "phone", "phones", *_COLUMNS[6:])
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def validate_external_id(self, text: str | None) -> str | None:
        """Store an empty id as none."""
        return text or None

    def validate_timezone(self, name: str | None) -> str | None:
        """Take a zone that exists."""
        if name and not valid_zone(name):
            raise ValidationError(
                "This is no time zone; use a name such as Europe/London.", code="invalid_timezone"
            )
        return name or None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the row, and read the short form of a phone into the long one."""
        phone, phones = attrs.pop("phone", None), attrs.pop("phones", None)
        super().validate(attrs)
        if phone is not None:
            phones = self._with_main(phone, phones)
        if phones is None and not self.partial:
            raise ValidationError({"phones": ErrorDetail("Give `phones`, or one `phone`.", "either")})
        return attrs if phones is None else {**attrs, "phones": phones}

    def _with_main(self, number: str, phones: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        if phones is None:
            kept = phones_of([self.instance.pk]).get(self.instance.pk, []) if self.partial else []
            return with_main(number, kept, keeps_others=False)
        is_marked = any(line.get("is_main") is True for line in self.initial_data["phones"])
        if is_marked and not any(line["is_main"] and line["number"] == number for line in phones):
            detail = "`phones` marks another number as the main one."
            raise ValidationError({"phone": ErrorDetail(detail, "several_main")})
        return with_main(number, phones, keeps_others=True)

    def create(self, validated_data: dict[str, Any]) -> Contact:
        """Insert the person with the numbers."""
        phones = validated_data.pop("phones")
        contact = super().create(validated_data)
        replace_phones(contact, phones, now=clock.now())
        return contact

    def changes(self, instance: Contact, given: Mapping[str, Any]) -> dict[str, Any]:
        """Write the numbers beside the row's own columns; let held calls be judged anew."""
        given, now = dict(given), clock.now()
        phones = given.pop("phones", None)
        changes = super().changes(instance, given)
        if phones is not None and phones != phones_of([instance.pk]).get(instance.pk):
            replace_phones(instance, phones, now=now)
            changes.setdefault("name", instance.name)
        if changes:
            look_again(contact_id=instance.pk, now=now)
        return changes


class Contacts(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """People."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilters

    def present(self, rows: list[Any]) -> list[Any]:
        """Give people with their numbers, in two queries a page."""
        shown = [
            row if isinstance(row, dict) else {name: getattr(row, name) for name in _COLUMNS} for row in rows
        ]
        phones = phones_of([row["id"] for row in shown])
        return [{**row, "phones": phones.get(row["id"], [])} for row in shown]

    def filter_queryset(self, queryset: Any) -> Any:
        """Read plain rows for lists: model instances cost more than the query."""
        return super().filter_queryset(queryset).values(*_COLUMNS)
