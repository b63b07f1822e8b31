"""Content codings (RFC 9110 section 8.4), undone as the bytes come, a bounded piece at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

ACCEPTED: Final = "gzip, deflate"
"""What is known, as the value of `accept-encoding`: what the standard library can undo."""
PIECE: Final = 64 * 1024
"""Bytes that are decoded at once: a few can stand for millions, and who reads decides whether to go on."""
MOST_MEMBERS: Final = 1000
"""Members of a gzip body: each costs work, and need not hold a byte."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_WINDOW: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}


class CodingError(ValueError):
    """A body cannot be decoded. The text goes on where `the body` begins."""


def codings(value: str) -> list[str]:
    """Return the codings in a `content-encoding`, in the order in which they were applied."""
    return [name for part in value.split(",") if (name := part.strip().lower()) not in ("", "identity")]


def is_known(coding: str) -> bool:
    """Return whether `Inflater` undoes a coding."""
    return coding in _WINDOW


class Inflater:
    """Undoes gzip (RFC 1952) or deflate (RFC 1950, or RFC 1951 as many senders have it)."""

    __slots__ = ("_coding", "_inflater", "_members", "_start")

    def __init__(self, coding: str) -> None:
        """Make one for a coding that is known."""
        self._coding = coding
        self._inflater: zlib._Decompress | None = None
        self._members = 0
        self._start = b""  # the first byte of deflate, until the second one tells the format

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what further bytes stand for, in pieces; all of them are to be taken before the next call.

        Raises:
            CodingError: They are not in the coding.
        """
        data, self._start = self._start + data, b""
        while data and (self._inflater is not None or self._begin(data)):
            assert self._inflater is not None
            yield from self._pieces(self._inflater, data)
            data = self._inflater.unused_data
            if self._inflater.eof:
                self._inflater = None

    def finish(self) -> None:
        """Note the end of the body; an empty one is in any coding. Raises CodingError if the coding has not ended."""
        if self._inflater is not None or self._start:
            raise CodingError(f"ends before its content coding ({self._coding}) does")

    def _begin(self, data: bytes) -> bool:
        """Begin a member, of which deflate has one; return whether there are bytes enough to tell how."""
        window = _WINDOW[self._coding]
        if self._members == (MOST_MEMBERS if window == _GZIP else 1):
            raise CodingError(f"goes on behind the end of its content coding ({self._coding})")
        if window != _GZIP:
            if len(data) < 2:
                self._start = data
                return False
            # What RFC 9110 means has a header with this check sum; what many senders mean has none.
            if not (data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0):
                window = -zlib.MAX_WBITS
        self._members += 1
        self._inflater = zlib.decompressobj(window)
        return True

    def _pieces(self, inflater: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = inflater.decompress(data, PIECE)
            except zlib.error:
                raise CodingError(f"is not in its content coding ({self._coding})") from None
            if piece:
                yield piece
            data = inflater.unconsumed_tail
            # A full piece may have left more behind, although all bytes were taken.
            if inflater.eof or (not data and len(piece) < PIECE):
                return
