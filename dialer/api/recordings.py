"""Own `/attempts/{id}/recording`: the sound of a call, read through to the provider that made it.

Never keeps a recording, and sends nobody to an address that did not come from the provider over TLS.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from dialer.api.codes import Code
from dialer.api.problems import Problem
from dialer.engine import accounts, pacing
from dialer.engine.looking import handle
from dialer.models import Attempt
from providers import errors
from providers.contract import Recording

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_KIND = "application/octet-stream"


class Sound(BaseRenderer):
    """Lets a caller ask for audio; errors are JSON all the same."""

    media_type = "audio/*"
    format = "audio"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Write a problem, for the sound itself is no data of the framework's."""
        return JSONRenderer().render(data)


class RecordingAction:
    """`GET /attempts/{id}/recording`."""

    @extend_schema(
        responses={
            (200, "audio/*"): OpenApiResponse(OpenApiTypes.BINARY, description="The sound."),
            302: OpenApiResponse(description="Where it can be fetched, without a key of ours."),
        },
        filters=False,
    )
    @action(detail=True, renderer_classes=(JSONRenderer, Sound))
    def recording(self, request: Request, pk: str) -> HttpResponse:
        """Fetch the recording of one call; 404 where there is none, 422 where the provider gives none at all."""
        attempt = get_object_or_404(Attempt.objects.select_related("provider_account"), pk=pk)
        account = attempt.provider_account
        if not accounts.capabilities_of(account).recordings:
            raise Problem(Code.UNSUPPORTED_CAPABILITY, f"{account.provider} gives no recordings.")
        if not attempt.number or attempt.sending_at is None:
            raise Problem(Code.NOT_FOUND, "Nothing was recorded: the call was never sent, or was erased.")
        try:
            with pacing.asking(account):
                found = accounts.provider_for(account).recording(handle(attempt))
        except errors.Refused:
            raise Problem(Code.NOT_FOUND, "The provider has no recording of this call.") from None
        return _answer(found, str(attempt.pk))


def _answer(found: Recording, name: str) -> HttpResponse:
    if found.content is not None:
        kind = found.media_type if found.media_type.startswith("audio/") else ANY_KIND
        answer = HttpResponse(found.content, content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        answer = HttpResponse(status=status.HTTP_302_FOUND)
        answer["Location"] = _address(found.url or "")
        answer["Referrer-Policy"] = "no-referrer"
        del answer["Content-Type"]
    answer["Cache-Control"] = "no-store"
    return answer


def _address(url: str) -> str:
    """Take an address over TLS without a name and password in it; a sandbox on this machine may do without TLS."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not (is_safe and host) or parts.username or parts.password or not url.isprintable():
        raise Problem(Code.PROVIDER_REFUSED, "The provider names an address that cannot be passed on.")
    return url
