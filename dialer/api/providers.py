"""Own `/providers`: every installed adapter with what it can do and what it wants to know.

Never asks a provider anything: these are declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dialer.api.base import PAGE_PARAMETERS, ApiView
from dialer.api.fields import JsonObject
from dialer.api.pagination import page_of
from dialer.api.schema import PAGE
from providers import contract, registry


class ProviderOut(serializers.Serializer[Any]):
    """One installed adapter."""

    slug = serializers.CharField()
    name = serializers.CharField()
    capabilities = JsonObject(help_text="What it can do; `notes` tells, by field, what its vendor documents.")
    credentials_schema = JsonObject(help_text="JSON Schema of `credentials` of an account.")
    settings_schema = JsonObject(help_text="JSON Schema of `settings` of an account.")


class ProviderPage(serializers.Serializer[Any]):
    """A page of them."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ProviderOut(many=True)


class Providers(ApiView):
    """The installed adapters."""

    def known_parameters(self) -> Iterable[str]:
        """Take pages, as every list does."""
        return PAGE_PARAMETERS

    @extend_schema(operation_id="providers_list", responses=ProviderPage, parameters=list(PAGE))
    def get(self, request: Request) -> Response:
        """List every installed adapter, by slug."""
        page = page_of(request, registry.slugs())
        return Response({**page, "results": [described(slug) for slug in page["results"]]})


def described(slug: str) -> dict[str, Any]:
    """Describe one adapter."""
    cls = registry.provider_class(slug)
    return {
        "slug": slug,
        "name": cls.name,
        "capabilities": _capabilities(cls.capabilities),
        "credentials_schema": registry.schema(cls.Credentials),
        "settings_schema": registry.schema(cls.Settings),
    }


def _capabilities(declared: contract.Capabilities) -> dict[str, Any]:
    data = contract.to_json(declared)
    for item in fields(declared):
        value = getattr(declared, item.name)
        if isinstance(value, timedelta):  # durations are ISO 8601 everywhere in the API
            data[item.name] = f"PT{int(value.total_seconds())}S"
    return data
