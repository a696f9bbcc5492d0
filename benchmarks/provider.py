"""Providers for measuring: one accepts everything in memory, one posts each call to a local server.

They are known to the registry only while the benchmarks run; never part of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from providers import registry
from providers.contract import CallOrder, HttpOptions, Receipt, RemoteCampaign
from providers.http import Client, Effect
from providers.simulator import Simulator


class Nothing(Simulator):
    """Accept every call and remember none."""

    slug = "bench_nothing"
    name = "Nothing"

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Accept at once."""
        return [Receipt(ref=call.ref, accepted=True, remote_id=f"r{call.ref}") for call in calls]


class Posting(Simulator):
    """Post every call to `base_url`, through the client that all adapters share."""

    slug = "bench_posting"
    name = "Posting"
    capabilities = replace(Simulator.capabilities, in_process=False)

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self._client = client_of(self.base_url, self.now, self.http_options)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Post each call."""
        return [
            Receipt(ref=call.ref, accepted=True, remote_id=post(self._client, call.ref, call.phone))
            for call in calls
        ]


def client_of(base_url: str, now: Any, options: HttpOptions) -> Client:
    """Make the client of one thread."""
    return Client(provider=Posting.slug, base_url=base_url, now=now, options=options)


def post(client: Client, ref: str, phone: str) -> str:
    """Post one call and return the id that the server gave it."""
    answer = client.request(
        "POST", "/calls", operation="push", effect=Effect.ONCE, json={"ref": ref, "phone": phone}, ref=ref
    )
    return str(answer["id"])


def announce() -> None:
    """Make both known to the registry of this process."""
    for cls in (Nothing, Posting):
        registry.BUILTIN[cls.slug] = f"{cls.__module__}:{cls.__name__}"
    registry.forget()
