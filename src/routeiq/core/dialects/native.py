"""What native streams of chat completions and completions have in common: the upstream's bytes, patched at most.

Terminal events are held until the final chunk hooks have had their say. Nothing else is.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import StreamChunk, Usage

from ..errors import error_document
from .dialect import AnswerIdentity
from .sse import StreamEvent, changed_frame, data_frame
from .usage import chat_usage

DONE: Final = b"data: [DONE]\n\n"
_KEPT: Final = ("id", "object", "created", "model", "system_fingerprint")

Chunks = tuple[StreamChunk, ...]


def is_empty(chunk: StreamChunk) -> bool:
    """Return whether a chunk has nothing to say to a client."""
    if chunk.kind == "tool_call":
        return chunk.tool_call is None
    return not chunk.text


def error_frames(status: int, message: str, code: str | None) -> bytes:
    """Return the error event of chat completions and completions, and the end of the stream."""
    return data_frame(error_document(status, message, code)) + DONE


class NativeEncoder(ABC):
    """Passes events on, changed where plugins changed their chunks."""

    kind: str  # of the events' `object`

    def __init__(self, identity: AnswerIdentity, include_usage: bool) -> None:
        self._identity = identity
        self._include_usage = include_usage
        self._last: Mapping[str, Any] | None = None
        self._held: list[tuple[StreamEvent, Chunks]] = []
        self._usage: Usage | None = None
        self._usage_told = False
        self._ended = False

    @abstractmethod
    def changed(self, data: dict[str, Any], old: Chunks, new: Chunks) -> dict[str, Any] | None:
        """Return an event's data with the new chunks written into it; None if nothing is left of it."""

    @abstractmethod
    def choice(self, chunk: StreamChunk) -> dict[str, Any]:
        """Return the choice that says what a chunk says."""

    def start(self) -> bytes:
        """Nothing precedes the first event."""
        return b""

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the event as the plugins leave it; nothing yet if it is terminal."""
        if event.terminal and not self._ended:
            self.passed(event)
            self._held.append((event, chunks))
            return b""
        if event.data is not None:
            self._last = event.data
        return event.frame if chunks is event.chunks else self._written(event, chunks)

    def passed(self, event: StreamEvent) -> None:
        """Learn of an event that went out as its own bytes."""
        if event.data is not None:
            self._last = event.data
        if any(chunk.usage is not None for chunk in event.chunks):
            self._usage_told = True

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return an event for a chunk that no event stands for; content that is still held comes before it."""
        if is_empty(chunk):
            return b""
        released = []
        for position, (event, chunks) in enumerate(self._held):
            if all(is_empty(held) for held in chunks) or event.data is None:
                continue
            leading = tuple(dataclasses.replace(held, finish_reason=None, usage=None) for held in chunks)
            self._held[position] = (event, tuple(_without_content(held) for held in chunks))
            released.append(self._written(event, leading))
        return b"".join([*released, self._new(chunk)])

    def usage(self, usage: Usage) -> None:
        """Say what `end` tells where the client asked for usage and the stream told none."""
        self._usage = usage

    def end(self) -> bytes:
        """Return the events that were held."""
        if self._ended:
            return b""
        self._ended = True
        frames = [
            event.frame if chunks is event.chunks else self._written(event, chunks) for event, chunks in self._held
        ]
        if self._usage is not None and self._include_usage and not self._usage_told:
            last = len(frames) - (1 if self._held and self._held[-1][0].done else 0)
            frames.insert(last, data_frame({**self._base(), "choices": [], "usage": chat_usage(self._usage)}))
        return b"".join(frames)

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event and the stream's end."""
        self._ended = True
        return error_frames(status, message, code)

    def _written(self, event: StreamEvent, chunks: Chunks) -> bytes:
        if event.data is None:
            return event.frame + b"".join(self._new(chunk) for chunk in chunks if not is_empty(chunk))
        data = self.changed(event.data, event.chunks, chunks)
        return b"" if data is None else changed_frame(event.frame, data)

    def _new(self, chunk: StreamChunk) -> bytes:
        return data_frame({**self._base(), "choices": [self.choice(chunk)]})

    def _base(self) -> dict[str, Any]:
        """Return what a new event has in common with those before it."""
        identity, last = self._identity, self._last or {}
        own = {"id": identity.id, "object": self.kind, "created": identity.created, "model": identity.model}
        return {**own, **{name: last[name] for name in _KEPT if name in last}}


def _without_content(chunk: StreamChunk) -> StreamChunk:
    if chunk.kind == "usage":
        return chunk
    return dataclasses.replace(chunk, kind="other", text="", tool_call=None)
