"""Own the pages of what providers told us and of what we tell the applications that follow us.

Never changes a row: both are history.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from dialer.admin.badges import badge
from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.links import to_row
from dialer.admin.search import DirectSearch, as_uuid
from dialer.models import Attempt, FeedEvent, HookMessage, ProviderEvent

EVENT_COLOURS = {"applied": "success", "ignored": "default", "unmatched": "warning", "unknown_word": "danger"}
HOOK_COLOURS = {
    "received": "default",
    "waiting": "info",
    "done": "success",
    "rejected": "danger",
    "parked": "warning",
}


@admin.register(ProviderEvent)
class ProviderEventAdmin(DirectSearch, ReadOnlyAdmin):
    """The inbox."""

    list_display = ("created_at", "provider_account", "source", "state_label", "raw_status", "attempt_link")
    list_select_related = ("provider_account",)
    list_filter = (("provider_account", AutocompleteSelectFilter), "state", "source")
    sortable_by = ()
    search_help_text = "Raw status, deduplication key, or the id of an attempt"

    def matching(self, term: str) -> Q:
        """Find facts by the attempt, by their own id, by the provider's word or by their key."""
        if key := as_uuid(term):
            return Q(attempt_id=key) | Q(pk=key)
        return Q(raw_status__iexact=term) | Q(dedupe_key=term)

    @display(description="state")
    def state_label(self, event: ProviderEvent) -> SafeString:
        """Show what became of the fact in its colour."""
        return badge(event.state, event.get_state_display(), EVENT_COLOURS)

    @display(description="attempt")
    def attempt_link(self, event: ProviderEvent) -> SafeString | str:
        """Link to the call that it speaks of."""
        return to_row(Attempt, event.attempt_id, event.attempt_id)

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        """Show the whole fact, its report last."""
        row = ("created_at", "provider_account", "source", "state_label", "raw_status", "attempt_link")
        return (*row, "dedupe_key", "report", "id")


@admin.register(HookMessage)
class HookMessageAdmin(DirectSearch, ReadOnlyAdmin):
    """Notifications as they came; those that are parked or rejected need a person."""

    list_display = ("created_at", "provider_account", "state_label", "tries", "reason", "read_after")
    list_select_related = ("provider_account",)
    list_filter = (("provider_account", AutocompleteSelectFilter), "state")
    sortable_by = ()
    search_help_text = "Deduplication key"

    def matching(self, term: str) -> Q:
        """Find notifications by their id or their key."""
        return Q(pk=key) if (key := as_uuid(term)) else Q(dedupe_key=term)

    @display(description="state")
    def state_label(self, message: HookMessage) -> SafeString:
        """Show what became of the notification in its colour."""
        return badge(message.state, message.get_state_display(), HOOK_COLOURS)

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        """Show the whole message, its body last."""
        row = ("created_at", "provider_account", "state_label", "tries", "reason", "read_after")
        return (*row, "content_type", "query", "body", "id")


@admin.register(FeedEvent)
class FeedEventAdmin(DirectSearch, ReadOnlyAdmin):
    """The change feed."""

    list_display = ("number_or_new", "kind", "campaign_id", "campaign_contact_id", "attempt_id", "created_at")
    list_display_links = ("kind",)
    sortable_by = ()
    search_help_text = "Kind, number in the feed, or the id of a campaign, campaign contact or attempt"

    def matching(self, term: str) -> Q:
        """Find changes by whatever they are about, by kind or by number."""
        if key := as_uuid(term):
            about = Q(campaign_id=key) | Q(campaign_contact_id=key) | Q(contact_id=key) | Q(attempt_id=key)
            return about | Q(pk=key)
        return Q(number=int(term)) if term.isascii() and term.isdigit() and len(term) < 19 else Q(kind=term)

    @display(description="number")
    def number_or_new(self, event: FeedEvent) -> str:
        """Show the number that readers follow, once it has one."""
        return "not numbered yet" if event.number is None else str(event.number)
