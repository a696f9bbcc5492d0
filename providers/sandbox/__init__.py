"""Stand-ins for the vendors' HTTP APIs, written from their documents: try a provider without an account.

Owns the list of them; never imports an adapter, so that both may be wrong only about different things.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.sandbox.base import Sandbox

#: Imported on first use. A new one is one line here.
SANDBOXES: dict[str, str] = {
    "targg": "providers.sandbox.targg:TarggSandbox",
    "ujet": "providers.sandbox.ujet:UjetSandbox",
    "qvoice": "providers.sandbox.qvoice:QVoiceSandbox",
    "nrs360": "providers.sandbox.nrs360:Nrs360Sandbox",
    "diabolocom": "providers.sandbox.diabolocom:DiabolocomSandbox",
}


class UnknownSandbox(LookupError):
    """No sandbox has this name."""


def sandbox_class(slug: str) -> type[Sandbox]:
    """Give the sandbox of a provider, or raise `UnknownSandbox` with the way out."""
    if slug not in SANDBOXES:
        raise UnknownSandbox(f"There is no sandbox of {slug!r}; there are: {', '.join(sorted(SANDBOXES))}.")
    module, _, name = SANDBOXES[slug].partition(":")
    found: type[Sandbox] = getattr(import_module(module), name)
    return found
