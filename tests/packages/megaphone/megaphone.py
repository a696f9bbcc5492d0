"""A provider in a package of its own: it shouts across the square, and everybody hears it at once.

Never imports the product: what it needs is in `providers`, and the product finds it by its entry point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from providers.configuration import option
from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Capabilities,
    Handle,
    Observation,
    Provider,
    Receipt,
    RemoteCampaign,
    Report,
)
from providers.errors import CampaignBlocked
from providers.vocabulary import CampaignSource, Correlate, Progress, Result, Seeing


@dataclass(frozen=True, slots=True, kw_only=True)
class NoKey:
    """Nobody needs a key to shout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lungs:
    """How long one shout lasts."""

    seconds: float = field(default=2.0, metadata=option(label="Seconds", minimum=0, maximum=60))


class Megaphone(Provider):
    """Shout, once a person."""

    slug = "megaphone"
    name = "Megaphone"
    Credentials = NoKey
    Settings = Lungs
    capabilities = Capabilities(
        campaigns=CampaignSource.CREATE,
        observe=Seeing.SNAPSHOT,
        observe_page=500,
        correlate=Correlate.REF,
        visible_after=timedelta(seconds=5),  # the ledger shows a shout at once
        results=frozenset({Result.ANSWERED, Result.INVALID_NUMBER}),
        in_process=True,
    )

    def check(self) -> Account:
        """Say that the lungs are there."""
        return Account(ok=True)

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Give each campaign of ours its own square."""
        remote_id = spec.remote_id or f"square-{spec.ref}"
        if not remote_id.startswith("square-"):
            raise CampaignBlocked(f"There is no square {remote_id!r}.", provider=self.slug)
        return RemoteCampaign(remote_id=remote_id, name=spec.name, redials=False)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Shout one name."""
        if len(calls) > 1:
            raise ValueError("One at a time.")
        (order,) = calls
        if order.phone.endswith("04"):
            return [
                Receipt(ref=order.ref, accepted=False, result=Result.INVALID_NUMBER, reason="Nobody there.")
            ]
        assert self.ledger is not None
        now = self.now()
        self.ledger.accept(order.ref, order.phone, now, now + timedelta(seconds=1), order.send_no)
        return [Receipt(ref=order.ref, accepted=True, remote_id=order.ref)]

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Tell who has heard."""
        return Observation(
            reports=tuple(report for call in calls for report in self._heard(call)), complete=True
        )

    def _heard(self, call: Handle) -> list[Report]:
        assert self.ledger is not None
        entry = self.ledger.entry(call.ref)
        if entry is None:
            return []
        over = entry.rings_at + timedelta(seconds=self.settings.seconds)
        if self.now() < entry.rings_at:
            progress, result = Progress.QUEUED, None
        elif self.now() < over:
            progress, result = Progress.RINGING, None
        else:
            progress, result = Progress.ENDED, Result.ANSWERED
        word = str(progress)
        at = entry.at if progress is Progress.QUEUED else entry.rings_at
        return [
            Report(
                ref=call.ref,
                progress=progress,
                result=result,
                raw_status=word,
                at=over if result else at,
                started_at=None if progress is Progress.QUEUED else entry.rings_at,
                ended_at=over if result else None,
                event_id=f"{call.ref}:{word}",
            )
        ]
