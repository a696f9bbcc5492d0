"""What the package's own tests would be: the conformance kit."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from providers.testing import ProviderContract
from providers.vocabulary import Result

# Not by the search path: every other test of this process would find the package installed.
_SPEC = importlib.util.spec_from_file_location("megaphone", Path(__file__).with_name("megaphone.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
megaphone = sys.modules.setdefault("megaphone", importlib.util.module_from_spec(_SPEC))
if not hasattr(megaphone, "Megaphone"):
    _SPEC.loader.exec_module(megaphone)


class TestMegaphone(ProviderContract):
    """Everything that a provider must do."""

    provider_class = megaphone.Megaphone

    def phone_for(self, result: Result) -> str:
        """Everybody hears."""
        return self.phone(0)
