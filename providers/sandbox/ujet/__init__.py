"""UJET in miniature: contacts of existing dialer campaigns, as the vendor's campaign document has them.

Owns the name of the sandbox only; never reads the adapter, so that two readings of one document check each other.
"""

from __future__ import annotations

from providers.sandbox.ujet.api import UjetSandbox

__all__ = ["UjetSandbox"]
