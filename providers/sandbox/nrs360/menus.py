"""Own the interactive part of a voice sending: the type of speech and the menu of keys.

Never more than a guess at the vendor's names: only the numbers of the error table (165-175) are documented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.sandbox.nrs360.errors import coded, invalid
from providers.sandbox.nrs360.shapes import is_a, is_phone, known

#: (key, what is said or done), in the order of the menu.
Menu = tuple[tuple[str, str], ...]
_OPTION = ("key", "type", "message", "options", "prefix", "phone")
_TYPES = ("message", "menu", "transfer")


def typed_speech(data: Mapping[str, Any]) -> str:
    """Read the type of speech: text or audio."""
    given = data.get("speechType")
    if given in (None, ""):
        raise coded(168)
    if given not in ("text", "audio"):
        raise coded(165)
    return str(given)


def menu_of(data: Mapping[str, Any]) -> Menu:
    """Read the menu; an interactive sending without one is none."""
    options = data.get("menu")
    if not is_a(options, list) or not options:
        raise coded(169)
    return tuple(_option(option) for option in options or ())


def _option(option: object) -> tuple[str, str]:
    if not isinstance(option, dict):
        raise invalid("menu must be an array of objects")
    known(option, _OPTION)
    key = _key(option.get("key"))
    if option.get("type") not in _TYPES:
        raise coded(166)
    if option["type"] == "menu":
        inner = option.get("options")
        if not is_a(inner, list) or not inner:
            raise coded(173)
        for each in inner or ():
            _option(each)
    if option["type"] == "transfer":
        if option.get("prefix") in (None, ""):
            raise coded(174)
        if not is_phone(f"{option['prefix']}{option.get('phone') or ''}"):
            raise coded(175)
    return key, str(option.get("message", ""))


def _key(key: object) -> str:
    """Read one of the keys 0 to 9, as a number or as text."""
    if key in (None, ""):
        raise coded(170)
    if not (is_a(key, int) or (isinstance(key, str) and re.fullmatch(r"-?[0-9]+", key))):
        raise coded(171)
    if not 0 <= int(str(key)) <= 9:
        raise coded(172)
    return str(int(str(key)))
