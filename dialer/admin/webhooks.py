"""Own the pages of outgoing webhooks: who is told of events and how that went; switching off and on, sending again.

Never shows a secret and never edits an endpoint: applications make theirs by the API, which shows the secret once.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant

from dialer import clock
from dialer.admin.asking import button, list_action
from dialer.admin.badges import badge
from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.links import to_list, to_row
from dialer.admin.search import DirectSearch, as_uuid
from dialer.engine.errors import Conflict
from dialer.feed import endpoints
from dialer.models import DisabledReason, FeedEvent, WebhookDelivery, WebhookEndpoint

ENDPOINT_COLOURS = {"on": "success", "failing": "warning", "off": "danger"}
DELIVERY_COLOURS = {"pending": "info", "delivered": "success", "failed": "danger"}


def _disable(request: HttpRequest, endpoint: WebhookEndpoint) -> None:
    if not endpoints.disable(endpoint_id=endpoint.pk, reason=DisabledReason.BY_REQUEST, now=clock.now()):
        raise Conflict("disabled", "this endpoint is disabled already")


def _enable(request: HttpRequest, endpoint: WebhookEndpoint) -> None:
    if not endpoints.enable(endpoint_id=endpoint.pk, now=clock.now()):
        raise Conflict("enabled", "this endpoint is enabled already")


def _redeliver(request: HttpRequest, delivery: WebhookDelivery) -> None:
    endpoints.redeliver(endpoint_id=delivery.endpoint_id, delivery_id=delivery.pk, now=clock.now())


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(DirectSearch, ReadOnlyAdmin):
    """Endpoints of outgoing webhooks."""

    list_display = ("url", "description", "state_label", "campaign", "last_success_at", "deliveries_link")
    list_display_links = ("url",)
    list_select_related = ("campaign",)
    list_filter = ("is_enabled", ("campaign", AutocompleteSelectFilter))
    sortable_by = ()
    search_help_text = "Part of the address or of the description, or an id"
    fields = (
        "url",
        "description",
        "state_label",
        "event_types",
        "campaign",
        ("failures_in_row", "failing_since", "resume_at"),
        ("last_success_at", "disabled_at"),
        "deliveries_link",
        ("cursor", "previous_until"),
        ("created_at", "updated_at", "version"),
        "id",
    )
    actions = ("disable_selected", "enable_selected")
    actions_detail = ("disable", "enable")
    disable_selected = list_action(
        "disable_selected", _disable, description="Disable", done="disabled", permission="operate"
    )
    enable_selected = list_action(
        "enable_selected", _enable, description="Enable", done="enabled", permission="operate"
    )
    disable = button(
        "disable",
        _disable,
        title="Disable",
        question="Nothing is sent to it any more; its place in the feed is kept.",
        done="disabled",
        icon="notifications_off",
        permission="operate",
        variant=ActionVariant.DANGER,
    )
    enable = button(
        "enable",
        _enable,
        title="Enable",
        question="It is told of everything since it was disabled, as far back as the feed is kept.",
        done="enabled",
        icon="notifications_active",
        permission="operate",
    )

    def matching(self, term: str) -> Q:
        """Find endpoints by their address, their description or their id."""
        if key := as_uuid(term):
            return Q(pk=key)
        return Q(url__icontains=term) | Q(description__icontains=term)

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those switch it who may change endpoints; nobody edits them here."""
        return request.user.has_perm("dialer.change_webhookendpoint")  # type: ignore[union-attr]

    @display(description="state")
    def state_label(self, endpoint: WebhookEndpoint) -> SafeString:
        """Show how it is doing in its colour."""
        if not endpoint.is_enabled:
            return badge("off", f"disabled: {endpoint.get_disabled_reason_display()}", ENDPOINT_COLOURS)
        word = "failing" if endpoint.failing_since else "on"
        return badge(word, word, ENDPOINT_COLOURS)

    @display(description="deliveries")
    def deliveries_link(self, endpoint: WebhookEndpoint) -> SafeString:
        """Link to what was sent."""
        return to_list("deliveries", WebhookDelivery, q=endpoint.pk)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(DirectSearch, ReadOnlyAdmin):
    """What was sent, or is to be."""

    list_display = (
        "created_at",
        "kind",
        "endpoint",
        "state_label",
        "tries",
        "last_status",
        "last_error",
        "due_at",
    )
    list_select_related = ("endpoint",)
    list_filter = ("state", "kind")
    sortable_by = ()
    search_help_text = "The id of a delivery, of its endpoint or of its event"
    fields = (
        ("kind", "state_label"),
        "endpoint",
        "event_link",
        ("tries", "due_at", "last_tried_at", "delivered_at"),
        ("last_status", "last_milliseconds"),
        "last_error",
        "last_excerpt",
        ("created_at", "fence"),
        "id",
    )
    actions = ("redeliver_selected",)
    actions_detail = ("redeliver",)
    redeliver_selected = list_action(
        "redeliver_selected",
        _redeliver,
        description="Send again",
        done="to be sent again",
        permission="operate",
    )
    redeliver = button(
        "redeliver",
        _redeliver,
        title="Send again",
        question="It is sent once more, under the same id, and by the whole schedule if that fails.",
        done="to be sent again",
        icon="replay",
        permission="operate",
    )

    def matching(self, term: str) -> Q:
        """Find a delivery by its own id, or those of an endpoint or of an event."""
        key = as_uuid(term)
        return Q(pk=key) | Q(endpoint_id=key) | Q(event_id=key) if key else Q(pk=None)

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those send again who may change deliveries; nobody edits them."""
        return request.user.has_perm("dialer.change_webhookdelivery")  # type: ignore[union-attr]

    @display(description="state")
    def state_label(self, delivery: WebhookDelivery) -> SafeString:
        """Show the state in its colour."""
        return badge(delivery.state, delivery.get_state_display(), DELIVERY_COLOURS)

    @display(description="event")
    def event_link(self, delivery: WebhookDelivery) -> SafeString | str:
        """Link to the event; a test has none."""
        return to_row(FeedEvent, delivery.event_id, delivery.event_id)
