"""Server-sent events (WHATWG HTML, section 9.2): bytes into frames, frames into events, and changed events into frames.

A frame is the very bytes of one event, its blank line included: frames joined again are the stream. Where packets end
does not matter to what the frames are. Nothing here raises for what an upstream sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import StreamChunk

FRAME_LIMIT: Final = 8 * 1024 * 1024  # bytes that are held while waiting for a frame's end
_FRAGMENT: Final = 64 * 1024
_BOM: Final = b"\xef\xbb\xbf"
# Two line ends in a row. LF, CR LF and CR end a line. A CR that may be the first half of CR LF is decided by the next
# byte; after a bare CR it is not waited for, since a stream of bare CRs would lag by one event.
_BLANK_LINE = re.compile(rb"\r\r|(?:\r\n|\n)(?:\n|\r\n|\r(?=[^\n]))")
_NOTHING_READ = (StreamChunk(kind="other"),)


class Fragment(bytes):
    """A part of a frame that was too long to be held; it is passed on and never decoded."""


@dataclass(slots=True)
class StreamEvent:
    """One event of a stream.

    Attributes:
        frame: Its very bytes, blank line included.
        data: Its decoded data; None if that is no JSON object.
        chunks: What plugins see of it; empty for comments and `[DONE]`.
        terminal: Whether it must leave after the final chunk hooks: finish reason, usage, end.
        done: Whether nothing follows: `[DONE]`, or the final response.
        usage_only: Whether it is there for the usage alone.
        error: The error that it reports, or None.
        closes: Whether a passage of text or arguments is complete with it.
    """

    frame: bytes
    data: dict[str, Any] | None
    chunks: tuple[StreamChunk, ...]
    terminal: bool = False
    done: bool = False
    usage_only: bool = False
    error: Mapping[str, Any] | None = None
    closes: bool = False


class FrameSplitter:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_buffer", "_carriage_returns", "_in_fragment", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._carriage_returns = False
        self._in_fragment = False

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._buffer)

    def split(self, data: bytes) -> list[bytes]:
        """Return the frames that these bytes complete.

        A frame beyond `FRAME_LIMIT` comes in `Fragment`s instead of being held.
        """
        if not self._buffer and _is_one_frame(data):
            return [data]
        return self._split(data)

    def rest(self) -> list[bytes]:
        """Return what is left at the stream's end: a frame without its blank line, or nothing."""
        rest = Fragment(self._buffer) if self._in_fragment else bytes(self._buffer)
        self._buffer.clear()
        return [rest] if rest else []

    def _split(self, data: bytes | bytearray) -> list[bytes]:
        buffer = self._buffer
        self._carriage_returns = self._carriage_returns or b"\r" in data
        position = 0
        if buffer:
            position = max(self._scanned - 3, 0)
            buffer += data
            data = buffer
        frames: list[bytes] = []
        start = 0
        while True:
            if self._carriage_returns:
                match = _BLANK_LINE.search(data, position)
                end = match.end() if match is not None else -1
            else:
                end = data.find(b"\n\n", position)
                end = -1 if end < 0 else end + 2
            if end < 0:
                break
            frames.append(bytes(data[start:end]))
            start = position = end
        if data is buffer:
            del buffer[:start]
        else:
            buffer += data[start:]
        if self._in_fragment and frames:
            frames[0] = Fragment(frames[0])
            self._in_fragment = False
        self._relieve(frames)
        self._scanned = len(buffer)
        return frames

    def _relieve(self, frames: list[bytes]) -> None:
        buffer = self._buffer
        if len(buffer) > (_FRAGMENT if self._in_fragment else FRAME_LIMIT):
            self._in_fragment = True
            # What may be the first half of the blank line stays.
            frames.append(Fragment(buffer[:-3]))
            del buffer[:-3]


