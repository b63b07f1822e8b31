"""Content codings of responses (RFC 9110 section 8.4), undone as the bytes come, a bounded piece at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

ACCEPTED: Final = "gzip, deflate"
"""The value of `accept-encoding`: what the standard library can undo."""
PIECE: Final = 64 * 1024
"""Bytes that are decoded at once: a few can stand for millions, and who reads decides whether to go on."""
MOST_CODINGS: Final = 3

_GZIP: Final = 16 + zlib.MAX_WBITS
_WINDOW: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}


class CodingError(ValueError):
    """A body is not in the coding that its head names, or in one that is not known."""


class Decoder(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what further bytes stand for, in pieces. Raises CodingError. Take them all before the next call."""

    def finish(self) -> None:
        """Note the end. Raises CodingError if the coding has not ended."""


def decoders(coding: str) -> list[Decoder]:
    """Return what undoes the value of a `content-encoding`, in the order of the work; nothing for none.

    Raises:
        CodingError: One of its codings is not known, or there are too many.
    """
    names = [name for part in coding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    unknown = next((name for name in names if name not in _WINDOW), None)
    if unknown is not None:
        raise CodingError(f"its body is in the content coding {unknown!r}, which was not asked for")
    if len(names) > MOST_CODINGS:
        raise CodingError(f"its body is in {len(names)} content codings")
    return [Inflater(name) for name in reversed(names)]


class Inflater:
    """Undoes gzip (RFC 1952, any number of members) or deflate (RFC 1950, or RFC 1951 as many senders have it)."""

    __slots__ = ("_inflater", "_name", "_start", "_started")

    def __init__(self, name: str) -> None:
        """Make one for `gzip`, `x-gzip` or `deflate`."""
        self._name = name
        self._inflater: zlib._Decompress | None = None
        self._start = b""  # the first byte of deflate, until the second tells the format
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what further bytes stand for."""
        data, self._start = self._start + data, b""
        while data:
            if self._inflater is None and (not self._begin(data)):
                return
            assert self._inflater is not None
            yield from self._pieces(data)
            data = self._inflater.unused_data
            if self._inflater.eof:
                self._inflater = None

    def finish(self) -> None:
        """Note the end of the body; an empty one is in any coding."""
        if self._inflater is not None or self._start:
            raise CodingError(f"its body ends before its content coding ({self._name}) does")

    def _begin(self, data: bytes) -> bool:
        window = _WINDOW[self._name]
        if window == zlib.MAX_WBITS:
            if self._started:
                raise CodingError(f"its body goes on behind the end of its content coding ({self._name})")
            if len(data) < 2:
                self._start = data
                return False
            # What RFC 9110 means has a header with this check sum; what many senders mean has none.
            if not (data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0):
                window = -zlib.MAX_WBITS
        self._started = True
        self._inflater = zlib.decompressobj(window)
        return True

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        assert self._inflater is not None
        while True:
            try:
                piece = self._inflater.decompress(data, PIECE)
            except zlib.error:
                raise CodingError(f"its body is not in its content coding ({self._name})") from None
            if piece:
                yield piece
            data = self._inflater.unconsumed_tail
            # A full piece may have left more behind, although all bytes were taken.
            if self._inflater.eof or (not data and len(piece) < PIECE):
                return


def decoded(chain: list[Decoder], data: bytes) -> Iterator[bytes]:
    """Yield what bytes stand for behind all of the decoders, in pieces."""
    if not chain:
        yield data
        return
    first, *rest = chain
    for piece in first.feed(data):
        yield from decoded(rest, piece)
