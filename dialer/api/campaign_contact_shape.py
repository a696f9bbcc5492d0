"""Own the shape of a campaign contact: plain rows in, the objects of the API out.

Never builds model instances: this is the list that clients page through most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request

from dialer.api.fields import JsonObject, Tags
from dialer.api.filters import PhoneFilter, TagFilter, word
from dialer.api.phones import PhoneSerializer, phones_of
from dialer.rules.transitions import ContactState, FinishReason
from providers.vocabulary import Result

#: Shown as they are stored.
_PLAIN = (
    "id",
    "state",
    "attempt_count",
    "last_attempt_at",
    "next_attempt_at",
    "due_at",
    "priority",
    "not_before",
    "not_after",
    "attributes",
    "tags",
    "finished_at",
    "created_at",
    "updated_at",
    "version",
)
#: Stored empty, shown as null.
_TEXTS = ("finish_reason", "finish_detail", "last_result", "provider_ref")
COLUMNS = (
    *_PLAIN,
    *_TEXTS,
    "campaign_id",
    "contact_id",
    "contact__external_id",
    "contact__name",
    "contact__email",
    "contact__language",
    "contact__timezone",
    "next_phone__number",
    "hold_gate",
    "hold_reason",
    "hold_until",
)


class HoldOut(serializers.Serializer[Any]):
    """Which gate holds the contact, and until when."""

    gate = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    until = serializers.DateTimeField(allow_null=True)


class CampaignContactOut(serializers.Serializer[Any]):
    """A person in a campaign."""

    id = serializers.UUIDField()
    campaign = serializers.UUIDField()
    contact = serializers.UUIDField()
    external_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    phones = PhoneSerializer(many=True)
    state = serializers.ChoiceField([item.value for item in ContactState])
    finish_reason = serializers.ChoiceField([item.value for item in FinishReason], allow_null=True)
    finish_detail = serializers.CharField(allow_null=True)
    attempt_count = serializers.IntegerField()
    last_result = serializers.ChoiceField([item.value for item in Result], allow_null=True)
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="What the timeline asked for.")
    next_phone = serializers.CharField(allow_null=True)
    priority = serializers.IntegerField()
    not_before = serializers.DateTimeField(allow_null=True)
    not_after = serializers.DateTimeField(allow_null=True)
    attributes = JsonObject()
    tags = Tags()
    hold = HoldOut(allow_null=True)
    provider_ref = serializers.CharField(allow_null=True)
    attempts_url = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class CampaignContactFilters(filters.FilterSet):
    """What a campaign's contacts can be searched by."""

    state = word(ContactState)
    finish_reason = word(FinishReason)
    result = word(Result, "last_result")
    phone = PhoneFilter(field_name="contact__phones__number")
    external_id = filters.CharFilter(field_name="contact__external_id")
    tag = TagFilter()


def present_rows(rows: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """Show a page of rows; their phones are one further query."""
    phones = phones_of({row["contact_id"] for row in rows})
    attempts = request.build_absolute_uri("/api/v1/attempts?campaign_contact=")
    return [_shown(row, phones.get(row["contact_id"], []), attempts) for row in rows]


def _shown(row: Mapping[str, Any], phones: list[dict[str, Any]], attempts: str) -> dict[str, Any]:
    hold = None
    if row["hold_gate"]:
        hold = {"gate": row["hold_gate"], "reason": row["hold_reason"], "until": row["hold_until"]}
    return {
        **{name: row[name] for name in _PLAIN},
        **{name: row[name] or None for name in _TEXTS},
        "campaign": row["campaign_id"],
        "contact": row["contact_id"],
        "external_id": row["contact__external_id"],
        "name": row["contact__name"],
        "email": row["contact__email"],
        "language": row["contact__language"],
        "timezone": row["contact__timezone"],
        "phones": phones,
        "next_phone": row["next_phone__number"],
        "hold": hold,
        "attempts_url": f"{attempts}{row['id']}",
    }
