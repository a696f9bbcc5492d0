"""Own the conformance kit: subclass `ProviderContract`, and it holds a provider to all the engine believes.

Never knows a provider by name; a test is missing only because a capability says so.
"""

from __future__ import annotations

import pytest

# Before the modules are imported: their asserts then explain themselves, as those of a test file do.
pytest.register_assert_rewrite(
    "providers.testing.base",
    "providers.testing.declarations",
    "providers.testing.accounts",
    "providers.testing.pushing",
    "providers.testing.observing",
    "providers.testing.faults",
    "providers.testing.withdrawing",
    "providers.testing.native",
    "providers.testing.hooks",
    "providers.testing.hygiene",
)

from providers.testing.accounts import AccountTests  # noqa: E402
from providers.testing.clock import VirtualClock  # noqa: E402
from providers.testing.declarations import DeclarationTests  # noqa: E402
from providers.testing.faults import FaultTests  # noqa: E402
from providers.testing.faulty import Fault, Faulty, Seen  # noqa: E402
from providers.testing.hooks import HookTests  # noqa: E402
from providers.testing.hygiene import HygieneTests  # noqa: E402
from providers.testing.native import NativeTests  # noqa: E402
from providers.testing.observing import ObservingTests  # noqa: E402
from providers.testing.pushing import PushingTests  # noqa: E402
from providers.testing.standin import LedgerStandIn, PlannedRing, StandIn  # noqa: E402
from providers.testing.withdrawing import WithdrawingTests  # noqa: E402

__all__ = [
    "Fault",
    "Faulty",
    "LedgerStandIn",
    "PlannedRing",
    "ProviderContract",
    "Seen",
    "StandIn",
    "VirtualClock",
]


class ProviderContract(
    DeclarationTests,
    AccountTests,
    PushingTests,
    ObservingTests,
    FaultTests,
    WithdrawingTests,
    NativeTests,
    HookTests,
    HygieneTests,
):
    """Everything that a provider must do; a subclass names the class and gives its stand-in."""
