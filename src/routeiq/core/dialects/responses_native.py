"""Native streams of the Responses API: the upstream's own bytes, and repair where plugins changed something.

Later events repeat what deltas told: the ends of parts and items, and the final response. They say what plugins made of
it. Sequence numbers stay unbroken: once an event was dropped or added, all that follow are renumbered. While nothing is
changed, every frame is its own bytes.

The ends of a part, held back together with those of its item until the next event, are where text of the final chunk
hooks can still be put before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import StreamChunk, Usage

from .dialect import AnswerIdentity
from .native import Chunks, is_empty
from .responses_edits import Edits
from .responses_events import DELTAS, DONES, FINAL, ITEM_ADDED, ITEM_DONE, PARTS_DONE, Key, key_of, number, text_field
from .responses_output import Event, OutputBuilder, ending, failed_events, response_object
from .sse import StreamEvent, changed_frame, named_frame
from .usage import responses_usage

_ENDS: Final = frozenset({*DONES, *PARTS_DONE, ITEM_DONE})
_TEXT_ENDS: Final = frozenset({"response.output_text.done", "response.content_part.done", ITEM_DONE})


class NativeResponsesEncoder:
    """Passes events of the Responses API on, changed where plugins changed what they tell."""

    def __init__(self, identity: AnswerIdentity) -> None:
        self._identity = identity
        self._edits = Edits()
        self._held: list[tuple[StreamEvent, Chunks]] = []  # the ends of parts and items
        self._terminal: list[tuple[StreamEvent, Chunks]] = []  # the final response, and what follows it
        self._shift = 0
        self._next = 0
        self._last_text: tuple[Key, str] | None = None  # the open part of text, and its item's id
        self._response: Mapping[str, Any] | None = None
        self._added: OutputBuilder | None = None
        self._usage: Usage | None = None
        self._next_index = 0
        self._pending = ""  # text that plugins gave events which have no place for it
        self._ended = False

    def start(self) -> bytes:
        """Nothing precedes the first event."""
        return b""

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the event as the plugins leave it; nothing yet for ends, which the next event brings along."""
        data = event.data
        if chunks is not event.chunks:
            self._collect(event.chunks, chunks)
        if self._ended:
            return event.frame
        if event.terminal or self._terminal:
            self._terminal.append((event, chunks))
            return b""
        if data is None:
            return self._released() + event.frame
        kind = data.get("type")
        if kind in _ENDS:
            self._held.append((event, chunks))
            return b""
        released = self._released() if self._held else b""
        self._track(kind, data)
        return released + self._written(event, data, chunks)

    def passed(self, event: StreamEvent) -> None:
        """Learn of an event that went out as its own bytes."""
        if event.data is not None:
            self._track(event.data.get("type"), event.data)
            self._next = number(event.data, "sequence_number") + 1

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return the events for a chunk that no event stands for.

        Text goes on where the last text ended, if that is the last item; else it is an item of its own.
        """
        pending, self._pending = self._pending, ""
        return self._extra(StreamChunk("text", pending)) + self._extra(chunk)

    def _extra(self, chunk: StreamChunk) -> bytes:
        if is_empty(chunk):
            return b""
        if chunk.kind == "text" and self._last_text is not None and not self._tells_text():
            return self._continued(*self._last_text, chunk.text)
        out = self._released()
        if self._added is None:
            self._added = OutputBuilder(self._identity, self._next_index)
        return out + self._told(self._added.add(chunk))

    def usage(self, usage: Usage) -> None:
        """Say what the final response tells where the upstream's told no usage."""
        self._usage = usage

    def end(self) -> bytes:
        """Return what was held back."""
        if self._ended:
            return b""
        out = self.extra(StreamChunk("other")) + self._released()
        if self._added is not None:
            out += self._told(self._added.close())
        self._ended = True
        return out + b"".join(self._written(event, event.data or {}, chunks) for event, chunks in self._terminal)

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event and a failed response."""
        self._ended = True
        response = self._response or response_object(self._identity, "failed", [], None)
        return self._told(list(failed_events(response, status, message, code)))

    def _collect(self, old: Chunks, new: Chunks) -> None:
        """Keep text for which the event has no place: it leaves with the next text, or at the end."""
        for before, after in zip(old, new, strict=False):
            if before.kind in ("other", "usage") and after.kind == "text":
                self._pending += after.text

    def _tells_text(self) -> bool:
        """Return whether a held event is the first to tell a text: nothing can be put before it."""
        return any(chunk.text for event, _ in (*self._held, *self._terminal) for chunk in event.chunks)

    def _track(self, kind: object, data: Mapping[str, Any]) -> None:
        """Learn where in the output the stream is."""
        if kind == "response.output_text.delta":
            self._last_text = ("content", number(data, "output_index"), number(data, "content_index")), _id(data)
        elif kind == ITEM_ADDED:
            self._last_text = None
            self._next_index = max(self._next_index, number(data, "output_index") + 1)
            self._edits.name_item(data)
        elif kind == "response.content_part.added" and text_field(data.get("part")) == ("text", "text"):
            self._last_text = ("content", number(data, "output_index"), number(data, "content_index")), _id(data)
        elif kind == "response.created" and isinstance(data.get("response"), dict):
            self._response = data["response"]

    def _released(self) -> bytes:
        """Return the held ends."""
        ends, self._held = self._held, []
        return b"".join([self._written(event, event.data or {}, chunks) for event, chunks in ends])

    def _written(self, event: StreamEvent, data: dict[str, Any], chunks: Chunks) -> bytes:
        """Return an event's frame, repaired and renumbered as far as that is needed."""
        if event.data is None:
            return event.frame
        changed = self._changed(event, data, chunks)
        if changed is None:
            self._shift -= 1
            return b""
        sequence_number = data.get("sequence_number")
        if type(sequence_number) is int:
            self._next = sequence_number + self._shift + 1
            if self._shift:
                changed = {**changed, "sequence_number": sequence_number + self._shift}
        return event.frame if changed is data else changed_frame(event.frame, changed)

    def _changed(self, event: StreamEvent, data: dict[str, Any], chunks: Chunks) -> dict[str, Any] | None:
        """Return an event's data as it is to be; None if nothing is left of it."""
        edits, kind, same = self._edits, data.get("type"), chunks is event.chunks
        delta = DELTAS.get(kind) if isinstance(kind, str) else None
        if delta is not None:
            chunk = chunks[0]
            if self._pending and delta.kind == "text":
                chunk, same = dataclasses.replace(chunk, text=self._pending + chunk.text), False
                self._pending = ""
            return edits.delta(data, key_of(data, delta), chunk, same=same)
        if kind == ITEM_ADDED:
            data = data if same else edits.call_added(data, chunks[0])
            edits.learn_call(data)
            return data
        if kind in _ENDS or event.terminal:
            edits.learn_whole(data, event.chunks, chunks)
            if kind in _TEXT_ENDS:
                self._last_text = None
        if kind in FINAL:
            return self._final(data, event.chunks[-1], chunks[-1])
        return edits.repaired(data) if edits.any else data

    def _final(self, data: dict[str, Any], before: StreamChunk, after: StreamChunk) -> dict[str, Any]:
        given = data.get("response")
        if not isinstance(given, dict):
            return data
        response = self._edits.repaired_response(given) if self._edits.any else given
        if self._added is not None:
            output = response.get("output")
            response = {**response, "output": [*(output if isinstance(output, list) else ()), *self._added.output()]}
        usage = after.usage if after.usage != before.usage else self._usage if after.usage is None else None
        if usage is not None:
            response = {**response, "usage": responses_usage(usage)}
        if after.finish_reason != before.finish_reason and data["type"] != "response.failed":
            status, details = ending(after.finish_reason)
            response = {**response, "status": status, "incomplete_details": details}
            return {**data, "type": f"response.{status}", "response": response}
        return data if response is given else {**data, "response": response}

    def _continued(self, key: Key, item_id: str, text: str) -> bytes:
        self._edits.add(key, text)
        _, output_index, content_index = key
        where = {"item_id": item_id, "output_index": output_index, "content_index": content_index}
        return self._told([{"type": "response.output_text.delta", **where, "delta": text, "logprobs": []}])

    def _told(self, events: list[Event]) -> bytes:
        """Return the frames of events that the upstream did not send."""
        frames = []
        for event in events:
            frames.append(named_frame({**event, "sequence_number": self._next}))
            self._next += 1
            self._shift += 1
        return b"".join(frames)


def _id(data: Mapping[str, Any]) -> str:
    item_id = data.get("item_id")
    return item_id if isinstance(item_id, str) else ""
