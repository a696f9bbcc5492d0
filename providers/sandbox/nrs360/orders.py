"""Own what a voice sending may say: fields, formats and the number of the table for each thing that is wrong.

Never sends. The sending is not in the vendor's document: path and core come from public programs, all other
fields are reconstructed from the error table, and so is what is checked of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from providers.sandbox.nrs360.errors import coded, invalid
from providers.sandbox.nrs360.menus import Menu, menu_of, typed_speech
from providers.sandbox.nrs360.shapes import compact, is_a, is_phone, is_url, known
from providers.sandbox.nrs360.windows import Window, windows_of

_ANY = frozenset(
    {
        "to",
        "contactsExternalIds",
        "language",
        "gender",
        "caller",
        "campaignName",
        "notificationUrl",
        "callRetries",
        "costLimit",
        "scheduleDate",
        "expirationDate",
        "availableTimes",
        "message",
        "audioUrl",
    }
)
_INTERACTIVE = frozenset({"speechType", "menu", "speechRetries", "speechTimeoutSeconds"})
#: The vendor's list of languages was not found; these are seen or asked for.
LANGUAGES = ("en_GB", "en_US", "es_CO", "es_ES", "es_MX", "fr_FR", "it_IT", "de_DE", "pt_BR", "pt_PT")
#: Code 105 says that there is a limit, not which: a low one, so that long texts are noticed.
LONGEST_TEXT = 1000
_AUDIO = (".mp3", ".wav")
#: Numbers of the first code (language) of the channel; gender, caller, audio URL and format follow it.
VOICE_CODES, INTERACTIVE_CODES = 130, 160
#: (integer, range, blank) of the table, and the highest value.
#: Call retries: the table knows them, nothing tells wait, trigger or default. Any retry is refused here, so
#: that nobody leaves redialing to the vendor by mistake; 0 says "ring once" and is taken.
_NUMBERS = {
    "callRetries": (176, 177, 190, 0),
    "costLimit": (178, 178, 191, 10**9),  # taken and ignored: its unit is not known
    "speechRetries": (179, 180, 192, 5),
    "speechTimeoutSeconds": (181, 182, 193, 60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOrder:
    """One request to send, read and found good, but for its recipients."""

    to: list[str] | None
    external_ids: list[str] | None
    message: str
    campaign_name: str | None
    notification_url: str | None
    due_at: datetime | None
    expires_at: datetime | None
    windows: tuple[Window, ...]
    menu: Menu


def order_of(data: dict[str, Any], *, now: datetime, codes: int) -> VoiceOrder:
    """Read a sending of one channel, or refuse it."""
    is_interactive = codes == INTERACTIVE_CODES
    known(data, _ANY | _INTERACTIVE if is_interactive else _ANY)
    to, external_ids = _recipients(data)
    _checked_numbers(data)
    speaks = typed_speech(data) if is_interactive else None
    message = _said(data, codes, wants=speaks)
    menu = menu_of(data) if is_interactive else ()
    if "caller" in data and not is_phone(data["caller"]):
        raise coded(codes + 2)
    name = data.get("campaignName")
    if "campaignName" in data and not (isinstance(name, str) and name.strip()):
        raise coded(126)
    if "notificationUrl" in data and not is_url(data["notificationUrl"]):
        raise coded(109)
    return VoiceOrder(
        to=to,
        external_ids=external_ids,
        message=message,
        campaign_name=name,
        notification_url=data.get("notificationUrl"),
        due_at=_future(data, "scheduleDate", now, unreadable=121, past=108),
        expires_at=_future(data, "expirationDate", now, unreadable=119, past=119),
        windows=windows_of(data),
        menu=menu,
    )


def _recipients(data: Mapping[str, Any]) -> tuple[list[str] | None, list[str] | None]:
    """Read `to`, or the contacts' external ids in its place."""
    for name in ("to", "contactsExternalIds"):
        given = data.get(name, [])
        if not is_a(given, list) or not all(is_a(each, str) for each in given):
            raise invalid(f"{name} must be an array of strings")
    if "to" in data and "contactsExternalIds" in data:
        raise invalid("either to or contactsExternalIds")  # the document is silent: refused, not guessed
    if not data.get("to") and not data.get("contactsExternalIds"):
        raise coded(195 if "contactsExternalIds" in data else 102)
    return data.get("to"), data.get("contactsExternalIds")


def _said(data: Mapping[str, Any], codes: int, wants: str | None) -> str:
    """Read what is spoken: a text with its voice, or an audio file; `wants` = what the speech type names."""
    if "audioUrl" in data and wants != "text":
        return _audio(data["audioUrl"], codes)
    message = data.get("message", "")
    if not is_a(message, str):
        raise invalid("message must be a string")
    if wants == "audio":
        raise coded(codes + 3)
    if not message.strip():
        raise coded(104)
    if len(message) > LONGEST_TEXT:
        raise coded(105)
    if data.get("language") not in LANGUAGES:
        raise coded(codes)  # a default is not documented: none is assumed
    if data.get("gender") not in ("F", "M"):
        raise coded(codes + 1)
    return str(message)


def _audio(url: object, codes: int) -> str:
    if not is_url(url):
        raise coded(codes + 3)
    if not re.search(rf"({'|'.join(map(re.escape, _AUDIO))})$", str(url).partition("?")[0].lower()):
        raise coded(codes + 4)
    return str(url)


def _checked_numbers(data: Mapping[str, Any]) -> None:
    for name, (no_integer, no_range, blank, most) in _NUMBERS.items():
        if name not in data:
            continue
        if data[name] in (None, "", []):
            raise coded(blank)
        if not is_a(data[name], int):
            raise coded(no_integer)
        if not 0 <= data[name] <= most:
            raise coded(no_range)


def _future(
    data: Mapping[str, Any], name: str, now: datetime, *, unreadable: int, past: int
) -> datetime | None:
    if name not in data:
        return None
    at = compact(data[name])
    if at is None:
        raise coded(unreadable)
    if at <= now:
        raise coded(past)
    return at
