"""Own the vendor's whole API as typed methods, grouped as its document is.

Never decides what an answer means for a call; the adapter does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from providers.contract import HttpOptions
from providers.http import Effect, httpx
from providers.nrs360.blacklist import VoiceBlacklist
from providers.nrs360.campaigns import Campaigns
from providers.nrs360.contacts import Contacts, Groups
from providers.nrs360.records import AccountRecord, account_of
from providers.nrs360.scheduled import Scheduled
from providers.nrs360.tools import Tools
from providers.nrs360.voice import Voice
from providers.nrs360.wire import Wire
from providers.secrets import Secret


class Nrs360Client:
    """Talk to one account of 360NRS."""

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
        self._wire = Wire(
            username=username,
            api_password=api_password,
            base_url=base_url,
            now=now,
            options=options,
            transport=transport,
        )
        self.voice = Voice(self._wire)
        self.campaigns = Campaigns(self._wire)
        self.scheduled = Scheduled(self._wire)
        self.contacts = Contacts(self._wire)
        self.groups = Groups(self._wire)
        self.blacklist = VoiceBlacklist(self._wire)
        self.tools = Tools(self._wire)

    def budget(self) -> AbstractContextManager[None]:
        """Let all requests inside share one deadline."""
        return self._wire.budget()

    def account(self) -> AccountRecord:
        """Read the account: its balance, currency, zone and language."""
        return self._wire.request(
            "GET", "/account", operation="account", effect=Effect.READ, decode=account_of
        )
