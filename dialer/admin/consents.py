"""Own the pages of consents: evidence is added, and ended early; nobody rewrites what was agreed.

Never decides whether a call needs one.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.decorators import display

from dialer import clock
from dialer.admin.base import EditableAdmin
from dialer.admin.phone_forms import PhoneField
from dialer.models import Consent, ContactPhone

_ROW = ("version", "created_at", "updated_at")


class ConsentForm(forms.ModelForm):
    """One consent of a person."""

    number = PhoneField(
        required=False, empty_value=None, help_text="One of the person's numbers; empty: all of them."
    )

    class Meta:
        model = Consent
        fields = "__all__"
        help_texts = {
            "expires_at": "Empty: until it is revoked. An earlier instant revokes it.",
            "proof": "Where the evidence is, or its text.",
        }

    def clean_number(self) -> str | None:
        """Accept a number, as E.164."""
        text = self.cleaned_data["number"]
        return PhoneField.parse(text, None).number if text else None

    def clean(self) -> dict[str, Any]:
        """Hold the number to the person."""
        given = super().clean() or {}
        number, contact = given.get("number"), given.get("contact")
        if number and contact and not ContactPhone.objects.filter(contact=contact, number=number).exists():
            raise ValidationError({"number": "The person does not have this number."})
        return given


@admin.register(Consent)
class ConsentAdmin(EditableAdmin):
    """Consents."""

    form = ConsentForm
    list_display = ("contact", "number", "purpose", "basis", "captured_at", "expires_at", "holds")
    list_select_related = ("contact",)
    list_filter = ("purpose", "basis")
    sortable_by = ()
    search_fields = ("number", "contact__external_id")
    autocomplete_fields = ("contact",)
    readonly_fields = _ROW
    fieldsets = (
        ("Whose", {"fields": ("contact", "number")}),
        ("What", {"fields": ("purpose", "basis", ("captured_at", "expires_at"), "proof")}),
        ("Row", {"classes": ("collapse",), "fields": _ROW}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let only the end and the proof be changed: what was agreed stays as it was."""
        fixed = ("contact", "number", "purpose", "basis", "captured_at")
        return (*fixed, *_ROW) if obj is not None else _ROW

    @display(description="in force", boolean=True)
    def holds(self, consent: Consent) -> bool:
        """Say whether it holds now."""
        now = clock.now()
        return consent.captured_at <= now and (consent.expires_at is None or consent.expires_at > now)
