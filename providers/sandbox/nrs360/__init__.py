"""Own the stand-in of 360NRS, a package by idea: errors, shapes, state, orders, and one module a part of the API.

Never reads an adapter: it is written from the vendor's document and from public programs that use the API.
"""

from __future__ import annotations

from providers.sandbox.nrs360.sandbox import Nrs360Sandbox

__all__ = ["Nrs360Sandbox"]
