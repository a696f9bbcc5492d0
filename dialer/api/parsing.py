"""Own reading bodies: JSON as RFC 8259 means it, files as they come; nothing that a database cannot hold.

Never knows what a body should contain.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser

from dialer.api.codes import Code
from dialer.api.problems import Problem, validation
from dialer.rules.faults import Fault, token

#: Our deepest object has six levels; attributes get room, and nothing below runs out of stack.
DEEPEST = 32
_TOO_DEEP = f"The JSON is nested deeper than {DEEPEST} levels."
_BAD_TEXT = "a NUL or half of a surrogate pair; neither can be stored."


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without NaN, infinities or endless depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read the whole body; whatever is wrong with it is one 400, never a crash."""
        charset = (parser_context or {}).get("encoding") or "utf-8"
        if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType(f"application/json; charset={charset}")
        data = read_json(read_body(parser_context["request"]._request))
        if not getattr(parser_context.get("view"), "judges_rows", False):
            if is_too_deep(data):
                raise Problem(Code.MALFORMED, _TOO_DEEP)
            faults = list(_bad_texts(data, ""))
            if faults:
                raise validation(faults)
        return data


class UploadParser(MultiPartParser):
    """Multipart with one file; a broken boundary is a 400."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read fields into memory and the file to disk."""
        try:
            return super().parse(stream, media_type, parser_context)
        except UnreadablePostError:
            raise Problem(Code.INVALID, "The upload broke off.") from None


def read_body(request: Any) -> bytes:
    """Read a body of at most 20 MB, looking at its announced length first."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Problem(Code.TOO_LARGE, "Bodies of up to 20 MB are read; send fewer rows at a time.")
    try:
        return request.body
    except UnreadablePostError:
        raise Problem(Code.INVALID, "The body broke off.") from None


def read_json(body: bytes) -> Any:
    """Decode JSON text."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise Problem(Code.MALFORMED, _TOO_DEEP) from None
    except UnicodeDecodeError:
        raise Problem(Code.MALFORMED, "The body is not UTF-8.") from None
    except ValueError as error:
        raise Problem(Code.MALFORMED, f"The body is not readable JSON: {error}") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def unstorable(data: Any) -> list[Fault]:
    """Name what in a value no database or answer can hold: NUL, half of a surrogate pair, endless depth."""
    if is_too_deep(data):
        return [Fault("", "too_deep", _TOO_DEEP)]
    return list(_bad_texts(data, ""))


def is_too_deep(data: Any) -> bool:
    """Say whether a value has more levels than anything of ours; walks by level, since depth is the danger."""
    level = [data]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return False
        level = below
    return True


def _bad_texts(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, str):
        if not _storable(value):
            yield Fault(pointer, "invalid_text", f"This holds {_BAD_TEXT}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if _storable(name):
                yield from _bad_texts(inner, f"{pointer}/{token(name)}")
            else:  # such a name can stand in no pointer
                yield Fault(pointer, "invalid_text", f"The name of a field in here holds {_BAD_TEXT}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _bad_texts(inner, f"{pointer}/{index}")


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    # isascii is a flag of the string, so the common case costs nothing.
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
