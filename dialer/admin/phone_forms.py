"""Own how the numbers of a person are written by hand: E.164, one main, none moved away under a live call.

Never decides which number is called next.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextInputWidget

from dialer.models import Attempt, ContactPhone
from dialer.rules.phones import InvalidPhone, parse_phone

_LIVE = "A call to this number is under way; it can be changed when the call is over."
#: What people type has spaces and brackets; the stored number has at most 16 characters.
LONGEST_WRITTEN = 40


class PhoneField(forms.CharField):
    """A phone number as people write it; `parse` makes it E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"max_length": LONGEST_WRITTEN, "widget": UnfoldAdminTextInputWidget(), **kwargs}
        super().__init__(**kwargs)

    @staticmethod
    def parse(text: str, country: str | None) -> Any:
        """Give the number with its country, or refuse it as a form error."""
        try:
            return parse_phone(text, country or None)
        except InvalidPhone as error:
            raise ValidationError(error.detail, code=error.code) from error


class PhoneForm(forms.ModelForm):
    """One number of a person."""

    number = PhoneField(help_text="+5511999990001, or as dialed in the country beside it.")

    class Meta:
        model = ContactPhone
        fields = ("number", "country", "type", "is_main", "do_not_disturb", "position")

    def _get_validation_exclusions(self) -> set[str]:
        # Whether one number is the main one is judged over all numbers, after this form.
        return super()._get_validation_exclusions() | {"is_main"}

    def clean(self) -> dict[str, Any]:
        """Make the number E.164, and name its country."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("number") and "number" in self.fields and not self.fields["number"].disabled:
            try:
                phone = PhoneField.parse(cleaned["number"], cleaned.get("country"))
            except ValidationError as error:
                self.add_error("number", error)
            else:
                cleaned["number"], cleaned["country"] = phone.number, phone.country[:2]
        return cleaned


class PhoneFormSet(PaginationInlineFormSet):
    """All numbers of one person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.instance.pk if not self.instance._state.adding else None
        live = Attempt.objects.filter(contact_id=person, is_live=True) if person else Attempt.objects.none()
        self.live = set(live.values_list("phone_id", flat=True))
        for form in self.initial_forms:
            if form.instance.pk in self.live:
                for name in ("number", "country"):
                    form.fields[name].disabled = True
                form.fields["number"].help_text = _LIVE

    def clean(self) -> None:
        """Ask for one main number, and refuse to delete one that is being called."""
        super().clean()
        if any(form.errors for form in self.forms):
            return
        staying = [form for form in self.forms if form.cleaned_data and not self._should_delete_form(form)]
        for form in self.deleted_forms:
            if form.instance.pk in self.live:
                raise ValidationError(f"{form.instance.number}: {_LIVE}", code="live_call")
        mains = sum(bool(form.cleaned_data.get("is_main")) for form in staying)
        if not staying:
            raise ValidationError("A person needs a phone number.", code="phone_missing")
        if mains != 1:
            raise ValidationError(
                f"Mark one number as the main one; marked are {mains}.", code="phone_one_main"
            )

    def save_existing_objects(self, commit: bool = True) -> Any:
        """Take the mark from the old main number first: two at a time are refused by the database."""
        if commit and not self.instance._state.adding:
            keep = [form.instance.pk for form in self.initial_forms if form.cleaned_data.get("is_main")]
            ContactPhone.objects.filter(contact=self.instance, is_main=True).exclude(pk__in=keep).update(
                is_main=False
            )
        return super().save_existing_objects(commit)

    def save_existing(self, form: Any, obj: ContactPhone, commit: bool = True) -> ContactPhone:
        """Write the columns that the form changed; what the engine learned of the number stays."""
        if commit:
            form.instance.save(update_fields=[*form.changed_data, "country"])
        return obj


class PhoneInline(TabularInline):
    """The numbers of a person."""

    model = ContactPhone
    form = PhoneForm
    formset = PhoneFormSet
    fields = ("number", "country", "type", "is_main", "do_not_disturb", "uncallable_at", "position")
    readonly_fields = ("uncallable_at",)
    ordering = ("position",)
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    extra = 0
    verbose_name_plural = "phones"
