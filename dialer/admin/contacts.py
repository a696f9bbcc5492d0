"""Own the pages of people and their numbers.

Never enrols anybody: that is done by import or API, and shown here.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget

from dialer import clock
from dialer.admin.badges import STATE_COLOURS, badge
from dialer.admin.base import EditableAdmin, ReadOnlyAdmin, ReadOnlyInline
from dialer.admin.form_fields import TagsField, existing_zone, read_attributes
from dialer.admin.links import to_list, to_row
from dialer.admin.phone_forms import PhoneInline
from dialer.admin.search import FOUND_LIMIT, DirectSearch, as_uuid, find_people, find_phones
from dialer.engine import edits
from dialer.models import Attempt, CampaignContact, Contact, ContactPhone


class ContactForm(forms.ModelForm):
    """A person as people write one."""

    tags = TagsField()
    email = forms.EmailField(
        required=False, max_length=320, empty_value=None, widget=UnfoldAdminEmailInputWidget()
    )

    class Meta:
        model = Contact
        fields = "__all__"
        help_texts = {
            "external_id": "One external id is one person in the whole system.",
            "timezone": "Such as America/Sao_Paulo; empty: from the number.",
            "language": "Such as pt-br.",
            "attributes": "A JSON object of your own.",
        }

    def clean_timezone(self) -> str | None:
        """Accept a zone that exists."""
        return existing_zone(self.cleaned_data["timezone"])

    def clean_attributes(self) -> Any:
        """Accept an object."""
        return read_attributes(self.cleaned_data["attributes"])


class EnrolmentInline(ReadOnlyInline):
    """The campaigns that a person is enrolled in."""

    model = CampaignContact
    fields = ("enrolment", "state_label", "finish_reason", "attempt_count", "last_result", "next_attempt_at")
    readonly_fields = fields
    per_page = 20
    show_change_link = False
    verbose_name_plural = "campaigns"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CampaignContact]:
        """Fetch the campaigns with the rows."""
        return super().get_queryset(request).select_related("campaign")

    @display(description="campaign")
    def enrolment(self, row: CampaignContact) -> SafeString | str:
        """Link to the enrolment under the campaign's name."""
        return to_row(CampaignContact, row.pk, row.campaign.name)

    @display(description="state")
    def state_label(self, row: CampaignContact) -> SafeString:
        """Show the state in its colour."""
        return badge(row.state, row.get_state_display(), STATE_COLOURS)


@admin.register(Contact)
class ContactAdmin(DirectSearch, EditableAdmin):
    """People."""

    form = ContactForm
    list_display = ("name_or_id", "external_id", "main_phone", "email", "language", "timezone", "created_at")
    list_disable_select_all = True
    sortable_by = ()
    search_help_text = "Phone (whole, or some digits), external id, email, name, or our id"
    readonly_fields = ("rows_links", "version", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "external_id", "email", ("language", "timezone"), "tags", "attributes")}),
        (
            "Row",
            {"classes": ("collapse",), "fields": ("rows_links", "version", "created_at", "updated_at")},
        ),
    )
    inlines = (PhoneInline, EnrolmentInline)

    def matching(self, term: str) -> Q:
        """Find the people whom the term names."""
        return Q(pk__in=find_people(term))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Fetch the main numbers of a page at once."""
        main = ContactPhone.objects.filter(is_main=True)
        return super().get_queryset(request).prefetch_related(Prefetch("phones", main, to_attr="main_phones"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out of the add page what only a row that exists has."""
        return self.fieldsets if obj is not None else self.fieldsets[:1]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show enrolments of people who exist."""
        return self.inlines if obj is not None else self.inlines[:1]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse for people who were erased: nothing is written back to them."""
        is_erased = obj is not None and obj.erase_asked_at is not None
        return not is_erased and super().has_change_permission(request, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the numbers, and let calls that are held for this person be judged anew."""
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            edits.phones_changed(contact_id=form.instance.pk, now=clock.now())

    @display(description="name")
    def name_or_id(self, contact: Contact) -> str:
        """Show whatever names the person best."""
        return str(contact)

    @display(description="main phone")
    def main_phone(self, contact: Contact) -> str:
        """Show the number that is called first."""
        return next((phone.number for phone in contact.main_phones), "-")  # type: ignore[attr-defined]

    @display(description="rows")
    def rows_links(self, contact: Contact) -> SafeString:
        """Link to the calls of this person."""
        return to_list("attempts", Attempt, q=contact.pk)


@admin.register(ContactPhone)
class ContactPhoneAdmin(DirectSearch, ReadOnlyAdmin):
    """All numbers, to find whose one is; they are edited on their person."""

    list_display = ("number", "person", "type", "is_main", "do_not_disturb", "country", "uncallable_at")
    list_select_related = ("contact",)
    list_filter = ("type", "is_main", "do_not_disturb")
    sortable_by = ()
    search_help_text = "Number (whole, or some digits), or an id"

    def matching(self, term: str) -> Q:
        """Find the numbers that the term means, or those of a person."""
        if key := as_uuid(term):
            return Q(pk=key) | Q(contact_id=key)
        return Q(pk__in=list(find_phones(term).order_by().values_list("pk", flat=True)[:FOUND_LIMIT]))

    @display(description="contact")
    def person(self, phone: ContactPhone) -> SafeString | str:
        """Link to whose number it is."""
        return to_row(Contact, phone.contact_id, phone.contact)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a number go with its person, and only so."""
        match = request.resolver_match
        return bool(match and match.url_name and match.url_name.startswith("dialer_contact_")) and (
            request.user.has_perm("dialer.delete_contact")  # type: ignore[union-attr]
        )
