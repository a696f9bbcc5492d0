"""Own `Idempotency-Key`: a write under a key happens once, and its answer is given again when it is asked again.

The key's row is committed first, with a lease; the write and the stored answer are one transaction, so after
a crash there is either both or neither. Never looks into a body beyond its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.codes import Code
from dialer.api.problems import Problem
from dialer.models import IdempotencyKey
from dialer.models.fields import cipher

#: How long a request may run before its key is taken for abandoned; web servers stop requests earlier.
LEASE = timedelta(seconds=60)
#: How long an answer is given again.
KEPT = timedelta(days=7)
LONGEST_KEY = 255
#: Answers that would be the same again. The others (401, 403, 404, 409, 412, 429, 5xx) may change by themselves.
STORED_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
#: Headers of an answer that belong to it; the others are made anew.
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
#: Marks a kept answer that is encrypted, because it shows a secret; no JSON begins so.
_SEALED = "sealed:"


@dataclass(frozen=True)
class Lease:
    """Our hold on a key: valid while the row still carries our instant."""

    row: UUID
    until: datetime


@dataclass(frozen=True)
class Ask:
    """What makes two requests the same."""

    key: str
    method: str
    path: str
    body_hash: str


def key_of(request: Request) -> str | None:
    """Read the header; None if there is none."""
    text = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if text is None:
        return None
    if not 1 <= len(text) <= LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise Problem(
            Code.INVALID_HEADER, f"Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters."
        )
    return text


def ask_of(request: Request, key: str, body: Callable[[], bytes]) -> Ask:
    """Describe a request; uploads are hashed by their parts, since the boundary differs each time."""
    digest = hashlib.sha256(request.META.get("QUERY_STRING", "").encode() + b"\0")
    if request.content_type.lower().startswith("multipart/"):
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, file in sorted(request.FILES.items()):
            digest.update(repr((name, file.name)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(body())
    return Ask(key, str(request.method), request.path.rstrip("/")[:500], digest.hexdigest())


def lease(api_key: Any, ask: Ask) -> Lease | HttpResponse:
    """Take the key, or give the stored answer; raises the problem when neither can be.

    Must run outside a transaction: the row is committed before the work begins.
    """
    now = clock.now()
    mine = IdempotencyKey(
        api_key=api_key,
        key=ask.key,
        method=ask.method,
        path=ask.path,
        body_hash=ask.body_hash,
        lease_until=now + LEASE,
        created_at=now,
    )
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
        return Lease(mine.pk, mine.lease_until)
    except IntegrityError:
        return _from_before(api_key, ask, now)


def _from_before(api_key: Any, ask: Ask, now: datetime) -> Lease | HttpResponse:
    row = IdempotencyKey.objects.filter(api_key=api_key, key=ask.key).first()
    if row is None:  # it was freed this moment
        raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, headers={"Retry-After": "1"})
    is_free = row.status_code is None and row.lease_until <= now
    if is_free or row.created_at <= now - KEPT:
        return _take_over(row, ask, now)
    if (row.method, row.path, row.body_hash) != (ask.method, ask.path, ask.body_hash):
        raise Problem(
            Code.IDEMPOTENCY_CONFLICT,
            "This key was used with another request; use a new key for a new request.",
        )
    if row.status_code is None:
        raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, headers={"Retry-After": "1"})
    return _replay(row)


def _take_over(row: IdempotencyKey, ask: Ask, now: datetime) -> Lease:
    until = now + LEASE
    # Compare-and-set on the lease: of two that find it free, one gets it.
    taken = IdempotencyKey.objects.filter(pk=row.pk, lease_until=row.lease_until).update(
        method=ask.method,
        path=ask.path,
        body_hash=ask.body_hash,
        lease_until=until,
        created_at=now,
        status_code=None,
        body="",
        headers={},
    )
    if not taken:
        raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, headers={"Retry-After": "1"})
    return Lease(row.pk, until)


def _replay(row: IdempotencyKey) -> HttpResponse:
    answer = HttpResponse(_opened(row.body), status=row.status_code)
    # An answer without a body has no content type either.
    del answer.headers["Content-Type"]
    for name, value in row.headers.items():
        answer.headers[name] = value
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _opened(body: str) -> str:
    if not body.startswith(_SEALED):
        return body
    try:
        return cipher().decrypt(body.removeprefix(_SEALED).encode()).decode()
    except InvalidToken:
        detail = "The answer was kept under an encryption key that is gone; read the resource instead."
        raise Problem(Code.CONFLICT, detail) from None


def is_stored(status: int) -> bool:
    """Say whether an answer is given again, rather than the request being tried again."""
    return 200 <= status < 300 or status in STORED_REFUSALS


def store(held: Lease, answer: Response, *, is_secret: bool = False) -> None:
    """Keep a rendered answer, in the transaction of the write; raises if the lease was lost meanwhile."""
    body = answer.content.decode()
    kept = IdempotencyKey.objects.filter(pk=held.row, lease_until=held.until, status_code=None).update(
        status_code=answer.status_code,
        body=_SEALED + cipher().encrypt(body.encode()).decode() if is_secret else body,
        headers={name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers},
    )
    if not kept:
        # Somebody took the expired key over and does the work: ours must not count as well.
        raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, headers={"Retry-After": "1"})


def free(held: Lease) -> None:
    """Give the key back: the request did nothing and may come again."""
    IdempotencyKey.objects.filter(Q(pk=held.row, lease_until=held.until, status_code=None)).delete()
