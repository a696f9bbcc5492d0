"""Own `/provider-accounts`: configuration of accounts, their check, and what can be read through to a provider.

Never shows a credential; health is the engine's and read only here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import PAGE_PARAMETERS, Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.codes import Code
from dialer.api.fields import Finite, JsonObject, StrictModelSerializer, String, Whole, nested
from dialer.api.pagination import page_of
from dialer.api.problems import Problem
from dialer.api.schema import PAGE, paged
from dialer.engine import accounts, pacing
from dialer.models import ProviderAccount
from dialer.models.accounts import FASTEST
from providers import registry
from providers.vocabulary import Catalogue


class HealthOut(serializers.Serializer[Any]):
    """How the account is doing."""

    state = serializers.ChoiceField(["healthy", "degraded", "open"], source="health_state")
    since = serializers.DateTimeField(source="health_since")
    last_error = serializers.SerializerMethodField()

    def get_last_error(self, row: ProviderAccount) -> str | None:
        """Show the last error, if there is one."""
        return row.health_last_error or None


@extend_schema_field({"type": "number", "exclusiveMinimum": 0, "maximum": FASTEST})
class Rate(Finite):
    """Requests a second that a provider may be sent."""

    default_error_messages = {"out_of_range": f"This must be above 0 and at most {FASTEST:,}."}

    def to_internal_value(self, data: Any) -> float:
        """Hold it to what can be kept."""
        value = super().to_internal_value(data)
        if not 0 < value <= FASTEST:
            self.fail("out_of_range")
        return value


class AccountSerializer(StrictModelSerializer):
    """One configured account at one provider."""

    blamed = {"account_give_up_not_before_visible": "give_up_after_seconds"}

    base_url = String(
        max_length=300, required=False, allow_blank=True, allow_null=True, help_text="Scheme, host and port."
    )
    credentials = JsonObject(write_only=True, required=False, help_text="Replaced as a whole, never shown.")
    settings = JsonObject(required=False)
    max_requests_per_second = Rate(required=False, allow_null=True)
    max_concurrent_calls = Whole(allow_null=True)
    visible_after_seconds = Whole(min_value=0)
    give_up_after_seconds = Whole()
    health = HealthOut(source="*", read_only=True)
    webhook_url = serializers.SerializerMethodField(help_text="The address to give to the provider.")

    class Meta:
        model = ProviderAccount
        fields = (
            "id",
            "name",
            "provider",
            "base_url",
            "credentials",
            "settings",
            "max_requests_per_second",
            "max_concurrent_calls",
            "visible_after_seconds",
            "give_up_after_seconds",
            "is_enabled",
            "health",
            "webhook_url",
            "created_at",
            "updated_at",
            "version",
        )
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def get_webhook_url(self, row: ProviderAccount) -> str | None:
        """Build the address; null where the provider sends no notifications."""
        try:
            if not accounts.capabilities_of(row).webhooks:
                return None
        except registry.UnknownProvider:
            return None
        here = str(self.context["request"].build_absolute_uri("/")).rstrip("/")
        return accounts.hook_url(row, settings.DIALER_PUBLIC_URL or here)

    def validate_provider(self, slug: str) -> str:
        """Take installed providers only; an account that dials stays with its own."""
        try:
            registry.provider_class(slug)
        except registry.UnknownProvider as error:
            raise ValidationError(str(error), code="unknown_provider") from None
        if self.instance and slug != self.instance.provider and self.instance.campaigns.exists():
            raise Problem(
                Code.IN_USE, "Campaigns use this account: make another account for another provider."
            )
        return slug

    def validate_base_url(self, text: str | None) -> str:
        """Hold the address to scheme, host and port."""
        address = (text or "").rstrip("/")
        if not address:
            return ""
        faults = registry.check_base_url(address, allow_http=settings.DIALER_ALLOW_HTTP_BASE_URLS)
        if faults:
            raise ValidationError([ErrorDetail(fault.detail, fault.code) for fault in faults])
        return address

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let the adapter judge credentials and settings together."""
        row = self.instance
        slug = attrs.get("provider") or row.provider
        if row is None:
            attrs.setdefault("visible_after_seconds", accounts.default_visible_after(slug))
        given = {"credentials", "settings", "provider"} & set(attrs)
        if row is None or given:
            self._judge(slug, attrs)
        return super().validate(attrs)

    def _judge(self, slug: str, attrs: Mapping[str, Any]) -> None:
        row = self.instance
        keeps = row is not None and self.partial
        faults = registry.validate(
            slug,
            credentials=attrs.get("credentials", row.credentials if row else {}),
            settings=attrs.get("settings", row.settings if keeps else {}),
        )
        if faults:
            raise ValidationError(nested(faults))


