"""Own how every request to Targg is sent: bearer key, JSON, pages of 50, one deadline, paths of single objects.

Never knows an endpoint; `client.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from providers.contract import HttpOptions
from providers.http import Answer, Client, Effect, segment
from providers.requests import Verdict
from providers.secrets import Secret
from providers.targg.listing import every
from providers.targg.wire import PAGE, Page, acknowledged, missing, refusal

if TYPE_CHECKING:
    from providers.http import httpx

T = TypeVar("T")


class Sender:
    """One account's way to Targg, from one thread."""

    def __init__(
        self,
        *,
        api_key: Secret,
        base_url: str,
        now: Callable[[], datetime],
        options: HttpOptions,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare, without connecting. The bearer header is the sensible reading of "Authentication"."""
        self._options = options
        self._http = Client(
            provider="targg",
            base_url=base_url,
            now=now,
            options=options,
            transport=transport,
            headers={"Authorization": Secret(f"Bearer {api_key.reveal()}")},
        )

    @contextmanager
    def budget(self) -> Iterator[Callable[[], float]]:
        """Let all requests inside share one deadline; gives the share of it that is left, from 1 down to 0."""
        whole, started = self._options.deadline_seconds, self._options.clock()
        with self._http.budget():
            yield lambda: 1 - (self._options.clock() - started) / whole

    def _every(
        self,
        path: str,
        operation: str,
        decode: Callable[[Answer], Page],
        params: dict[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        return every(lambda page: self._page(path, operation, decode, page, params or {}))

    def _page(
        self,
        path: str,
        operation: str,
        decode: Callable[[Answer], Page],
        page: int,
        params: dict[str, str],
    ) -> Page:
        return self._read(path, operation, decode, {"page": str(page), "limit": str(PAGE), **params})

    def _read(
        self,
        path: str,
        operation: str,
        decode: Callable[[Answer], T],
        params: dict[str, str] | None = None,
    ) -> T:
        return self._http.request(
            "GET",
            path,
            operation=operation,
            effect=Effect.READ,
            decode=decode,
            params=params,
            verdict=missing,
        )

    def _write(
        self,
        method: str,
        path: str,
        operation: str,
        effect: Effect,
        *,
        decode: Callable[[Answer], dict[str, Any]] = acknowledged,
        body: dict[str, Any] | None = None,
        verdict: Verdict = refusal,
        ref: str = "",
    ) -> dict[str, Any]:
        return self._http.request(
            method,
            path,
            operation=operation,
            effect=effect,
            decode=decode,
            json=body,
            verdict=verdict,
            ref=ref,
        )


def path_of(kind: str, id_: str) -> str:
    """Give the path of one object; never that of all of them."""
    if not id_.strip(" ./"):
        raise ValueError(f"A {kind} is named by its id.")
    return f"/v1/{kind}/{segment(id_)}"


def days(since: date | None, until: date | None) -> dict[str, str]:
    given = {"ini_date": since, "end_date": until}
    return {name: day.isoformat() for name, day in given.items() if day is not None}
