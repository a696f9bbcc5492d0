"""Words from outside, made fit for the database.

Owns what is taken out of them; never decides what they mean.
"""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """Take out of a provider's words what no database stores: NUL characters and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