class CheckOut(serializers.Serializer[Any]):
    """What the provider said to the credentials."""

    ok = serializers.BooleanField()
    detail = serializers.CharField(allow_blank=True)
    balance = serializers.DecimalField(12, 4, required=False)
    currency = serializers.CharField(required=False, allow_null=True)


class BalanceOut(serializers.Serializer[Any]):
    """What is left."""

    balance = serializers.DecimalField(12, 4)
    currency = serializers.CharField(allow_null=True)


class RemoteItemOut(serializers.Serializer[Any]):
    """One thing at the provider."""

    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    detail = JsonObject()


_BROWSED = ("remote_campaigns", "templates", "queues", "dispositions")
_READS = extend_schema(responses=paged(RemoteItemOut), parameters=list(PAGE), filters=False)


@extend_schema_view(**dict.fromkeys(_BROWSED, _READS))
class Accounts(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Provider accounts; writing them needs the scope `admin`."""

    queryset = ProviderAccount.objects.all()
    serializer_class = AccountSerializer
    write_scope = "admin"
    parameters = dict.fromkeys(_BROWSED, PAGE_PARAMETERS)

    @property
    def is_atomic(self) -> bool:  # type: ignore[override]
        """Hold no lock while a provider is asked."""
        return self.action != "check"

    @extend_schema(request=None, responses=CheckOut)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Try the credentials now; wrong ones are an answer, not an error."""
        self.no_body()
        found = accounts.check(account_id=pk, now=clock.now())
        answer: dict[str, Any] = {"ok": found.ok, "detail": found.detail}
        if found.balance is not None:
            answer |= {"balance": str(found.balance), "currency": found.currency}
        return Response(answer)

    @action(detail=True, url_path="remote-campaigns")
    def remote_campaigns(self, request: Request, pk: str) -> Response:
        """List the campaigns at the provider."""
        return self._browse(Catalogue.CAMPAIGNS)

    @action(detail=True)
    def templates(self, request: Request, pk: str) -> Response:
        """List the templates at the provider."""
        return self._browse(Catalogue.TEMPLATES)

    @action(detail=True)
    def queues(self, request: Request, pk: str) -> Response:
        """List the queues at the provider."""
        return self._browse(Catalogue.QUEUES)

    @action(detail=True)
    def dispositions(self, request: Request, pk: str) -> Response:
        """List the dispositions at the provider."""
        return self._browse(Catalogue.DISPOSITIONS)

    @extend_schema(responses=BalanceOut)
    @action(detail=True)
    def balance(self, request: Request, pk: str) -> Response:
        """Ask what is left of the credit."""
        account = self._account()
        with pacing.asking(account):
            found = accounts.provider_for(account).check()
        if found.balance is None:
            raise Problem(Code.UNSUPPORTED_CAPABILITY, "This provider tells no balance.")
        return Response({"balance": str(found.balance), "currency": found.currency})

    def _account(self) -> ProviderAccount:
        return get_object_or_404(ProviderAccount, pk=self.kwargs["pk"])

    def _browse(self, kind: Catalogue) -> Response:
        account = self._account()
        if kind not in accounts.capabilities_of(account).browse:
            raise Problem(Code.UNSUPPORTED_CAPABILITY, f"{account.provider} has no list of {kind.value}.")
        with pacing.asking(account):
            found = page_of(self.request, accounts.provider_for(account).browse(kind))
        results = [
            {"id": item.id, "name": item.name, "state": item.state, "detail": dict(item.detail)}
            for item in found["results"]
        ]
        return Response({**found, "results": results})
