"""Own the pages of dispositions and of the mappings of providers' words to them.

Never files a call under an outcome: that is said of the call, through the engine.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from dialer import clock
from dialer.admin.base import EditableAdmin
from dialer.engine.rereading import reread
from dialer.models import Disposition, DispositionMapping
from providers import registry

_ROW = ("version", "created_at", "updated_at")


@admin.register(Disposition)
class DispositionAdmin(EditableAdmin):
    """Business outcomes."""

    list_display = ("code", "name", "is_success", "is_final", "suppresses", "retry", "event")
    list_filter = ("is_success", "is_final", "suppresses", "retry", "event")
    search_fields = ("code", "name")
    ordering = ("code",)
    readonly_fields = _ROW
    fieldsets = (
        (None, {"fields": ("code", "name", ("is_success", "is_final", "suppresses", "retry"), "event")}),
        ("Row", {"classes": ("collapse",), "fields": _ROW}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the code under which calls were filed."""
        return ("code", *_ROW) if obj is not None and obj.attempts.exists() else _ROW


class MappingForm(forms.ModelForm):
    """Words of a provider, or of one account, and what they stand for."""

    provider = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="Instead of an account: for all accounts of this provider.",
    )

    class Meta:
        model = DispositionMapping
        fields = "__all__"
        help_texts = {
            "raw_status": "Exactly as the provider writes it; empty: any.",
            "raw_disposition": "Exactly as the provider writes it; empty: any.",
            "result": "With a status it also ends a call of which only this word is known.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            slugs = sorted(registry.slugs())
            self.fields["provider"].choices = [("", "---------"), *((slug, slug) for slug in slugs)]

    def clean(self) -> dict[str, Any]:
        """Say in words what the database would refuse."""
        given = super().clean() or {}
        if bool(given.get("provider_account")) == bool(given.get("provider")):
            raise ValidationError("Name either an account or a provider.")
        return given


@admin.register(DispositionMapping)
class MappingAdmin(EditableAdmin):
    """Mappings of providers' words."""

    form = MappingForm
    list_display = ("raw_status", "raw_disposition", "result", "disposition", "provider_account", "provider")
    list_display_links = ("raw_status", "raw_disposition")
    list_select_related = ("provider_account", "disposition")
    list_filter = ("provider", "result")
    search_fields = ("raw_status", "raw_disposition", "disposition__code")
    autocomplete_fields = ("provider_account", "disposition")
    readonly_fields = _ROW
    fieldsets = (
        ("Whose words", {"fields": ("provider_account", "provider")}),
        ("Words", {"fields": ("raw_status", "raw_disposition")}),
        ("Stand for", {"fields": ("result", "disposition")}),
        ("Row", {"classes": ("collapse",), "fields": _ROW}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store it, and read anew what was said of live calls in this word before."""
        super().save_model(request, obj, form, change)
        reread(mapping=obj, now=clock.now())
