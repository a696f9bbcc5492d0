"""Own the pages of campaign contacts: a person in a campaign, what comes next, and what may be asked.

Never writes a state or a next attempt: call now, exclude and rearm are the engine's.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from dialer import clock
from dialer.admin.asking import button, list_action
from dialer.admin.badges import STATE_COLOURS, badge
from dialer.admin.base import EditableAdmin
from dialer.admin.form_fields import TagsField, read_attributes
from dialer.admin.links import to_list, to_row
from dialer.admin.search import DirectSearch, as_uuid, find_people
from dialer.engine import contacts, edits
from dialer.models import Attempt, CampaignContact, Contact
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.transitions import ContactState

#: As long as the column that keeps it.
LONGEST_REASON = 100
_ENGINE_FIELDS = (
    "state_label",
    "finish_reason",
    "finish_detail",
    "due_at",
    "next_attempt_at",
    "next_phone",
    "next_step",
    "used_steps",
    "hold_gate",
    "hold_reason",
    "hold_until",
    "stop_reason",
    "last_result",
    "last_attempt_at",
    "provider_ref",
    "finished_at",
    "version",
    "created_at",
    "updated_at",
)


class ReasonForm(BaseDialogForm):
    """Asks why."""

    reason = forms.CharField(max_length=LONGEST_REASON, widget=UnfoldAdminTextInputWidget())


class CampaignContactForm(forms.ModelForm):
    """What people may change of an enrolment."""

    tags = TagsField()

    class Meta:
        model = CampaignContact
        fields = ("priority", "not_before", "not_after", "attributes", "tags")
        help_texts = {"priority": f"{PRIORITY_MIN} is called first, {PRIORITY_MAX} last."}

    def clean_priority(self) -> int:
        """Accept the range that the dial queue knows."""
        value: int = self.cleaned_data["priority"]
        if not PRIORITY_MIN <= value <= PRIORITY_MAX:
            raise forms.ValidationError(f"This must be from {PRIORITY_MIN} to {PRIORITY_MAX}.")
        return value

    def clean_attributes(self) -> Any:
        """Accept an object."""
        return read_attributes(self.cleaned_data["attributes"])

    def clean(self) -> dict[str, Any]:
        """Ask for a span that is not empty."""
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("not_before"), cleaned.get("not_after")
        if begin and end and end <= begin:
            self.add_error("not_after", "This must be after “not before”.")
        return cleaned


def _call_now(request: HttpRequest, row: CampaignContact) -> None:
    contacts.call_now(campaign_contact_id=row.pk, now=clock.now())


def _exclude(request: HttpRequest, row: CampaignContact) -> None:
    asked = getattr(request, "dialog", {}).get("reason")
    reason = asked or f"by {request.user.get_username()} in the admin"
    contacts.exclude(campaign_contact_id=row.pk, reason=reason[:LONGEST_REASON], now=clock.now())


def _rearm(request: HttpRequest, row: CampaignContact) -> None:
    contacts.rearm(campaign_contact_id=row.pk, now=clock.now())


@admin.register(CampaignContact)
class CampaignContactAdmin(DirectSearch, EditableAdmin):
    """People in campaigns."""

    form = CampaignContactForm
    list_display = (
        "person",
        "campaign",
        "state_label",
        "finish_reason",
        "hold_gate",
        "next_attempt_at",
        "attempts_link",
        "last_result",
        "priority",
    )
    list_filter = (("campaign", AutocompleteSelectFilter), "state", "finish_reason", "last_result")
    list_disable_select_all = True
    sortable_by = ()
    search_help_text = "Phone (whole, or some digits), external id, email, name, or an id"
    readonly_fields = ("contact_link", "campaign", "attempts_link", *_ENGINE_FIELDS)
    fieldsets = (
        (None, {"fields": ("contact_link", "campaign")}),
        ("Wishes", {"fields": ("priority", "not_before", "not_after", "tags", "attributes")}),
        (
            "What comes next",
            {
                "fields": (
                    "state_label",
                    ("finish_reason", "finish_detail", "finished_at"),
                    ("due_at", "next_attempt_at", "next_phone"),
                    ("hold_gate", "hold_reason", "hold_until"),
                    ("attempts_link", "last_result", "last_attempt_at"),
                )
            },
        ),
        (
            "Written by the engine",
            {
                "classes": ("collapse",),
                "fields": (
                    ("next_step", "used_steps", "stop_reason", "provider_ref"),
                    ("version", "created_at", "updated_at"),
                ),
            },
        ),
    )
    actions = ("call_now_selected", "exclude_selected", "rearm_selected")
    actions_detail = ("call_now", "exclude_contact", "rearm")

    call_now_selected = list_action(
        "call_now_selected", _call_now, description="Call now", done="made due now"
    )
    exclude_selected = list_action("exclude_selected", _exclude, description="Exclude", done="excluded")
    rearm_selected = list_action("rearm_selected", _rearm, description="Rearm", done="rearmed")
    call_now = button(
        "call_now",
        _call_now,
        title="Call now",
        question="The next attempt is due at once; windows, caps and do-not-call hold as ever.",
        done="made due now",
        icon="call",
        variant=ActionVariant.PRIMARY,
    )
    exclude_contact = button(
        "exclude_contact",
        _exclude,
        title="Exclude",
        question="The person is not called again in this campaign.",
        done="excluded",
        icon="person_off",
        variant=ActionVariant.DANGER,
        form_class=ReasonForm,
    )
    rearm = button(
        "rearm",
        _rearm,
        title="Rearm",
        question="The timeline starts again for this person; caps go on counting.",
        done="rearmed",
        icon="replay",
    )

    def matching(self, term: str) -> Q:
        """Find the enrolments of the people whom the term names, or one by its id."""
        key = as_uuid(term)
        wanted = Q(contact_id__in=find_people(term))
        return wanted | Q(pk=key) if key else wanted

    def get_queryset(self, request: HttpRequest) -> QuerySet[CampaignContact]:
        """Fetch person and campaign with every row: they are its name."""
        return super().get_queryset(request).select_related("contact", "campaign", "next_phone")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: people are enrolled by import or API, through one intake."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: whoever is not to be called is excluded, and the history stays."""
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Lock the person before the enrolment, as a claim does."""
        if request.method == "POST" and transaction.get_connection().in_atomic_block and as_uuid(object_id):
            enrolment = CampaignContact.objects.filter(pk=object_id).values("contact_id")
            list(Contact.objects.filter(pk__in=enrolment).select_for_update(no_key=True).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the form changed; a contact that is held is judged anew."""
        values = self.changed_columns(obj, form)
        if values:
            before = form.initial.get("not_before")
            edits.change_enrolment(obj, values, stored_not_before=before, now=clock.now())

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer rearm to the finished and the rest to the others."""
        row = self.get_object(request, object_id)
        finished = row is not None and row.state == ContactState.FINISHED
        offered = super().get_actions_detail(request, object_id) if row else []
        return [action for action in offered if action.action_name.endswith("_rearm") == finished]

    @display(description="contact")
    def person(self, row: CampaignContact) -> str:
        """Show whom this is about."""
        return str(row.contact)

    @display(description="contact")
    def contact_link(self, row: CampaignContact) -> SafeString | str:
        """Link to the person."""
        return to_row(Contact, row.contact_id, row.contact)

    @display(description="state")
    def state_label(self, row: CampaignContact) -> SafeString:
        """Show the state in its colour."""
        return badge(row.state, row.get_state_display(), STATE_COLOURS)

    @display(description="attempts")
    def attempts_link(self, row: CampaignContact) -> SafeString:
        """Link to the calls of this person in this campaign."""
        return to_list(row.attempt_count, Attempt, campaign_contact__id__exact=row.pk)
