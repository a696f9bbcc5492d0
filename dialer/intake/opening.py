"""Opens the bytes of an uploaded file: stored chunks, plain, gzip or a workbook, from any offset on, within limits.

Owns bytes and their limits; never knows rows. Offsets count decompressed bytes; of a workbook, those of its CSV.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterator

from dialer.intake import workbook

#: A million rows are one to two hundred megabytes; ten times that is a mistake or an attack (a gzip bomb).
MAX_BYTES = 2 * 1024**3
#: One row with all its attributes is some kilobytes; this bounds what is held in memory at a time.
MAX_ROW_BYTES = 1024**2
#: Bytes read, stored and decompressed at a time.
CHUNK_BYTES = 1024**2

_GZIP = b"\x1f\x8b"
#: A workbook is read from its end: so much of it is held in memory, the rest in a file without a name.
_SPOOL_BYTES = 16 * 1024**2
#: zlib's way to say "expect a gzip header".
_GZIP_BITS = 31

ReadChunk = Callable[[int], bytes | None]


class UnreadableFile(Exception):
    """The file cannot be read (on); the message tells people why and what to do."""


class Opened:
    """The decompressed bytes of a file, in pieces; `taken` counts the stored bytes that were used so far."""

    def __init__(self, read_chunk: ReadChunk) -> None:
        self._read_chunk = read_chunk
        self._position = 0
        self.taken = 0
        first = read_chunk(0) or b""
        self.is_workbook = first.startswith(workbook.MAGIC)
        self.is_gzip = first.startswith(_GZIP)

    def pieces(self, offset: int = 0) -> Iterator[bytes]:
        """Give the bytes from an offset on; raises `UnreadableFile` behind the limit or for broken gzip."""
        total = offset
        for piece in self._from(offset):
            total += len(piece)
            if total > MAX_BYTES:
                raise UnreadableFile(f"the file has more than {MAX_BYTES // 1024**2} MiB; split it")
            yield piece

    def _from(self, offset: int) -> Iterator[bytes]:
        if not (self.is_gzip or self.is_workbook):
            self._position, skip = divmod(offset, CHUNK_BYTES)
            self.taken = self._position * CHUNK_BYTES
        else:
            self._position, skip, self.taken = 0, offset, 0
        for piece in self._unpacked():
            if skip >= len(piece):
                skip -= len(piece)
                continue
            yield piece[skip:] if skip else piece
            skip = 0

    def _unpacked(self) -> Iterator[bytes]:
        if self.is_workbook:
            return self._sheet()
        return self._inflated() if self.is_gzip else self._stored()

    def _sheet(self) -> Iterator[bytes]:
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as file:
            for chunk in self._stored():
                file.write(chunk)
            stored, self.taken = self.taken, 0
            try:
                for piece, share in workbook.pieces(file):
                    self.taken = int(stored * share)
                    yield piece
            except workbook.Unreadable as reason:
                raise UnreadableFile(str(reason)) from None

    def _stored(self) -> Iterator[bytes]:
        while (chunk := self._read_chunk(self._position)) is not None:
            self._position += 1
            self.taken += len(chunk)
            yield chunk

    def _inflated(self) -> Iterator[bytes]:
        """Decompress; several gzip members behind each other are one file."""
        inflate = zlib.decompressobj(_GZIP_BITS)
        try:
            for chunk in self._stored():
                data = chunk
                while data:
                    if inflate.eof:
                        inflate = zlib.decompressobj(_GZIP_BITS)
                    # Never more than one chunk at a time, however well it was compressed.
                    yield inflate.decompress(data, CHUNK_BYTES)
                    # Some programs fill the last block with zeros behind the end.
                    data = inflate.unused_data.lstrip(b"\0") if inflate.eof else inflate.unconsumed_tail
        except zlib.error as error:
            raise UnreadableFile(f"the gzip data is broken ({error}); compress the file again") from None
        if not inflate.eof:
            raise UnreadableFile("the gzip data ends too early; the upload was cut off")
