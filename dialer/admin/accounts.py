"""Own the pages of provider accounts: what people configure, how the account is doing, and "check now".

Never shows a credential and never writes health: that is the engine's.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from dialer import clock
from dialer.admin.account_form import CREDENTIALS, SETTINGS, account_form, field_name, names_of, schema_of
from dialer.admin.asking import button, list_action
from dialer.admin.badges import badge
from dialer.admin.base import EditableAdmin
from dialer.admin.links import to_list
from dialer.engine import accounts
from dialer.models import Campaign, ProviderAccount
from providers import registry

HEALTH_COLOURS = {"healthy": "success", "degraded": "warning", "open": "danger"}
_HEALTH = (
    "health_label",
    "health_since",
    "health_last_error",
    "failures_in_row",
    "probe_at",
    "bucket_factor",
)


def _check(request: HttpRequest, account: ProviderAccount) -> None:
    found = accounts.check(account_id=account.pk, now=clock.now())
    balance = f" Balance: {found.balance} {found.currency or ''}." if found.balance is not None else ""
    if found.ok:
        messages.info(
            request, f"{account}: the provider accepts the credentials. {found.detail}{balance}".strip()
        )
    else:
        messages.warning(request, f"{account}: the provider refuses. {found.detail}{balance}".strip())


@admin.register(ProviderAccount)
class ProviderAccountAdmin(EditableAdmin):
    """Provider accounts, their health and their check."""

    ordering = ("name",)
    list_display = (
        "name",
        "provider",
        "health_label",
        "health_since",
        "is_enabled",
        "max_requests_per_second",
        "max_concurrent_calls",
        "campaigns_link",
    )
    list_filter = ("provider", "health_state", "is_enabled")
    search_fields = ("id", "name", "provider", "base_url")
    readonly_fields = (*_HEALTH, "webhook_path", "campaigns_link", "version", "created_at", "updated_at")
    actions = ("check_selected",)
    actions_detail = ("check_now",)

    check_selected = list_action("check_selected", _check, description="Check now", done="checked")
    check_now = button(
        "check_now",
        _check,
        title="Check now",
        question="Asks the provider whether it accepts the stored credentials.",
        done="checked",
        icon="verified_user",
    )

    @display(description="health", ordering="health_state")
    def health_label(self, account: ProviderAccount) -> SafeString:
        """Show the health in its colour."""
        return badge(account.health_state, account.get_health_state_display(), HEALTH_COLOURS)

    @display(description="webhook address")
    def webhook_path(self, account: ProviderAccount) -> SafeString:
        """Show the address to give to the provider, below this server's public name."""
        return format_html("<code>/hooks/{}/{}</code>", account.provider, account.webhook_token)

    @display(description="campaigns")
    def campaigns_link(self, account: ProviderAccount) -> SafeString:
        """Link to the campaigns that dial over this account."""
        return to_list("campaigns", Campaign, provider_account__id__exact=account.pk)

    def _slugs(self, obj: ProviderAccount | None) -> list[str]:
        """List the providers whose fields the page needs: the account's own, or all to choose from."""
        if obj is None:
            return registry.slugs()
        return [obj.provider] if obj.provider in registry.slugs() else []

    @property
    def conditional_fields(self) -> dict[str, str]:
        """Show the fields of the chosen provider only; the change page has only its own."""
        return {
            field_name(slug, part, name): f"typeof provider === 'undefined' || provider === '{slug}'"
            for slug in registry.slugs()
            for part in (CREDENTIALS, SETTINGS)
            for name in schema_of(slug, part)["properties"]
        }

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Make the form for the account's provider, or for any on the add page."""
        kwargs["form"] = account_form(self._slugs(obj), choose=obj is None)
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the provider of an account that exists: its calls carry that provider's ids."""
        return (*self.readonly_fields, "provider") if obj is not None else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the provider's own fields between the account's and its limits."""
        slugs = self._slugs(obj)
        forget = ["forget_credentials"] if obj is not None and names_of(slugs, CREDENTIALS) else []
        parts: list[Any] = [(None, {"fields": ("name", "provider", "base_url", "is_enabled")})]
        for title, names in (
            ("Credentials", [*names_of(slugs, CREDENTIALS), *forget]),
            ("Settings", names_of(slugs, SETTINGS)),
        ):
            if names:
                note = {} if obj is not None else {"description": "As the chosen provider asks for them."}
                parts.append((title, {"fields": names} | note))
        limits = ("max_requests_per_second", "max_concurrent_calls")
        patience = ("visible_after_seconds", "give_up_after_seconds")
        parts.append(("Limits", {"fields": (*limits, *patience)}))
        if obj is not None:
            webhook = ("webhook_path",) if self._has_webhooks(obj) and self._may_change(request, obj) else ()
            parts.append(("Health", {"fields": (*_HEALTH, "campaigns_link", *webhook)}))
            parts.append(
                ("Row", {"classes": ("collapse",), "fields": ("version", "created_at", "updated_at")})
            )
        return parts

    def _has_webhooks(self, account: ProviderAccount) -> bool:
        return account.provider in registry.slugs() and bool(
            registry.provider_class(account.provider).capabilities.webhooks
        )

    def _may_change(self, request: HttpRequest, account: ProviderAccount) -> bool:
        # The address holds the account's token: who may not change the account has no use for it.
        return self.has_change_permission(request, account)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Take credentials and settings from the form's own check."""
        for name, value in form.new_values().items() if not change else ():
            setattr(obj, name, value)
        super().save_model(request, obj, form, change)

    def changed_columns(self, obj: Any, form: Any) -> dict[str, Any]:
        """Add credentials and settings where they differ from what is stored."""
        return super().changed_columns(obj, form) | form.new_values()
