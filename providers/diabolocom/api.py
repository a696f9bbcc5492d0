"""Own what all of Diabolocom's endpoints have in common: the header, the documented refusals, linked pages.

Never knows a path; the typed clients beside it do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from providers.contract import Provider
from providers.effects import Answer, Effect
from providers.errors import CampaignBlocked, ProviderError, Refused, Unavailable
from providers.http import Client
from providers.requests import Verdict
from providers.secrets import Secret

T = TypeVar("T")

#: The documented codes; where in the body they stand is not documented (sheet: 1, Error body shape).
_CODE = re.compile(r"error\.[a-z][a-z.]*[a-z]")
NO_CAMPAIGN, NO_CONTACT = "error.campaign.not.exists", "error.contact.not.exists"


class NoSuchContact(Refused):
    """The campaign has no such contact."""


def code_of(answer: Answer) -> str:
    """Find the vendor's `error.…` code anywhere in a body; empty if there is none."""
    found = _CODE.search(answer.text)
    return found[0] if found else ""


def campaign_verdict(answer: Answer) -> ProviderError | None:
    """Read the refusals of a path whose only id is a campaign's: 404 means that it is gone."""
    if answer.status == 404:
        return CampaignBlocked("Diabolocom has no such campaign.", code=code_of(answer))
    return None


def contact_verdict(answer: Answer) -> ProviderError | None:
    """Read the refusals of a contact's path; a 404 without a code is the contact's (sheet: 1)."""
    code = code_of(answer)
    if answer.status == 404 and code == NO_CAMPAIGN:
        return CampaignBlocked("Diabolocom has no such campaign.", code=code)
    if answer.status == 404:
        return NoSuchContact("Diabolocom has no such contact.", code=code or NO_CONTACT)
    return None


def tolerant(answer: Answer) -> Any:
    """Decode a body that is not documented: none and plain words are nothing, half a JSON is unreadable."""
    return answer.json() if answer.body.lstrip()[:1] in (b"{", b"[") else {}


class Api:
    """The requests of one account from one thread."""

    def __init__(self, provider: Provider, base_url: str, private_token: Secret) -> None:
        self.http = Client(
            provider=provider.slug,
            base_url=base_url,
            now=provider.now,
            options=provider.http_options,
            transport=provider.transport,
            headers={"Private-Token": private_token},
        )
        self._slug = provider.slug

    def read(
        self,
        path: str,
        *,
        operation: str,
        decode: Callable[[Answer], T],
        verdict: Verdict | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> T:
        """Ask for something, by POST where the question has a body; nothing changes."""
        return self.http.request(
            "GET" if json is None else "POST",
            path,
            operation=operation,
            effect=Effect.READ,
            decode=decode,
            verdict=verdict,
            params=params,
            json=json,
        )

    def page(
        self,
        path: str,
        *,
        operation: str,
        name: str,
        read: Callable[[Mapping[str, Any]], T],
        verdict: Verdict | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> tuple[list[T], str | None]:
        """Read one page of a linked list: its items, and the path of the next page if there is one.

        Whether links are absolute is not documented: both are read, and another host is refused (sheet: 11).
        """

        def decode(answer: Answer) -> tuple[list[T], str | None]:
            data = answer.json()
            following = data.get("next")  # none on the last page: null, or left out
            path = self.http.path_of(str(following)) if following else None
            return [read(each) for each in data[name]], path

        return self.read(path, operation=operation, decode=decode, verdict=verdict, params=params, json=json)

    def pages(
        self,
        path: str,
        *,
        operation: str,
        name: str,
        read: Callable[[Mapping[str, Any]], T],
        verdict: Verdict | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Iterator[T]:
        """Follow a linked list to its end; one that leads back to a page that was read is `Unavailable`."""
        following: str | None = path
        met: set[str] = set()
        while following is not None:
            if following in met:
                raise Unavailable(
                    "A list leads back to its own start.", provider=self._slug, operation=operation
                )
            met.add(following)
            items, following = self.page(
                following,
                operation=operation,
                name=name,
                read=read,
                verdict=verdict,
                params=params,
                json=json,
            )
            yield from items
            params = None  # the link carries them (seed: Pagination)
