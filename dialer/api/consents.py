"""Own `/consents`: the proof that people agreed to be called.

Never decides whether a call needs one: that is a rule's question.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.fields import Instant, StrictModelSerializer, Text
from dialer.api.filters import InstantFilter, PhoneFilter, word
from dialer.api.phones import E164
from dialer.models import Basis, Consent, Contact, ContactPhone, Purpose

E164_SHAPE = r"^\+[1-9][0-9]{6,14}$"
#: What `Instant` takes, in the words of a schema.
SENSIBLE_YEAR = "^(197[1-9]|19[89][0-9]|2[01][0-9][0-9])-"
LONGEST_PROOF = 10_000  # a transcript or an address of the evidence; the evidence itself is kept elsewhere


@extend_schema_field({"type": "string", "pattern": E164_SHAPE})
class OwnPhone(E164):
    """A number of the person; one of the right shape that is no number is nobody's."""

    def to_internal_value(self, data: Any) -> str:
        """Read it as the intake does."""
        try:
            return super().to_internal_value(data)
        except ValidationError:
            if isinstance(data, str) and re.fullmatch(E164_SHAPE, data):
                raise ValidationError("The person does not have this number.", "not_owned") from None
            raise


@extend_schema_field({"type": "string", "format": "date-time", "pattern": SENSIBLE_YEAR})
class Captured(Instant):
    """When the person agreed."""


@extend_schema_field({"type": "string", "format": "date-time", "pattern": SENSIBLE_YEAR})
class Until(Instant):
    """When the consent ends."""


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Ticked on a form",
            {
                "contact": "0195a3c2-0000-7000-8000-000000000001",
                "purpose": "marketing",
                "basis": "express",
                "captured_at": "2026-03-01T13:00:00Z",
                "expires_at": "2027-03-01T13:00:00Z",
                "proof": "Form 12, box ticked, https://crm.example/evidence/991",
            },
            request_only=True,
        )
    ]
)
class ConsentSerializer(StrictModelSerializer):
    """One consent; without a phone it holds for all numbers of the person. An early end revokes it."""

    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.filter(erase_asked_at=None),
        pk_field=serializers.UUIDField(format="hex_verbose"),
    )
    phone = OwnPhone(
        source="number", required=False, allow_null=True, help_text="One of the person's numbers."
    )
    captured_at = Captured()
    expires_at = Until(required=False, allow_null=True)
    proof = Text(max_length=LONGEST_PROOF, help_text="Where the evidence is, or its text.")

    class Meta:
        model = Consent
        fields = (
            "id",
            "contact",
            "phone",
            "purpose",
            "basis",
            "captured_at",
            "expires_at",
            "proof",
            "created_at",
            "updated_at",
            "version",
        )
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the phone to the person (a consent for another's number proves nothing), the end behind the start."""
        start, end = (
            attrs.get(name, getattr(self.instance, name, None)) for name in ("captured_at", "expires_at")
        )
        if end is not None and end < start:
            detail = "This must not be before captured_at."
            raise ValidationError({"expires_at": ErrorDetail(detail, "past")})
        contact = attrs.get("contact") or (self.instance and self.instance.contact)
        number = attrs.get("number", self.instance.number if self.instance else None)
        if number and not ContactPhone.objects.filter(contact=contact, number=number).exists():
            raise ValidationError(
                {"phone": ErrorDetail("The person does not have this number.", "not_owned")}
            )
        return super().validate(attrs)


class ConsentFilters(filters.FilterSet):
    """What consents can be searched by."""

    contact = filters.UUIDFilter(field_name="contact_id")
    phone = PhoneFilter(field_name="number")
    purpose = word(Purpose)
    basis = word(Basis)
    in_force_at = InstantFilter(
        method="holding", help_text="Captured by then, and neither expired nor revoked."
    )

    def holding(self, queryset: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:
        """Find what holds at an instant."""
        return queryset.filter(Consent.in_force(value))


class Consents(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Consents."""

    queryset = Consent.objects.all()
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilters
