"""Own the campaign pages: what people write, what the engine says, and the actions that ask it.

Never writes a status: start, pause, resume, complete and archive are the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant

from dialer import clock
from dialer.admin.asking import Ask, button, list_action
from dialer.admin.badges import badge
from dialer.admin.base import EditableAdmin
from dialer.admin.campaign_form import FROZEN_AFTER_DRAFT, LABELS, CampaignForm
from dialer.admin.links import to_list
from dialer.engine import campaigns
from dialer.models import Attempt, Campaign, CampaignContact, Job
from dialer.rules.transitions import CampaignStatus

STATUS_COLOURS = {
    "draft": "info",
    "running": "success",
    "pausing": "warning",
    "paused": "warning",
    "completed": "primary",
    "archived": "default",
}
_ENGINE_FIELDS = (
    "status",
    "status_reason",
    "frozen_steps",
    "retry_plan",
    "remote_state",
    "remote_name",
    "remote",
    "started_at",
    "completed_at",
    "opened_at",
    "next_poll_at",
    "version",
    "created_at",
    "updated_at",
)


def _asking(change: Callable[..., object]) -> Ask:
    def ask(request: HttpRequest, campaign: Campaign) -> object:
        return change(campaign_id=campaign.pk, now=clock.now())

    return ask


_START = _asking(campaigns.start)
_PAUSE = _asking(campaigns.pause)
_RESUME = _asking(campaigns.resume)
_COMPLETE = _asking(campaigns.complete)
_ARCHIVE = _asking(campaigns.archive)


@admin.register(Campaign)
class CampaignAdmin(EditableAdmin):
    """Campaigns, with their actions."""

    form = CampaignForm
    list_display = (
        "name",
        "status_label",
        "status_reason",
        "provider_account",
        "purpose",
        "priority",
        "contacts_link",
        "attempts_link",
        "started_at",
    )
    list_select_related = ("provider_account",)
    list_filter = (
        "status",
        "purpose",
        ("provider_account", AutocompleteSelectFilter),
        ("retry_timeline", AutocompleteSelectFilter),
    )
    search_fields = ("id", "name", "external_id", "remote_campaign_id")
    search_help_text = "Name, external id, the provider's id, or our id"
    date_hierarchy = "created_at"
    autocomplete_fields = ("provider_account", "retry_timeline")
    readonly_fields = (*_ENGINE_FIELDS, "status_label", "rows_links")
    fieldsets = (
        (None, {"fields": ("name", "external_id", "tags", "priority")}),
        (
            "State",
            {
                "fields": (
                    "status_label",
                    "status_reason",
                    "rows_links",
                    ("started_at", "completed_at"),
                )
            },
        ),
        (
            "Provider",
            {
                "fields": (
                    "provider_account",
                    "remote_campaign_id",
                    "template_id",
                    "caller_id",
                    "provider_options",
                )
            },
        ),
        ("Retries", {"fields": ("retry_timeline", "retry_mode")}),
        (
            "When it may call",
            {"fields": ("purpose", "timezone", "calling_windows", "holidays", "starts_at", "ends_at")},
        ),
        (
            "Limits",
            {
                "fields": (
                    "max_attempts_per_contact",
                    "max_attempts_per_day",
                    "daily_call_limit",
                    "daily_budget",
                    "budgets",
                    "rule_pack",
                    "rule_overrides",
                    "auto_complete",
                )
            },
        ),
        (
            "Written by the engine",
            {
                "classes": ("collapse",),
                "fields": (
                    "remote_state",
                    "remote_name",
                    "remote",
                    "frozen_steps",
                    "retry_plan",
                    "opened_at",
                    "next_poll_at",
                    ("version", "created_at", "updated_at"),
                ),
            },
        ),
    )
    actions = ("start_selected", "pause_selected", "resume_selected", "complete_selected", "archive_selected")
    actions_detail = ("start", "pause", "resume", "complete", "archive")

    start_selected = list_action("start_selected", _START, description="Start", done="started")
    pause_selected = list_action("pause_selected", _PAUSE, description="Pause", done="paused")
    resume_selected = list_action("resume_selected", _RESUME, description="Resume", done="resumed")
    complete_selected = list_action("complete_selected", _COMPLETE, description="Complete", done="completed")
    archive_selected = list_action("archive_selected", _ARCHIVE, description="Archive", done="archived")
    start = button(
        "start",
        _START,
        title="Start",
        question="Its timeline is frozen and its contacts are called from now on.",
        done="started",
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    pause = button(
        "pause",
        _PAUSE,
        title="Pause",
        question="Nothing new is called, what the provider holds is taken back, calls that ring end by themselves.",
        done="paused",
        icon="pause",
    )
    resume = button(
        "resume",
        _RESUME,
        title="Resume",
        question="Waiting contacts are called again as they are due.",
        done="resumed",
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    complete = button(
        "complete",
        _COMPLETE,
        title="Complete",
        question="Waiting contacts end as cancelled. A completed campaign cannot be started again.",
        done="completed",
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    archive = button(
        "archive",
        _ARCHIVE,
        title="Archive",
        question="The campaign leaves the daily lists; its history stays.",
        done="archived",
        icon="archive",
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save as everywhere, and tell of a new draft."""
        super().save_model(request, obj, form, change)
        if not change:
            campaigns.created(obj)

    @display(description="status", ordering="status")
    def status_label(self, campaign: Campaign) -> SafeString:
        """Show the status in its colour."""
        return badge(campaign.status, campaign.get_status_display(), STATUS_COLOURS)

    @display(description="contacts")
    def contacts_link(self, campaign: Campaign) -> SafeString:
        """Link to the enrolled people."""
        return to_list("contacts", CampaignContact, campaign__id__exact=campaign.pk)

    @display(description="attempts")
    def attempts_link(self, campaign: Campaign) -> SafeString:
        """Link to the calls."""
        return to_list("attempts", Attempt, campaign__id__exact=campaign.pk)

    @display(description="rows")
    def rows_links(self, campaign: Campaign) -> SafeString:
        """Link to everything that belongs to the campaign."""
        imports = to_list("imports", Job, campaign__id__exact=campaign.pk)
        links = (self.contacts_link(campaign), self.attempts_link(campaign), imports)
        return format_html_join(" · ", "{}", ((link,) for link in links))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out of the add page what only a campaign that exists has."""
        if obj is not None:
            return self.fieldsets
        return tuple(part for part in self.fieldsets if part[0] not in ("State", "Written by the engine"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Freeze after the draft what the plan was made of, and at the end everything but names."""
        if obj is None or obj.status == CampaignStatus.DRAFT:
            return self.readonly_fields
        if obj.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
            names = (field.name for field in obj._meta.fields if field.editable)
            return (*self.readonly_fields, *(name for name in names if name not in LABELS))
        return (*self.readonly_fields, *FROZEN_AFTER_DRAFT)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer only what the campaign's status allows."""
        campaign = self.get_object(request, object_id)
        allowed = campaign.allowed_actions if campaign else ()
        wanted = {f"{self.opts.app_label}_{self.opts.model_name}_{name}" for name in allowed}
        offered = super().get_actions_detail(request, object_id)
        return [action for action in offered if action.action_name in wanted]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only drafts be deleted: what has run is archived."""
        # The theme asks with an id instead of a row; only rows have a status.
        if isinstance(obj, Campaign) and obj.status != CampaignStatus.DRAFT:
            return False
        return super().has_delete_permission(request, obj)

    def changed_columns(self, obj: Any, form: Any) -> dict[str, Any]:
        """Make held contacts due again where the form changed more than names."""
        values = super().changed_columns(obj, form)
        if values.keys() - set(LABELS) and obj.status != CampaignStatus.DRAFT:
            values["release_holds_at"] = clock.now()
        return values