class StreamDecoder(FrameSplitter):
    """Reads the events of one stream; each dialect has its own, which says what an event's data means."""

    __slots__ = ()

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Return the events that these bytes complete."""
        if not self._buffer and _is_one_frame(data):
            return [self._decode(data)]
        return [self._decode(frame) for frame in self._split(data)]

    def close(self) -> list[StreamEvent]:
        """Return what is left at the stream's end as an event.

        A last event that lacks its blank line is given one: clients would ignore it otherwise.
        """
        return [self._decode(_completed(frame)) for frame in self.rest()]

    def _decode(self, frame: bytes) -> StreamEvent:
        if frame.startswith(b"data:") and type(frame) is bytes:
            start = 5
        else:
            start = frame.find(b"\ndata:") + 6
            if start == 5 or type(frame) is not bytes:
                return self._decode_slowly(frame)
        try:
            # What follows the JSON on common frames is white space.
            data = orjson.loads(frame[start:])
        except orjson.JSONDecodeError:
            return self._decode_slowly(frame)
        return self._interpret(frame, data) if type(data) is dict else self._decode_slowly(frame)

    def _decode_slowly(self, frame: bytes) -> StreamEvent:
        """Decode what is not just one line of data holding one JSON object."""
        if type(frame) is Fragment:
            return StreamEvent(frame, None, _NOTHING_READ)
        written = payload(frame)
        if written is None:
            return StreamEvent(frame, None, ())
        if written.strip() == b"[DONE]":
            return StreamEvent(frame, None, (), terminal=True, done=True)
        try:
            data = orjson.loads(written)
        except orjson.JSONDecodeError:
            data = None
        if type(data) is not dict:
            return StreamEvent(frame, None, _NOTHING_READ)
        return self._interpret(frame, data)

    def _interpret(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        """Return the event that this data is."""
        return StreamEvent(frame, data, (StreamChunk(kind="other", raw=data),))


def _is_one_frame(data: bytes) -> bool:
    """Return whether this is one whole frame of one or two lines; what is more complicated is for the splitter.

    Looking for single bytes takes a fraction of the time that looking for a blank line does.
    """
    first, last = data.find(b"\n"), len(data) - 2
    if first != last and (first > last - 2 or data.find(b"\n", first + 1) != last):
        return False
    return data.endswith(b"\n\n") and data.find(b"\r") < 0


def payload(frame: bytes) -> bytes | None:
    """Return the data of a frame, its lines joined; None if it has none."""
    lines = [line for line in frame.removeprefix(_BOM).splitlines() if _is_data(line)]
    if not lines:
        return None
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)


def _is_data(line: bytes) -> bool:
    return line.startswith(b"data:") or line == b"data"


def _completed(frame: bytes) -> bytes:
    if type(frame) is Fragment or payload(frame) is None:
        return frame
    return frame + (b"\n" if frame.endswith((b"\n", b"\r")) else b"\n\n")


def changed_frame(frame: bytes, data: Any) -> bytes:
    """Return a frame with other data; its further lines (`id`, comments) and its line ends stay.

    An `event` line that repeated the data's `type` still does.
    """
    if frame.startswith(b"data:") and frame.find(b"\n") == len(frame) - 2 and b"\r" not in frame:
        return b"data: " + dumps(data) + b"\n\n"
    bom = _BOM if frame.startswith(_BOM) else b""
    kept: list[bytes] = []
    written = False
    for line in frame[len(bom) :].splitlines(keepends=True):
        content = line.rstrip(b"\r\n")
        if content.startswith(b"event:") and type(data) is dict and type(data.get("type")) is str:
            kept.append(b"event: " + data["type"].encode() + line[len(content) :])
        elif not _is_data(content):
            kept.append(line)
        elif not written:
            kept.append(b"data: " + dumps(data) + line[len(content) :])
            written = True
    return bom + b"".join(kept)


def data_frame(data: Mapping[str, Any]) -> bytes:
    """Return a frame that has nothing but data."""
    return b"data: " + dumps(data) + b"\n\n"


def named_frame(data: Mapping[str, Any]) -> bytes:
    """Return a frame whose event is named as its data's `type`."""
    return b"event: " + str(data["type"]).encode() + b"\ndata: " + dumps(data) + b"\n\n"


def dumps(data: Any) -> bytes:
    """Return JSON; text that is no Unicode, such as half of a surrogate pair from a plugin, as its escapes."""
    try:
        return orjson.dumps(data)
    except TypeError:
        return json.dumps(data, separators=(",", ":"), default=str).encode()
