"""The simulator keeps the contract of all providers, with nothing to explain."""

from __future__ import annotations

from providers.simulator import Simulator
from providers.testing import ProviderContract


class TestSimulator(ProviderContract):
    provider_class = Simulator
