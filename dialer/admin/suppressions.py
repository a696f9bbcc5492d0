"""Own the do-not-call pages: entries are made through the engine, kept for ever, and lifted by their end.

Never inserts a row itself: an entry stops what waits and takes back what providers hold.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from unfold.decorators import display

from dialer import clock
from dialer.admin.asking import button, list_action
from dialer.admin.base import EditableAdmin
from dialer.admin.phone_forms import PhoneField
from dialer.admin.search import FOUND_LIMIT, DirectSearch, as_uuid, find_people, phone_digits
from dialer.engine import suppression
from dialer.engine.errors import Conflict
from dialer.models import Suppression

SOURCE = "admin"


class SuppressionForm(forms.ModelForm):
    """A number or a person never to call."""

    number = PhoneField(required=False, empty_value=None, help_text="With +, such as +5511999990001.")

    class Meta:
        model = Suppression
        fields = "__all__"
        help_texts = {
            "contact": "Instead of a number: every number of this person.",
            "campaign": "For the scope “campaign”.",
            "provider_account": "For the scope “provider account”.",
            "expires_at": "Empty: for ever.",
        }

    def clean_number(self) -> str | None:
        """Accept a number, as E.164."""
        text = self.cleaned_data["number"]
        return PhoneField.parse(text, None).number if text else None

    def clean(self) -> dict[str, Any]:
        """Say in words what the database would refuse."""
        given = super().clean() or {}
        is_named = bool(given.get("number")) != bool(given.get("contact"))
        if self.instance._state.adding and not is_named and "number" not in self.errors:
            raise ValidationError("A suppression names either a phone or a contact.")
        return given

    def clean_expires_at(self) -> Any:
        """Accept an end that is ahead."""
        end = self.cleaned_data["expires_at"]
        if end is not None and end <= clock.now():
            raise ValidationError("This is over already; leave it empty for ever.")
        return end


def _lift(request: HttpRequest, entry: Suppression) -> None:
    now = clock.now()
    if not Suppression.objects.filter(Suppression.in_force(now), pk=entry.pk).exists():
        raise Conflict("not_in_force", "this entry is not in force any more")
    with transaction.atomic():
        entry.expires_at = now
        admin.site.get_model_admin(Suppression).write_columns(entry, {"expires_at": now})
        suppression.lifted(entry)


@admin.register(Suppression)
class SuppressionAdmin(DirectSearch, EditableAdmin):
    """Do-not-call entries."""

    form = SuppressionForm
    list_display = (
        "whom",
        "in_force",
        "scope",
        "campaign",
        "provider_account",
        "reason",
        "source",
        "expires_at",
        "created_at",
    )
    list_display_links = ("whom",)
    list_select_related = ("contact", "campaign", "provider_account")
    list_filter = ("scope", "source")
    list_disable_select_all = True
    sortable_by = ()
    search_help_text = "Phone (whole, or some digits), external id or name of the person, reason, or an id"
    autocomplete_fields = ("contact", "campaign", "provider_account")
    fieldsets = (
        ("Whom", {"fields": ("number", "contact")}),
        ("Where", {"fields": ("scope", "campaign", "provider_account")}),
        ("Why", {"fields": ("reason", "source", "expires_at")}),
    )
    readonly_fields = ("version", "created_at", "updated_at")
    actions = ("lift_selected",)
    actions_detail = ("lift",)
    lift_selected = list_action("lift_selected", _lift, description="Lift (ends now)", done="lifted")
    lift = button(
        "lift",
        _lift,
        title="Lift",
        question="The entry ends now and stays as history. Contacts that it finished stay finished.",
        done="lifted",
        icon="lock_open",
    )

    def matching(self, term: str) -> Q:
        """Find entries by number, by the people whom the term names, by reason, or one by its id."""
        wanted = Q(reason__icontains=term)
        if key := as_uuid(term):
            wanted |= Q(pk=key)
        if people := find_people(term)[:FOUND_LIMIT]:
            wanted |= Q(contact_id__in=people)
        if digits := phone_digits(term):
            wanted |= Q(number__contains=digits)
        return wanted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let only the words be mended: whom, where and until when is history, a new entry replaces it."""
        if obj is None:
            return self.readonly_fields
        return (
            "number",
            "contact",
            "scope",
            "campaign",
            "provider_account",
            "expires_at",
            *self.readonly_fields,
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the row's own dates where there is a row."""
        row = ("Row", {"classes": ("collapse",), "fields": ("version", "created_at", "updated_at")})
        return (*self.fieldsets, row) if obj is not None else self.fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Say where the entry comes from."""
        return {"source": SOURCE} | super().get_changeform_initial_data(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: that somebody asked not to be called is evidence; lifting ends it."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make a new entry through the engine, which stops what waits and what providers hold."""
        if change:
            super().save_model(request, obj, form, change)
            return
        entry = suppression.NewSuppression(
            number=obj.number,
            contact_id=obj.contact_id,
            scope=obj.scope,
            campaign_id=obj.campaign_id,
            provider_account_id=obj.provider_account_id,
            reason=obj.reason,
            source=obj.source,
            expires_at=obj.expires_at,
        )
        made = suppression.suppress(entries=[entry], now=clock.now())
        obj.pk, obj._state.adding = made[0].pk, False

    @display(description="whom")
    def whom(self, entry: Suppression) -> str:
        """Show the number or the person; of somebody erased, that there is nothing to show."""
        return entry.number or ("(erased number)" if entry.number_hash else str(entry.contact))

    @display(description="in force", boolean=True)
    def in_force(self, entry: Suppression) -> bool:
        """Say whether it holds now."""
        return entry.expires_at is None or entry.expires_at > clock.now()
