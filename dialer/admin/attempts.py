"""Own the pages of attempts: the ledger of what rang, to look at, and the two things an operator may ask.

Never writes an attempt.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from dialer import clock
from dialer.admin.asking import button, list_action
from dialer.admin.badges import ATTEMPT_COLOURS, badge
from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.links import to_list, to_row
from dialer.admin.search import DirectSearch, as_uuid, find_people
from dialer.engine import attempts
from dialer.models import Attempt, CampaignContact, ProviderEvent
from providers.vocabulary import Result


class SettleForm(BaseDialogForm):
    """Asks how a call ended that nobody else can tell about."""

    result = forms.ChoiceField(
        choices=[(result.value, result.value.replace("_", " ")) for result in Result],
        initial=Result.UNKNOWN.value,
        widget=UnfoldAdminSelectWidget(),
    )


def _cancel(request: HttpRequest, attempt: Attempt) -> None:
    attempts.cancel(attempt_id=attempt.pk, now=clock.now())


def _settle(request: HttpRequest, attempt: Attempt) -> None:
    answer = request.dialog["result"]  # type: ignore[attr-defined]
    attempts.settle(attempt_id=attempt.pk, result=Result(answer), now=clock.now())


@admin.register(Attempt)
class AttemptAdmin(DirectSearch, ReadOnlyAdmin):
    """Attempts."""

    list_display = (
        "number",
        "person",
        "campaign",
        "sequence",
        "state_label",
        "result",
        "provider_account",
        "due_at",
        "ended_at",
        "duration_seconds",
        "cost",
    )
    list_filter = (
        ("campaign", AutocompleteSelectFilter),
        ("provider_account", AutocompleteSelectFilter),
        "state",
        "result",
        "is_live",
        "origin",
    )
    sortable_by = ()
    search_help_text = "Phone, external id, name, the provider's reference, or an id"
    fieldsets = (
        (None, {"fields": ("number", "person", "enrolment", "campaign", "provider_account")}),
        (
            "What happened",
            {
                "fields": (
                    "state_label",
                    ("result", "disposition"),
                    ("raw_status", "reason"),
                    ("duration_seconds", "cost", "currency"),
                    "recording_url",
                    "events_link",
                )
            },
        ),
        (
            "When",
            {
                "fields": (
                    ("due_at", "claimed_at"),
                    ("sending_at", "sent_at", "pushed_at"),
                    ("started_at", "answered_at", "ended_at"),
                    ("heard_at", "look_after", "looks"),
                )
            },
        ),
        (
            "How",
            {
                "fields": (
                    ("sequence", "step", "origin", "ring_no"),
                    ("sends", "fence", "lease_until"),
                    ("withdraw_why", "withdraw_after"),
                    "provider_ref",
                    "remote",
                    "gates",
                    "id",
                )
            },
        ),
    )
    actions = ("cancel_selected",)
    actions_detail = ("cancel_call", "settle_call")
    cancel_selected = list_action(
        "cancel_selected", _cancel, description="Cancel", done="cancelled", permission="operate"
    )
    cancel_call = button(
        "cancel_call",
        _cancel,
        title="Cancel",
        question="Takes the call back if it has not rung yet.",
        done="cancelled",
        icon="call_end",
        permission="operate",
    )
    settle_call = button(
        "settle_call",
        _settle,
        title="Settle by hand",
        question="For a call whose end nobody reports: it is counted with this result and never repeated by mistake.",
        done="settled",
        icon="gavel",
        permission="operate",
        variant=ActionVariant.WARNING,
        form_class=SettleForm,
    )

    def matching(self, term: str) -> Q:
        """Find calls by id, by the people whom the term names, else by the provider's reference or the number."""
        key = as_uuid(term)
        if key and not find_people(term):
            return Q(pk=key) | Q(campaign_contact_id=key)
        if people := find_people(term):
            return Q(contact_id__in=people)
        return Q(provider_ref=term) | Q(number=term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        """Fetch with every row whom and what it is about."""
        return super().get_queryset(request).select_related("contact", "campaign", "provider_account")

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those ask who may change attempts; nobody edits them."""
        return request.user.has_perm("dialer.change_attempt")  # type: ignore[union-attr]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer nothing for a call that is over."""
        attempt = self.get_object(request, object_id)
        return super().get_actions_detail(request, object_id) if attempt and attempt.is_live else []

    @display(description="state")
    def state_label(self, attempt: Attempt) -> SafeString:
        """Show the state in its colour."""
        return badge(attempt.state, attempt.get_state_display(), ATTEMPT_COLOURS)

    @display(description="contact")
    def person(self, attempt: Attempt) -> SafeString | str:
        """Link to the called person's enrolment."""
        return to_row(CampaignContact, attempt.campaign_contact_id, attempt.contact)

    @display(description="enrolment")
    def enrolment(self, attempt: Attempt) -> SafeString | str:
        """Link to the person in this campaign."""
        return to_row(
            CampaignContact, attempt.campaign_contact_id, f"{attempt.contact} in {attempt.campaign}"
        )

    @display(description="events")
    def events_link(self, attempt: Attempt) -> SafeString:
        """Link to what the provider said."""
        return to_list("what the provider said", ProviderEvent, q=attempt.pk)
