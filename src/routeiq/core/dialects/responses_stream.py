"""Streams of the Responses API: read, and written for a stream of chat completions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from .dialect import AnswerIdentity
from .responses_events import (
    DELTAS,
    DONES,
    FINAL,
    ITEM_ADDED,
    ITEM_DONE,
    Key,
    item_calls,
    key_of,
    number,
    read_call,
    unseen,
)
from .responses_output import Event, OutputBuilder, ending, failed_events, finish_reason_of, response_object
from .sse import StreamDecoder, StreamEvent, named_frame
from .usage import read_responses_usage

Chunks = tuple[StreamChunk, ...]


class ResponsesDecoder(StreamDecoder):
    """Reads events of the Responses API; knows which content was told already, since later events repeat it."""

    __slots__ = ("_calls", "_done", "_seen")

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[Key] = set()
        self._calls: dict[int, int] = {}
        self._done = False

    def _interpret(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        kind = data.get("type")
        if type(kind) is not str:
            return self._untyped(frame, data)
        delta = DELTAS.get(kind)
        if delta is not None:
            text = data.get("delta")
            key = key_of(data, delta)
            self._seen.add(key)
            text = text if type(text) is str else ""
            if delta.kind == "tool_call":
                call = ToolCall(self._call(key[1]), None, None, text)
                return StreamEvent(frame, data, (StreamChunk("tool_call", "", call, 0, None, None, data),))
            return StreamEvent(frame, data, (StreamChunk(delta.kind, text, None, 0, None, None, data),))  # type: ignore[arg-type]
        if kind in FINAL:
            return self._final(frame, data)
        if kind == "error":
            return StreamEvent(frame, data, _other(data), error=_error_of(data))
        chunks = self._whole(kind, data)
        return StreamEvent(frame, data, chunks or _other(data), closes=kind.endswith(".done"))

    def _decode_slowly(self, frame: bytes) -> StreamEvent:
        event = super()._decode_slowly(frame)
        if event.done and event.data is None:
            event.terminal = event.done = not self._done  # some servers send [DONE] as well
            self._done = True
        return event

    def _untyped(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        error = data.get("error")
        return StreamEvent(frame, data, _other(data), error=None if error is None else _error_of(data))

    def _call(self, output_index: int) -> int:
        """Return which of the tool calls the item is."""
        return self._calls.setdefault(output_index, len(self._calls))

    def _whole(self, kind: str, data: dict[str, Any]) -> Chunks:
        """Return the content of an event that may repeat, or be the first to tell, what an item holds."""
        done = DONES.get(kind)
        if done is not None:
            key, text = key_of(data, done), data.get(done.field)
            if key in self._seen or not isinstance(text, str) or not text:
                return ()
            self._seen.add(key)
            if done.kind == "tool_call":
                return (StreamChunk("tool_call", tool_call=ToolCall(self._call(key[1]), None, None, text), raw=data),)
            return (StreamChunk(done.kind, text, raw=data),)  # type: ignore[arg-type]
        item, index = data.get("item"), number(data, "output_index")
        if kind == ITEM_ADDED:
            field = item_calls(item)
            if field is None or not isinstance(item, dict):
                return ()
            call = read_call(item, self._call(index), field)
            if call.arguments:
                self._seen.add(("call", index, 0))
            return (StreamChunk("tool_call", tool_call=call, raw=data),)
        return self._unseen(index, item, data) if kind == ITEM_DONE else ()

    def _unseen(self, index: int, item: object, data: dict[str, Any]) -> Chunks:
        chunks = []
        for key, chunk in list(unseen(index, item, self._seen, self._calls)):
            if key[0] == "call":
                self._call(index)
            self._seen.add(key)
            chunks.append(dataclasses.replace(chunk, raw=data))
        return tuple(chunks)

    def _final(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        self._done = True
        given = data.get("response")
        response: Mapping[str, Any] = given if isinstance(given, dict) else {}
        chunks: Chunks = ()
        output = response.get("output")
        if not self._seen and not self._calls and isinstance(output, list):
            for index, item in enumerate(output):
                chunks += self._unseen(index, item, data)
        usage = read_responses_usage(response.get("usage"))
        last = StreamChunk(
            "other" if usage is None else "usage",
            finish_reason=finish_reason_of(response, has_calls=bool(self._calls)),
            usage=usage,
            raw=data,
        )
        error = _error_of(response) if data["type"] == "response.failed" else None
        return StreamEvent(frame, data, (*chunks, last), terminal=True, done=True, error=error)


def _other(data: dict[str, Any]) -> Chunks:
    return (StreamChunk("other", raw=data),)


def _error_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    error = data.get("error")
    return error if isinstance(error, dict) else {"message": data.get("message"), "code": data.get("code")}


class TranslatedResponsesEncoder:
    """Writes a stream of chat completions as events of the Responses API."""

    def __init__(self, identity: AnswerIdentity) -> None:
        self._identity = identity
        self._output = OutputBuilder(identity)
        self._number = 0
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._ended = False

    def start(self) -> bytes:
        """Return `response.created` and `response.in_progress`."""
        response = response_object(self._identity, "in_progress", [], None)
        return self._frames(
            [{"type": "response.created", "response": response}, {"type": "response.in_progress", "response": response}]
        )

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the events for the chunks of a chat event; comments pass."""
        if event.error is not None:
            message, code = event.error.get("message"), event.error.get("code")
            return self.error(502, str(message or "The upstream failed."), code if isinstance(code, str) else None)
        if not chunks:
            return b"" if event.done else event.frame
        events: list[Event] = []
        for chunk in chunks:
            self._learn(chunk)
            if chunk.index == 0:
                events += self._output.add(chunk)
        if event.data is not None:
            for annotation in _annotations(event.data):
                events += self._output.annotate(annotation)
        return self._frames(events)

    def passed(self, event: StreamEvent) -> None:
        """Nothing passes by a translation."""

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return the events for a chunk that no event stands for."""
        return self._frames(self._output.add(chunk))

    def usage(self, usage: Usage) -> None:
        """Say what the final response tells where the stream told no usage."""
        if self._usage is None:
            self._usage = usage

    def end(self) -> bytes:
        """Return the ends of all items, and the final response."""
        if self._ended:
            return b""
        self._ended = True
        status, details = ending(self._finish_reason)
        events = self._output.close(status)
        response = response_object(
            self._identity, status, self._output.output(), self._usage, incomplete_details=details
        )
        return self._frames([*events, {"type": f"response.{status}", "response": response}])

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event and a failed response."""
        if self._ended:
            return b""
        self._ended = True
        response = response_object(self._identity, "failed", self._output.output(), None)
        return self._frames(list(failed_events(response, status, message, code)))

    def _learn(self, chunk: StreamChunk) -> None:
        if chunk.finish_reason is not None and chunk.index == 0:
            self._finish_reason = chunk.finish_reason
        if chunk.usage is not None:
            self._usage = chunk.usage

    def _frames(self, events: list[Event]) -> bytes:
        if not events:
            return b""
        frames = []
        for event in events:
            frames.append(named_frame({**event, "sequence_number": self._number}))
            self._number += 1
        return b"".join(frames)


def read_annotations(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the annotations of a chat message in the form of the Responses API."""
    given = message.get("annotations")
    annotations = []
    for annotation in given if isinstance(given, list) else ():
        citation = annotation.get("url_citation") if isinstance(annotation, dict) else None
        if isinstance(citation, dict):
            annotations.append({"type": "url_citation", **citation})
    return annotations


def _annotations(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    return read_annotations(delta) if isinstance(delta, dict) else []
