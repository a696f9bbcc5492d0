"""Reads one field of an incoming contact: its type, its limits, its text.

Owns what a single value may be; never looks at another field, another row or the database.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.zones import valid_zone

#: Widths of the columns that they go to.
EXTERNAL_ID_LENGTH, NAME_LENGTH, EMAIL_LENGTH, LANGUAGE_LENGTH = 200, 300, 320, 35
#: A phone field is read by a parser; what is longer than this is no phone.
PHONE_TEXT_LENGTH = 100
#: Attributes travel to the provider with every call: enough for a merged letter, too small for a document.
ATTRIBUTES_BYTES = 16_384
ATTRIBUTE_NAME_LENGTH = 100
#: Deeper than any record of a person, and far above where reading or writing JSON runs out of stack.
ATTRIBUTES_DEPTH = 16
TAGS_LIMIT, TAG_LENGTH = 50, 100

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
#: The shape of BCP 47; providers differ in what they know, so no list of languages is kept here.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")
_BEYOND_MICROSECONDS = re.compile(r"(\.\d{6})\d+")
#: Bytes that were no UTF-8 come out of the file readers as these code points.
_FOREIGN_BYTES = re.compile("[\udc80-\udcff]")
#: A zone that says "not known" is no zone.
_NO_ZONE = "Etc/Unknown"


class BadField(ValueError):
    """One value cannot be taken; `at` is the rest of the pointer below the field."""

    def __init__(self, code: str, detail: str, at: str = "") -> None:
        super().__init__(detail)
        self.code, self.detail, self.at = code, detail, at


def text(value: Any, length: int) -> str:
    """Read text that the database can hold."""
    if type(value) is not str:
        raise BadField("invalid_type", "this must be text")
    if len(value) > length:
        raise BadField("too_long", f"at most {length} characters are kept; these are {len(value)}")
    if "\0" in value:
        raise BadField("invalid_text", "this holds a NUL character, which cannot be stored; remove it")
    if not value.isascii():
        _refuse_lone_surrogates(value)
    return value


def _refuse_lone_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        if _FOREIGN_BYTES.search(value):
            raise BadField(
                "not_utf8", "this is not UTF-8 (often Windows-1252 or Latin-1); save the file as UTF-8"
            ) from None
        raise BadField(
            "invalid_text", "this holds half a character (a lone surrogate), which cannot be stored"
        ) from None


def external_id(value: Any) -> str:
    """Read the caller's own id of a person, exactly as it is written."""
    read = text(value, EXTERNAL_ID_LENGTH)
    if not read.strip():
        raise BadField("blank", "an external_id must not be empty; leave it out if there is none")
    return read


def name(value: Any) -> str:
    """Read a name."""
    return text(value, NAME_LENGTH).strip()


def email(value: Any) -> str | None:
    """Read an email address by its shape."""
    read = text(value, EMAIL_LENGTH).strip()
    if read and not _EMAIL.fullmatch(read):
        raise BadField("invalid_email", "this is not an email address")
    return read or None


def language(value: Any) -> str | None:
    """Read a language tag such as pt-br."""
    read = text(value, LANGUAGE_LENGTH).strip()
    if read and not _LANGUAGE.fullmatch(read):
        raise BadField("invalid_language", "this is not a language tag such as en or pt-br")
    return read or None


def timezone(value: Any) -> str | None:
    """Read the name of a time zone."""
    read = text(value, 64).strip()
    if not read or read == _NO_ZONE:
        return None
    if not valid_zone(read):
        raise BadField("invalid_timezone", "there is no such time zone; use a name such as America/Sao_Paulo")
    return read


def priority(value: Any) -> int:
    """Read a priority; lower is called first."""
    if type(value) is not int:
        raise BadField("invalid_type", "this must be a whole number")
    if not PRIORITY_MIN <= value <= PRIORITY_MAX:
        raise BadField(
            "out_of_range", f"a priority is {PRIORITY_MIN} to {PRIORITY_MAX}; lower is called first"
        )
    return value


def flag(value: Any) -> bool:
    """Read true or false."""
    if type(value) is not bool:
        raise BadField("invalid_type", "this must be true or false")
    return value


def instant(value: Any) -> datetime:
    """Read an RFC 3339 instant with its offset."""
    if type(value) is not str:
        raise BadField("invalid_type", "this must be text such as 2026-03-01T13:00:00Z")
    if not _INSTANT.fullmatch(value):
        raise BadField("invalid_instant", "this must be an instant with offset, such as 2026-03-01T13:00:00Z")
    try:
        read = datetime.fromisoformat(_BEYOND_MICROSECONDS.sub(r"\1", value.upper()))
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadField("invalid_instant", "there is no such instant") from None


def attributes(value: Any) -> dict[str, Any]:
    """Read an object; its values are any JSON, nested too, that fits the limits."""
    if type(value) is not dict:
        raise BadField("invalid_type", "this must be an object")
    for key, item in value.items():
        if type(key) is not str or not key or len(key) > ATTRIBUTE_NAME_LENGTH:
            raise BadField(
                "invalid_name", f"the name of an attribute is text of 1 to {ATTRIBUTE_NAME_LENGTH} characters"
            )
        text(key, ATTRIBUTE_NAME_LENGTH)
        _attribute(f"/{token(key)}", item, 1)
    if len(value) and len(msgspec.json.encode(value)) > ATTRIBUTES_BYTES:
        raise BadField("too_long", f"attributes may take {ATTRIBUTES_BYTES} bytes as JSON")
    return value


def _attribute(at: str, item: Any, depth: int) -> None:
    """Refuse what JSON or the database cannot hold, naming the place."""
    kind = type(item)
    if kind is str:
        _attribute_text(at, item)
    elif kind is float and not math.isfinite(item):
        raise BadField("invalid_number", "NaN and Infinity cannot be stored", at)
    elif kind is int and abs(item) >= 1 << 63:
        raise BadField("out_of_range", "a number this large must be given as text", at)
    elif kind in (dict, list) and depth >= ATTRIBUTES_DEPTH:
        raise BadField("too_deep", f"attributes may be nested {ATTRIBUTES_DEPTH} levels deep", at)
    elif kind is dict:
        for key, inner in item.items():
            _attribute_text(at, key)
            _attribute(f"{at}/{token(key)}", inner, depth + 1)
    elif kind is list:
        for position, inner in enumerate(item):
            _attribute(f"{at}/{position}", inner, depth + 1)
    elif item is not None and kind not in (int, float, bool):
        raise BadField("invalid_type", "an attribute is a JSON value", at)


def _attribute_text(at: str, item: str) -> None:
    try:
        text(item, ATTRIBUTES_BYTES)
    except BadField as fault:
        raise BadField(fault.code, fault.detail, at) from None


def tags(value: Any) -> list[str]:
    """Read a list of words; the same word twice is one."""
    if type(value) is not list:
        raise BadField("invalid_type", "this must be a list of texts")
    if len(value) > TAGS_LIMIT:
        raise BadField("too_many", f"at most {TAGS_LIMIT} tags are kept")
    read: dict[str, None] = {}
    for position, item in enumerate(value):
        try:
            word = text(item, TAG_LENGTH).strip()
        except BadField as fault:
            raise BadField(fault.code, fault.detail, f"/{position}") from None
        if not word:
            raise BadField("blank", "a tag must not be empty", f"/{position}")
        read[word] = None
    return list(read)


def token(key: str) -> str:
    """Escape one key for a JSON pointer; what cannot be stored is shown as ?."""
    shown = key.encode("utf-8", "replace").decode().replace("\0", "?")
    return shown.replace("~", "~0").replace("/", "~1")
