"""Reads objects from NDJSON lines or from one JSON array, without ever holding more than one of them.

Owns where an object begins and ends in the file; never knows what its fields mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from dialer.intake.opening import MAX_ROW_BYTES, UnreadableFile
from dialer.intake.records import Fault, fault

Objects = tuple[dict[str, Any], list[Fault] | None, int]

#: What can change the depth: brackets, and strings as a whole, since they may hold brackets. A quote alone is a
#: string that goes on behind the bytes at hand.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)
_BETWEEN = re.compile(rb"[\s,]*")
_OPENING, _CLOSING = b"[{", b"]}"
_SCALAR_END = re.compile(rb"[,\]]")
_TOO_LARGE = f"a row of more than {MAX_ROW_BYTES // 1024} KiB"


def lines(pieces: Iterator[bytes], offset: int) -> Iterator[Objects]:
    """Give one object a line; a broken line is an error of that row alone."""
    rest, end = b"", offset
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            end += len(line) + 1
            if line.strip():
                yield _object(line, end)
        if len(rest) > MAX_ROW_BYTES:
            raise UnreadableFile(f"{_TOO_LARGE}; is this one JSON object a line?")
    if rest.strip():
        yield _object(rest, end + len(rest))


def array(pieces: Iterator[bytes], offset: int) -> Iterator[Objects]:
    """Give the elements behind the opening bracket; raises `UnreadableFile` where the array is not closed."""
    buffer, start, end = b"", 0, offset
    source = iter(pieces)
    while True:
        start = _BETWEEN.match(buffer, start).end()  # type: ignore[union-attr]
        if buffer[start : start + 1] == b"]":
            _refuse_more(buffer[start + 1 :], source)
            return
        stop = _element_end(buffer, start)
        if stop is not None:
            yield _object(buffer[start:stop], end + stop)
            start = stop
            continue
        if len(buffer) - start > MAX_ROW_BYTES:
            raise UnreadableFile(f"{_TOO_LARGE}; a bracket or a quote is opened and not closed")
        piece = next(source, None)
        if piece is None:
            raise UnreadableFile(
                "the JSON array is not closed: the file was cut off; its rows up to here were read"
            )
        end += start
        buffer, start = buffer[start:] + piece, 0


def _element_end(buffer: bytes, start: int) -> int | None:
    """Find the end of the element that begins at `start`; None if more bytes are needed."""
    first = buffer[start : start + 1]
    if not first:
        return None
    if first not in (b"{", b"[", b'"'):
        found = _SCALAR_END.search(buffer, start)
        return None if found is None else found.start()
    depth = 0
    for token in _TOKEN.finditer(buffer, start):
        mark = buffer[token.start()]
        if mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
        elif token.end() - token.start() == 1:
            return None
        if depth <= 0:
            return token.end()
    return None


def _refuse_more(rest: bytes, source: Iterator[bytes]) -> None:
    while not rest.strip():
        piece = next(source, None)
        if piece is None:
            return
        rest = piece
    raise UnreadableFile("there is more text behind the JSON array; its rows were read, what follows was not")


def _object(data: bytes, end: int) -> Objects:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        return {}, [_undecodable(data, str(error))], end
    except UnicodeDecodeError:
        return {}, [_undecodable(data, "not UTF-8")], end
    if type(value) is not dict:
        return {}, [fault("", "invalid_type", "a row must be an object")], end
    return value, None, end


def _undecodable(data: bytes, reason: str) -> Fault:
    try:
        data.decode()
    except UnicodeDecodeError:
        detail = "this row is not UTF-8 (often Windows-1252 or Latin-1); save the file as UTF-8"
        return fault("", "not_utf8", detail)
    return fault("", "invalid_json", f"this row is no JSON: {reason}")
