"""Own `/contacts`: people, whatever campaigns they are in.

Never enrols anybody: that is `/campaigns/{id}/contacts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.codes import Code
from dialer.api.fields import Attributes, Email, StrictModelSerializer, String, Tags
from dialer.api.filters import InstantFilter, PhoneFilter, TagFilter
from dialer.api.phones import E164, PhoneList, phones_of, replace_phones, with_main
from dialer.api.problems import Problem
from dialer.engine import erasure
from dialer.engine.edits import look_again
from dialer.models import Attempt, Contact
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
    "erased_at",
    "created_at",
    "updated_at",
    "version",
)


ERASURES = ["erasing", "erased"]


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
        read_only_fields = ("id", "erased_at", "created_at", "updated_at", "version")

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
        if instance.erase_asked_at is not None:
            detail = "The person was erased; make a new contact for whoever is called now."
            raise Problem(Code.INVALID_TRANSITION, detail, state=erasure_of(instance), allowed_actions=[])
        given, now = dict(given), clock.now()
        phones = given.pop("phones", None)
        changes = super().changes(instance, given)
        if phones is not None and phones != phones_of([instance.pk]).get(instance.pk):
            replace_phones(instance, phones, now=now)
            changes.setdefault("name", instance.name)
        if changes:
            look_again(contact_id=instance.pk, now=now)
        return changes


class ErasureOut(serializers.Serializer[Any]):
    """How far an erasure is."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(ERASURES)
    erased_at = serializers.DateTimeField(allow_null=True)
    still_held = serializers.IntegerField(
        help_text="Calls that are live still: being taken back, or ringing."
    )


def erasure_of(contact: Contact) -> str:
    """Say how far the erasure of a contact is that was asked for."""
    return "erasing" if contact.erased_at is None else "erased"


class Contacts(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """People."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilters

    @extend_schema(request=None, responses={200: ErasureOut, 202: ErasureOut})
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Forget a person for good, and never call the numbers again; 202 while a call of the person is live.

        The attempts stay without number, the numbers stay as hashes. Asking again tells how far it is.
        """
        self.no_body()
        found = get_object_or_404(Contact.objects.only("pk"), pk=pk)
        contact = erasure.erase(contact_id=found.pk, now=clock.now())
        shown = {
            "id": contact.pk,
            "state": erasure_of(contact),
            "erased_at": contact.erased_at,
            "still_held": Attempt.objects.filter(contact=contact, is_live=True).count(),
        }
        is_done = contact.erased_at is not None
        return Response(
            ErasureOut(shown).data, status=status.HTTP_200_OK if is_done else status.HTTP_202_ACCEPTED
        )

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
