"""Own the pages of API keys and of the answers kept for their writes.

Never shows a hash or a stored answer; the key itself is shown once, to whoever made it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dialer import clock
from dialer.admin.asking import button, list_action
from dialer.admin.badges import badge
from dialer.admin.base import EditableAdmin, ReadOnlyAdmin
from dialer.admin.search import DirectSearch, as_uuid
from dialer.engine.errors import Conflict
from dialer.keys import issue_api_key
from dialer.models import SCOPES, ApiKey, IdempotencyKey

KEY_COLOURS = {"in use": "success", "expired": "warning", "revoked": "danger"}


class ApiKeyForm(forms.ModelForm):
    """What people say of a key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at")
        help_texts = {"expires_at": "Empty: until it is revoked."}


def _revoke(request: HttpRequest, key: ApiKey) -> None:
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now()):
        raise Conflict("revoked", "this key was revoked before")


@admin.register(ApiKey)
class ApiKeyAdmin(EditableAdmin):
    """API keys."""

    form = ApiKeyForm
    ordering = ("name", "id")
    list_display = (
        "name",
        "prefix",
        "scopes_text",
        "state_label",
        "expires_at",
        "last_used_at",
        "created_at",
    )
    search_fields = ("id", "name", "prefix")
    readonly_fields = ("prefix", "state_label", "revoked_at", "last_used_at", "created_at")
    actions = ("revoke_selected",)
    actions_detail = ("revoke",)
    revoke_selected = list_action("revoke_selected", _revoke, description="Revoke", done="revoked")
    revoke = button(
        "revoke",
        _revoke,
        title="Revoke",
        question="Whoever uses this key is refused from now on. There is no way back.",
        done="revoked",
        icon="key_off",
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show how the key is doing where there is one."""
        return ("name", "scopes", "expires_at", *(self.readonly_fields if obj is not None else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a key that is over is revoked, so that its traces keep their name."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make a new key and show it this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        row, text = issue_api_key(
            name=obj.name, scopes=form.cleaned_data["scopes"], expires_at=obj.expires_at
        )
        obj.pk, obj.prefix, obj._state.adding = row.pk, row.prefix, False
        messages.warning(request, f"The key, shown this once: {text}")

    @display(description="scopes")
    def scopes_text(self, key: ApiKey) -> str:
        """Show the scopes in one line."""
        return ", ".join(key.scopes)

    @display(description="state")
    def state_label(self, key: ApiKey) -> SafeString:
        """Say whether the key opens anything now."""
        is_expired = key.expires_at is not None and key.expires_at <= clock.now()
        word = "revoked" if key.revoked_at is not None else "expired" if is_expired else "in use"
        return badge(word, word, KEY_COLOURS)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(DirectSearch, ReadOnlyAdmin):
    """Writes that were answered, to see whether one came twice; the answers stay unread."""

    list_display = ("created_at", "api_key", "method", "path", "status_code", "key", "lease_until")
    list_select_related = ("api_key",)
    list_filter = ("method", "status_code")
    sortable_by = ()
    search_help_text = "The idempotency key, or an id"
    fields = ("created_at", "api_key", "key", ("method", "path"), "status_code", "lease_until", "id")

    def matching(self, term: str) -> Q:
        """Find a write by the caller's key or by its id."""
        wanted = Q(key=term)
        return wanted | Q(pk=key) if (key := as_uuid(term)) else wanted
