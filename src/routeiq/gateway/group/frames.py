"""Frames: JSON documents on a stream of bytes, each after its length in four bytes, big-endian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from .errors import BrokenFrame

MAX_FRAME: Final = 16 * 1024 * 1024
"""Bytes of JSON in one frame at most: what a worker must be ready to hold."""
_LENGTH: Final = 4


def encode(document: Any) -> bytes:
    """Return a document as a frame.

    Raises:
        TypeError: for what JSON does not know.
        BrokenFrame: for more than `MAX_FRAME` bytes.
    """
    body = orjson.dumps(document)
    if len(body) > MAX_FRAME:
        raise BrokenFrame(f"a message of {len(body)} bytes is longer than the {MAX_FRAME} that workers take")
    return len(body).to_bytes(_LENGTH, "big") + body


class FrameDecoder:
    """Takes bytes in pieces of any size, and gives the documents that they complete."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield the documents that are complete now, in order.

        Raises:
            BrokenFrame: for bytes that are none; there is no way to go on after them.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH:
            length = int.from_bytes(self._buffer[:_LENGTH], "big")
            if length > MAX_FRAME:
                raise BrokenFrame(f"a frame announces {length} bytes, of which workers take {MAX_FRAME}")
            if len(self._buffer) < _LENGTH + length:
                return
            body = bytes(self._buffer[_LENGTH : _LENGTH + length])
            del self._buffer[: _LENGTH + length]
            try:
                document = orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise BrokenFrame(f"a frame is no JSON: {error}") from error
            yield document
