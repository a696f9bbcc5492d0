"""Own the doors for providers' notifications: who may knock, how much may come in, what is answered.

A plain view: it must be quick, and a vendor reads nothing of its answer but the status. Never reads a notification.
"""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from dialer import clock
from dialer.hooks.store import keep
from dialer.models import ProviderAccount


@csrf_exempt
def receive(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """Store a notification, then answer 200: one vendor takes nothing else for an answer.

    GET and HEAD answer 200 as well, for vendors that try an address before they use it.
    """
    account = _account(provider, token)
    if account is None:
        return HttpResponse(status=404)
    if request.method in ("GET", "HEAD"):
        return HttpResponse()
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    body = request.read(settings.DIALER_HOOK_BYTES + 1)
    if len(body) > settings.DIALER_HOOK_BYTES:
        return HttpResponse(status=413)
    keep(
        account,
        body=body,
        query=dict(request.GET.items()),
        content_type=request.headers.get("Content-Type", ""),
        now=clock.now(),
    )
    return HttpResponse()


def _account(provider: str, token: str) -> ProviderAccount | None:
    """Find the account by comparing every token of the provider's, each in the same time."""
    found = None
    for pk, known in ProviderAccount.objects.filter(provider=provider).values_list("pk", "webhook_token"):
        if hmac.compare_digest(known.encode(), token.encode()):
            found = pk
    return ProviderAccount.objects.get(pk=found) if found else None
