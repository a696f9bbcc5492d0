"""An invented vendor, Parlor, whose API has everything that the contract speaks of: the kit's own subject.

Halls are campaigns and bells are calls. Sessions expire, lists have pages of ten, times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from providers.configuration import option
from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Capabilities,
    Handle,
    HookRequest,
    NativeRetry,
    Observation,
    Provider,
    Receipt,
    Recording,
    RemoteCampaign,
    RemoteItem,
    Report,
    to_json,
)
from providers.errors import (
    AccountBlocked,
    CampaignBlocked,
    HookRejected,
    ProviderError,
    Unavailable,
    Unsupported,
)
from providers.http import Answer, Client, Effect, Unreadable, segment
from providers.requests import Headers
from providers.secrets import Secret, scrub
from providers.vocabulary import (
    CampaignSource,
    Catalogue,
    Progress,
    Remainder,
    Result,
    RetryScope,
    Schedule,
    Seeing,
    Steering,
    Unit,
    Why,
    Withdrawal,
)

WORDS: dict[str, tuple[Progress, Result | None]] = {
    "waiting": (Progress.QUEUED, None),
    "chiming": (Progress.RINGING, None),
    "talking": (Progress.CONNECTED, None),
    "spoke": (Progress.ENDED, Result.ANSWERED),
    "unheard": (Progress.ENDED, Result.NO_ANSWER),
    "engaged": (Progress.ENDED, Result.BUSY),
    "machine": (Progress.ENDED, Result.VOICEMAIL),
    "wrong": (Progress.ENDED, Result.INVALID_NUMBER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParlorCredentials:
    user: str = field(metadata=option(label="User"))
    password: Secret = field(metadata=option(label="Password"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParlorSettings:
    page: int = field(default=10, metadata=option(label="Page", minimum=1, maximum=10))


class Parlor(Provider):
    slug = "parlor"
    name = "Parlor"
    Credentials = ParlorCredentials
    Settings = ParlorSettings
    capabilities = Capabilities(
        campaigns=CampaignSource.CREATE,
        steer=frozenset(Steering),
        withdraw=True,
        withdraw_why=frozenset(Why) - {Why.EXPIRY},
        batch_size=3,
        schedule=Schedule.UTC,
        observe=Seeing.SNAPSHOT,
        observe_page=500,
        webhooks=True,
        native_retry=NativeRetry(
            scope=RetryScope.CALL, smallest=Unit.MINUTE, max_steps=3, remainder=Remainder.SHORTER
        ),
        results=frozenset(result for _, result in WORDS.values() if result),
        browse=frozenset({Catalogue.CAMPAIGNS}),
        recordings=True,
        sessions=True,
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.client = Client(
            provider=self.slug,
            base_url=self.base_url,
            now=self.now,
            options=self.http_options,
            transport=self.transport,
            login=self._login,
        )

    def _login(self, client: Client) -> Headers:
        def wrong(answer: Answer) -> ProviderError | None:
            return AccountBlocked("User or password is wrong.") if answer.status == 400 else None

        token = client.request(
            "POST",
            "/session",
            operation="login",
            effect=Effect.REPEATABLE,
            json={"user": self.credentials.user, "password": self.credentials.password.reveal()},
            decode=lambda answer: str(answer.json()["token"]),
            verdict=wrong,
            authorized=False,
        )
        return {"Authorization": Secret(f"Bearer {token}")}

    def check(self) -> Account:
        return self.client.request(
            "GET",
            "/purse",
            operation="check",
            effect=Effect.READ,
            decode=lambda answer: Account(ok=True, balance=Decimal(answer.json()["balance"]), currency="USD"),
        )

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        with self.client.budget():
            if spec.remote_id is not None:
                return self._hall(
                    "GET", f"/halls/{segment(spec.remote_id)}", Effect.READ, verdict=_no_such_hall
                )
            for item in self._pages("open_campaign", "/halls"):
                if item["note"] == spec.ref:
                    return RemoteCampaign(remote_id=item["id"], name=item["name"], state=item["state"])
            body = {"name": spec.name, "note": spec.ref}
            return self._hall("POST", "/halls", Effect.ONCE, json=body)

    def _hall(self, method: str, path: str, effect: Effect, **more: Any) -> RemoteCampaign:
        def read(answer: Answer) -> RemoteCampaign:
            hall = answer.json()
            return RemoteCampaign(remote_id=hall["id"], name=hall["name"], state=hall["state"], redials=False)

        return self.client.request(
            method, path, operation="open_campaign", effect=effect, decode=read, **more
        )

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("Parlor takes three orders a push.")

        def read(answer: Answer) -> list[Receipt]:
            by_note = {item["note"]: item for item in answer.json()["bells"]}
            return [_receipt(order.ref, by_note[order.ref]) for order in calls]

        return self.client.request(
            "POST",
            f"/halls/{segment(campaign.remote_id)}/bells",
            operation="push",
            effect=Effect.ONCE,
            json=[_bell(order) for order in calls],
            decode=read,
            verdict=_no_such_hall,
        )

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        wanted = {call.ref for call in calls}
        path = f"/halls/{segment(campaign.remote_id)}/bells"
        items = [item for item in self._pages("observe", path) if item["note"] in wanted]
        return Observation(reports=tuple(_report(item) for item in items), complete=True)

    def _pages(self, operation: str, path: str) -> Iterator[dict[str, Any]]:
        def read(answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
            data = answer.json()
            return [dict(item) for item in data["items"]], data["after"]

        after, known = "", set[str]()
        while True:
            items, following = self.client.request(
                "GET",
                path,
                operation=operation,
                effect=Effect.READ,
                params={"after": after, "count": self.settings.page},
                decode=read,
            )
            yield from items
            if not following:
                return
            self._refuse_circle(following, known, operation)
            known.add(following)
            after = following

    def _refuse_circle(self, following: str, known: set[str], operation: str) -> None:
        if following in known:
            raise _unreadable_list(operation)

    def steer(self, campaign: RemoteCampaign, to: Steering) -> None:
        self.client.request(
            "PUT",
            f"/halls/{segment(campaign.remote_id)}/state",
            operation="steer",
            effect=Effect.REPEATABLE,
            json={"state": to.value},
            verdict=_no_such_hall,
        )

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        if not self.capabilities.can_withdraw(why):
            raise Unsupported(f"Parlor takes nothing back because of {why}.", provider=self.slug)
        try:
            return self.client.request(
                "DELETE",
                f"/bells/by-note/{segment(call.ref)}/round/{call.ring_no}",
                operation="withdraw",
                effect=Effect.REPEATABLE,
                decode=lambda answer: Withdrawal(answer.json()["outcome"]),
                verdict=lambda answer: _Missing() if answer.status == 404 else None,
            )
        except _Missing:
            return Withdrawal.GONE

    def parse_webhook(self, request: HookRequest) -> list[Report]:
        try:
            item = Answer(200, {}, request.body).json()
            return [_report(item)]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise HookRejected(f"Not a notification of Parlor: {type(error).__name__}.") from None

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        for item in self._pages("browse", "/halls"):
            yield RemoteItem(id=item["id"], name=item["name"], state=item["state"])

    def recording(self, call: Handle) -> Recording:
        def read(answer: Answer) -> Recording:
            if answer.headers.get("content-type") != "audio/wav" or not answer.body.startswith(b"RIFF"):
                raise Unreadable("It is no recording.")
            return Recording(media_type="audio/wav", content=answer.body)

        path = f"/bells/by-note/{segment(call.ref)}/sound"
        return self.client.request("GET", path, operation="recording", effect=Effect.READ, decode=read)


class _Missing(ProviderError):
    """The vendor does not know it."""


def _no_such_hall(answer: Answer) -> ProviderError | None:
    return CampaignBlocked("The hall is gone.") if answer.status == 404 else None


def _unreadable_list(operation: str) -> ProviderError:
    return Unavailable("The list goes round in circles.", provider="parlor", operation=operation)


def _bell(order: CallOrder) -> dict[str, Any]:
    return {
        "note": order.ref,
        "number": order.phone.removeprefix("+"),
        "guest": order.name,
        "from": order.not_before.astimezone(UTC).isoformat() if order.not_before else None,
        "again": [to_json(step) for step in order.retry.steps] if order.retry else [],
    }


def _receipt(ref: str, item: dict[str, Any]) -> Receipt:
    if item["taken"] is True:
        return Receipt(ref=ref, accepted=True, remote_id=str(item["id"]))
    return Receipt(ref=ref, accepted=False, result=Result.INVALID_NUMBER, reason=str(item["why"]))


def _report(item: dict[str, Any]) -> Report:
    raw = str(item["word"])
    progress, result = WORDS.get(raw, (Progress.UNKNOWN, None))
    return Report(
        ref=str(item["note"]),
        remote_id=str(item["id"]),
        phone=f"+{item['number']}",
        progress=progress,
        result=result,
        raw_status=raw,
        at=datetime.fromisoformat(item["at"]),
        ring_no=item["round"],
        event_id=f"{item['id']}:{item['round']}:{raw}",
        detail=scrub(item),
    )
