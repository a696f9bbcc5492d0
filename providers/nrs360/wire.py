"""Own how every request to the vendor is sent: base path, credentials, and what its refusals mean.

Never repeats a request and knows no endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from providers.contract import HttpOptions
from providers.errors import Unavailable
from providers.http import Answer, Client, Effect, basic_auth, httpx
from providers.nrs360.codes import verdict_of_request
from providers.nrs360.records import record, rows_of
from providers.requests import Verdict
from providers.secrets import Secret

T = TypeVar("T")

#: Document: every path is under it; the account's base_url is scheme and host only.
_ROOT = "/api/rest"
#: Document: filters of contacts, groups and the block list. The most that one page may hold.
LARGEST_PAGE = 1000


class Wire:
    """Send one account's requests from one thread."""

    def __init__(
        self,
        *,
        username: str,
        api_password: Secret,
        base_url: str,
        now: Callable[[], datetime],
        options: HttpOptions,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare, without connecting (document: Authentication; HTTP Basic with the API password)."""
        self._http = Client(
            provider="nrs360",
            base_url=base_url,
            now=now,
            options=options,
            transport=transport,
            headers={"Authorization": basic_auth(username, api_password)},
        )

    def budget(self) -> AbstractContextManager[None]:
        """Let all requests inside share one deadline."""
        return self._http.budget()

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        effect: Effect,
        decode: Callable[[Answer], T],
        verdict: Verdict = verdict_of_request,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        ref: str = "",
    ) -> T:
        """Send one request below the vendor's root; see `providers.http.Client.request`."""
        return self._http.request(
            method,
            _ROOT + path,
            operation=operation,
            effect=effect,
            decode=decode,
            verdict=verdict,
            params={name: value for name, value in (params or {}).items() if value is not None} or None,
            json=json,
            headers=headers,
            ref=ref,
        )

    def pages(
        self,
        path: str,
        *,
        operation: str,
        row: Callable[[Mapping[str, Any]], T],
        params: Mapping[str, Any] | None = None,
    ) -> Iterator[T]:
        """Give every row of a paged list; a page that is not the one asked for ends it with `Unavailable`."""
        number = 1
        while True:
            page = self.request(
                "GET",
                path,
                operation=operation,
                effect=Effect.READ,
                params={**(params or {}), "limit": LARGEST_PAGE, "page": number},
                decode=lambda answer: _page_of(answer, row),
            )
            if page.number != number:
                # Else it would be asked for ever, or half a list be taken for the whole.
                raise Unavailable(
                    "It answered with another page of the list.", provider="nrs360", operation=operation
                )
            yield from page.rows
            if number >= page.last:
                return
            number += 1


@dataclass(frozen=True, slots=True)
class _Page(Generic[T]):
    rows: list[T]
    number: int
    last: int


def _page_of(answer: Answer, row: Callable[[Mapping[str, Any]], T]) -> _Page[T]:
    """Read a page (document: `meta.pagination`)."""
    body = record(answer.json())
    paging = record(record(body["meta"])["pagination"])
    rows = [row(item) for item in rows_of(body["data"])]
    return _Page(rows, int(paging["current_page"]), int(paging["total_pages"]))


def filter_date(moment: datetime) -> str:
    """Write an instant for `beforeDate` and `afterDate`: ISO 8601 in UTC with its offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def send_date(moment: datetime) -> str:
    """Write an instant for `scheduleDate`: fourteen digits in UTC (document: scheduled messages)."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def digits_of(phone: str) -> str:
    """Write an E.164 number as the vendor wants it: digits with the country's prefix, no plus."""
    return phone.removeprefix("+")


def named(value: str | int, what: str) -> str:
    """Give an id for a path or a body; an empty one would name everything, or the list itself."""
    text = str(value).strip()
    if not text:
        raise ValueError(f"Name the {what}.")
    return text
