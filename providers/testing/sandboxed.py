"""Own how the conformance kit uses a sandbox as its stand-in.

Never changes what the sandbox does; it only asks in the kit's words.
"""

from __future__ import annotations

from datetime import datetime

from providers.http import httpx
from providers.sandbox.base import Sandbox
from providers.sandbox.line import Stage
from providers.sandbox.transport import SandboxTransport
from providers.testing.standin import PlannedRing
from providers.values import HookRequest
from providers.vocabulary import Result


class SandboxStandIn:
    """A sandbox behind the five verbs; it must not be automatic."""

    def __init__(self, sandbox: Sandbox) -> None:
        assert not sandbox.line.is_automatic, "The kit dials by hand."
        self.sandbox = sandbox
        self._transport = SandboxTransport(sandbox)

    @property
    def transport(self) -> httpx.BaseTransport:
        """Give what answers requests."""
        return self._transport

    def campaigns(self) -> list[str]:
        """List the ids of the remote campaigns."""
        return self.sandbox.campaigns()

    def rings(self) -> list[PlannedRing]:
        """List every call that will ring or has rung."""
        return [
            PlannedRing(
                phone=call.phone,
                ref=call.ref,
                not_before=_asked(call.accepted_at, call.due_at),
                most=call.ring_no if call.is_over else 1 + len(call.waits),
                waits=call.waits,
            )
            for call in self.sandbox.calls()
            # A redial that was taken back has rung before.
            if call.stage is not Stage.WITHDRAWN or call.ring_no
        ]

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Ring a number."""
        self.sandbox.dial(phone, result)

    def hook(self, phone: str) -> HookRequest:
        """Make the notification about the latest state of a number's call."""
        return self.sandbox.hook(phone)


def _asked(accepted_at: datetime, due_at: datetime) -> datetime | None:
    return due_at if due_at > accepted_at else None
