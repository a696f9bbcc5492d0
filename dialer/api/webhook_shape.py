"""Own the shape of webhook endpoints and of their deliveries: fields, examples, and what a change of one brings along.

Never sends anything, and shows a secret only to the request that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer import clock
from dialer.api.events import EVENT_TYPES
from dialer.api.fields import StrictModelSerializer, String, Text
from dialer.feed import endpoints
from dialer.feed.signing import is_secret
from dialer.models import DeliveryState, DisabledReason, WebhookDelivery, WebhookEndpoint
from dialer.rules.addresses import LONGEST_URL, URL_PATTERN, url_faults
from dialer.rules.events import FAMILIES, TEST_KIND, is_pattern

_ID = "01990000-0000-7000-8000-00000000000"
_AT = "2026-03-02T13:00:00.123456Z"
ENDPOINT: dict[str, Any] = {
    "id": f"{_ID}9",
    "url": "https://crm.example.com/hooks/dialer",
    "event_types": ["attempt.ended", "campaign.*"],
    "campaign": None,
    "description": "The CRM",
    "is_enabled": True,
    "health": {
        "failures_in_row": 0,
        "failing_since": None,
        "resume_at": None,
        "last_success_at": _AT,
        "disabled_reason": None,
        "disabled_at": None,
    },
    "previous_until": None,
    "created_at": _AT,
    "updated_at": _AT,
    "version": 1,
}
SECRET = "whsec_bm90IGEgc2VjcmV0LCBidXQgMzIgYnl0ZXMgbG9uZyE="  # noqa: S105  (an example: it says so itself)
DELIVERY: dict[str, Any] = {
    "id": f"{_ID}a",
    "endpoint": f"{_ID}9",
    "event": f"{_ID}0",
    "event_type": "attempt.ended",
    "state": "pending",
    "tries": 2,
    "next_try_at": "2026-03-02T13:05:01Z",
    "last_tried_at": _AT,
    "response_status": 500,
    "error": "it answered 500",
    "excerpt": "database is away",
    "milliseconds": 83,
    "delivered_at": None,
    "created_at": _AT,
}
ASKED = {name: ENDPOINT[name] for name in ("url", "event_types", "campaign", "description", "is_enabled")}


def answer_example(value: Any, status: str = "200") -> OpenApiExample:
    """Make the example of an answer."""
    return OpenApiExample("Answer", value=value, response_only=True, status_codes=[status])


def request_example(value: Any) -> OpenApiExample:
    """Make the example of a body."""
    return OpenApiExample("Request", value=value, request_only=True)


_FOUR = "[A-Za-z0-9+/]{4}"
SECRET_PATTERN = f"^whsec_({_FOUR}){{8,20}}([A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?$"


@extend_schema_field({"type": "string", "format": "uri", "maxLength": LONGEST_URL, "pattern": URL_PATTERN})
class Url(String):
    """The address of a receiver."""


@extend_schema_field({"type": "string", "pattern": SECRET_PATTERN})
class SecretText(String):
    """A secret as the specification writes it."""


@extend_schema_field({"type": "string", "enum": [*EVENT_TYPES, *(f"{name}.*" for name in FAMILIES)]})
class EventType(String):
    """A type of event, or a family of them."""

    default_error_messages = {
        "unknown_event_type": "There is no such event; take a type that /events lists, or a family such as attempt.*."
    }

    def to_internal_value(self, data: Any) -> str:
        """Take what the catalogue knows."""
        text = super().to_internal_value(data)
        if not is_pattern(text):
            self.fail("unknown_event_type")
        return text


class EventTypes(serializers.ListField):
    """Types of events, each once; none means all."""

    child = EventType(max_length=64)

    def to_internal_value(self, data: Any) -> list[str]:
        """Keep the order and drop what is said twice."""
        return list(dict.fromkeys(super().to_internal_value(data)))


class EndpointHealthOut(serializers.Serializer[Any]):
    """How an endpoint is doing."""

    failures_in_row = serializers.IntegerField()
    failing_since = serializers.DateTimeField(allow_null=True)
    resume_at = serializers.DateTimeField(allow_null=True, help_text="Nothing is sent before this instant.")
    last_success_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.SerializerMethodField()
    disabled_at = serializers.DateTimeField(allow_null=True)

    def get_disabled_reason(self, row: WebhookEndpoint) -> str | None:
        """Say why it gets nothing: failing, gone, by_request."""
        return DisabledReason(row.disabled_reason).value if row.disabled_reason else None


class EndpointSerializer(StrictModelSerializer):
    """An address that is told of events."""

    url = Url(max_length=LONGEST_URL, help_text="https, in the public network.")
    event_types = EventTypes(
        required=False,
        max_length=len(EVENT_TYPES) + len(FAMILIES),
        help_text="Types, or families such as `attempt.*`; none means all.",
    )
    description = Text(max_length=300)
    secret = SecretText(
        write_only=True,
        required=False,
        help_text="Instead of a made one: whsec_ and base64 of 24 to 64 bytes. The old one signs on for 24 h.",
    )
    health = EndpointHealthOut(source="*", read_only=True)
    previous_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until then the secret that was replaced signs as well."
    )

    class Meta:
        model = WebhookEndpoint
        fields = (
            "id",
            "url",
            "event_types",
            "campaign",
            "description",
            "is_enabled",
            "secret",
            "health",
            "previous_until",
            "created_at",
            "updated_at",
            "version",
        )
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def validate_url(self, url: str) -> str:
        """Refuse what must not be called; the view has resolved the name, outside of any transaction."""
        faults = url_faults(url, allow_http=settings.DIALER_WEBHOOK_ALLOW_PRIVATE)
        if faults:
            raise ValidationError([ErrorDetail(fault.detail, fault.code) for fault in faults])
        if self.context["view"].is_forbidden_url:
            detail = (
                "This leads into the dialer's own network. Use a public address, or let the installation allow "
                "others (DIALER_WEBHOOK_ALLOW_PRIVATE)."
            )
            raise ValidationError(detail, code="forbidden_address")
        return url

    def validate_secret(self, text: str) -> str:
        """Take a secret as the specification writes it."""
        if not is_secret(text):
            raise ValidationError("This must be whsec_ and base64 of 24 to 64 bytes.", code="invalid_secret")
        return text

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the row as it will be."""
        columns = {name: value for name, value in attrs.items() if name not in ("secret", "is_enabled")}
        if "is_enabled" in attrs:
            columns |= endpoints.switched(is_enabled=attrs["is_enabled"], now=clock.now())
        super().validate(columns)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> WebhookEndpoint:
        """Insert the endpoint at the present place of the feed."""
        given = dict(validated_data)
        columns = endpoints.first_columns(given.pop("secret", None))
        if not given.pop("is_enabled", True):
            columns |= endpoints.switched(is_enabled=False, now=clock.now())
        row: WebhookEndpoint = super().create(given | columns)
        return row

    def changes(self, instance: WebhookEndpoint, given: Mapping[str, Any]) -> dict[str, Any]:
        """Write what a switch, another address or another secret brings along beside the row's own columns."""
        now, columns = clock.now(), dict(given)
        secret = columns.pop("secret", None)
        changes = super().changes(instance, columns)
        if "is_enabled" in changes:
            changes |= endpoints.switched(is_enabled=changes["is_enabled"], now=now)
            if not changes["is_enabled"]:
                endpoints.told_of_end(instance.pk, DisabledReason.BY_REQUEST.value)
        elif "url" in changes:
            changes |= endpoints.FRESH
        if secret is not None and secret != endpoints.signing_keys(instance, now)[0]:
            changes |= endpoints.replaced(instance, secret, now)
        return changes


class EndpointSecretOut(EndpointSerializer):
    """An endpoint with its secret, which is shown this once."""

    secret = serializers.CharField(read_only=True, help_text="Verifies `webhook-signature`; shown this once.")  # type: ignore[assignment]


class DeliveryOut(serializers.ModelSerializer[Any]):
    """One event for one endpoint."""

    event = serializers.UUIDField(source="event_id", allow_null=True, help_text="Null for a test.")
    event_type = serializers.ChoiceField([*EVENT_TYPES, TEST_KIND], source="kind")
    state = serializers.ChoiceField([item.value for item in DeliveryState])
    next_try_at = serializers.DateTimeField(source="due_at", allow_null=True)
    response_status = serializers.IntegerField(source="last_status", allow_null=True)
    error = Text(source="last_error", read_only=True)
    excerpt = Text(source="last_excerpt", read_only=True, help_text="How the answer began, masked.")
    milliseconds = serializers.IntegerField(source="last_milliseconds", allow_null=True)

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "endpoint",
            "event",
            "event_type",
            "state",
            "tries",
            "next_try_at",
            "last_tried_at",
            "response_status",
            "error",
            "excerpt",
            "milliseconds",
            "delivered_at",
            "created_at",
        )
