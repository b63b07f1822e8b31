"""Streams of the Messages API: read and patched natively, or written for a stream of chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from .dialect import AnswerIdentity
from .messages_words import error_document, finish_reason_of, stop_reason
from .native import Chunks, is_empty
from .sse import StreamDecoder, StreamEvent, changed_frame, named_frame
from .usage import messages_usage, read_messages_usage

_TEXTS: Final = {"text": ("text_delta", "text"), "reasoning": ("thinking_delta", "thinking")}
_KINDS: Final = {"text_delta": "text", "thinking_delta": "reasoning"}


class MessagesDecoder(StreamDecoder):
    """Reads the events of a message."""

    __slots__ = ("_calls", "_usage")

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, int] = {}  # the tool calls' numbers by their blocks
        self._usage: dict[str, Any] = {}

    def _interpret(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        kind = data.get("type")
        if kind == "content_block_delta":
            return StreamEvent(frame, data, (self._delta(data),))
        if kind == "content_block_start":
            return StreamEvent(frame, data, (self._block(data),))
        if kind == "message_start":
            message = data.get("message")
            self._note_usage(message.get("usage") if isinstance(message, dict) else None)
        elif kind == "message_delta":
            return StreamEvent(frame, data, (self._last(data),), terminal=True)
        elif kind == "message_stop":
            return StreamEvent(frame, data, (), terminal=True, done=True)
        elif kind == "content_block_stop":
            return StreamEvent(frame, data, (StreamChunk("other", raw=data),), closes=True)
        elif kind == "ping":
            return StreamEvent(frame, data, ())
        elif kind == "error":
            error = data.get("error")
            details = error if isinstance(error, dict) else {"message": str(error)}
            return StreamEvent(frame, data, (StreamChunk("other", raw=data),), error=details)
        return StreamEvent(frame, data, (StreamChunk("other", raw=data),))

    def _delta(self, data: dict[str, Any]) -> StreamChunk:
        delta = data.get("delta")
        kind = delta.get("type") if isinstance(delta, dict) else None
        if isinstance(delta, dict) and kind == "input_json_delta":
            call = ToolCall(self._calls.get(_index(data), 0), None, None, str(delta.get("partial_json") or ""))
            return StreamChunk("tool_call", tool_call=call, raw=data)
        if isinstance(delta, dict) and kind in _KINDS:
            chunk_kind = _KINDS[kind]
            text = delta.get(_TEXTS[chunk_kind][1])
            return StreamChunk(chunk_kind, text if isinstance(text, str) else "", raw=data)  # type: ignore[arg-type]
        return StreamChunk("other", raw=data)

    def _block(self, data: dict[str, Any]) -> StreamChunk:
        block = data.get("content_block")
        kind = block.get("type") if isinstance(block, dict) else None
        if isinstance(block, dict) and kind == "tool_use":
            number = self._calls.setdefault(_index(data), len(self._calls))
            given = block.get("input")
            arguments = orjson.dumps(given).decode() if given else ""
            return StreamChunk(
                "tool_call", tool_call=ToolCall(number, block.get("id"), block.get("name"), arguments), raw=data
            )
        if isinstance(block, dict) and kind in ("text", "thinking"):
            text = block.get(kind)
            if isinstance(text, str) and text:
                return StreamChunk("text" if kind == "text" else "reasoning", text, raw=data)
        return StreamChunk("other", raw=data)

    def _last(self, data: dict[str, Any]) -> StreamChunk:
        self._note_usage(data.get("usage"))
        delta = data.get("delta")
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        usage = read_messages_usage(self._usage) if self._usage else None
        finish = None if reason is None else finish_reason_of(reason)
        return StreamChunk("usage" if usage else "other", finish_reason=finish, usage=usage, raw=data)

    def _note_usage(self, usage: object) -> None:
        if isinstance(usage, dict):
            self._usage |= {name: value for name, value in usage.items() if value is not None}


def _mapping(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return dict(value) if isinstance(value, dict) else {}


def _index(data: Mapping[str, Any]) -> int:
    index = data.get("index")
    return index if type(index) is int else 0


class NativeMessagesEncoder:
    """Passes the upstream's events on, changed where plugins changed their chunks."""

    def __init__(self, identity: AnswerIdentity) -> None:
        self._identity = identity
        self._blocks = 0  # how many there were: the next one's index
        self._held: list[tuple[StreamEvent, Chunks]] = []
        self._ended = False

    def start(self) -> bytes:
        """Nothing precedes the first event."""
        return b""

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the event as the plugins leave it; nothing yet if it is terminal."""
        self.passed(event)
        if event.terminal and not self._ended:
            self._held.append((event, chunks))
            return b""
        return event.frame if chunks is event.chunks else self._written(event, chunks)

    def passed(self, event: StreamEvent) -> None:
        """Learn of an event that went out as its own bytes."""
        if event.data is not None and event.data.get("type") == "content_block_start":
            self._blocks = max(self._blocks, _index(event.data) + 1)

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return a block of its own for a chunk that no event stands for."""
        if is_empty(chunk):
            return b""
        index, self._blocks = self._blocks, self._blocks + 1
        return b"".join([_opened(index, chunk, self._identity), _delta_frame(index, chunk), _closed(index)])

    def usage(self, usage: Usage) -> None:
        """The upstream tells it in any case."""

    def end(self) -> bytes:
        """Return the events that were held."""
        if self._ended:
            return b""
        self._ended = True
        return b"".join(
            event.frame if chunks is event.chunks else self._written(event, chunks) for event, chunks in self._held
        )

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event, which ends a stream of this API."""
        self._ended = True
        return named_frame(error_document(status, message))

    def _written(self, event: StreamEvent, chunks: Chunks) -> bytes:
        data = event.data
        if data is None or not event.chunks:
            return event.frame
        before, after = event.chunks[0], chunks[0]
        kind = data.get("type")
        if kind == "message_delta":
            return changed_frame(event.frame, _changed_end(data, before, after))
        if kind == "content_block_start":
            return _changed_start(event, data, before, after)
        if kind != "content_block_delta":
            return event.frame + self.extra(after)
        if before.kind == after.kind == "tool_call" and after.tool_call is not None:
            field, text = "partial_json", after.tool_call.arguments
        elif before.kind == after.kind and before.kind in _TEXTS:
            field, text = _TEXTS[before.kind][1], after.text
        else:
            return b"" if before.kind in (*_TEXTS, "tool_call") else event.frame
        return changed_frame(event.frame, {**data, "delta": {**_mapping(data, "delta"), field: text}}) if text else b""


def _changed_end(data: dict[str, Any], before: StreamChunk, after: StreamChunk) -> dict[str, Any]:
    changed = dict(data)
    if after.finish_reason != before.finish_reason:
        changed["delta"] = {**_mapping(data, "delta"), "stop_reason": stop_reason(after.finish_reason)}
    if after.usage != before.usage and after.usage is not None:
        changed["usage"] = {**_mapping(data, "usage"), **messages_usage(after.usage)}
    return changed


def _changed_start(event: StreamEvent, data: dict[str, Any], before: StreamChunk, after: StreamChunk) -> bytes:
    """Return the beginning of a block with what its chunk became; the block itself stays, since others count on it."""
    block = _mapping(data, "content_block")
    index = _index(data)
    if before.kind == "tool_call":
        call = after.tool_call
        rest = b""
        if call is not None and before.tool_call is not None:
            block |= {"id": call.id or block.get("id"), "name": call.name or block.get("name")}
            if call.arguments != before.tool_call.arguments:
                block["input"] = {}
                rest = _delta_frame(index, after) if call.arguments else b""
        return changed_frame(event.frame, {**data, "content_block": block}) + rest
    field = _TEXTS[before.kind][1] if before.kind in _TEXTS else None
    if field is None:
        return event.frame + (_delta_frame(index, after) if not is_empty(after) else b"")
    block[field] = after.text
    return changed_frame(event.frame, {**data, "content_block": block})


class TranslatedMessagesEncoder:
    """Writes a stream of chat completions as the events of a message. Blocks are opened and closed one by one."""

    def __init__(self, identity: AnswerIdentity) -> None:
        self._identity = identity
        self._index = -1
        self._open: tuple[str, int] | None = None  # the kind of the open block, and the tool call's number
        self._arguments: list[str] = []  # those of the open tool call
        self._waiting: dict[int, list[StreamChunk]] = {}  # calls that began before the open one was complete
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._ended = False

    def start(self) -> bytes:
        """Return `message_start`."""
        message: dict[str, Any] = {
            "id": self._identity.id,
            "type": "message",
            "role": "assistant",
            "model": self._identity.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": messages_usage(None),
        }
        return named_frame({"type": "message_start", "message": message})

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the events for the chunks of a chat event; comments pass."""
        if event.error is not None:
            return self.error(502, str(event.error.get("message") or "The upstream failed."), None)
        if not chunks:
            return b"" if event.done else event.frame
        out = []
        for chunk in chunks:
            if chunk.finish_reason is not None and chunk.index == 0:
                self._finish_reason = chunk.finish_reason
            if chunk.usage is not None:
                self._usage = chunk.usage
            if chunk.index == 0:
                out.append(self._chunk(chunk))
        return b"".join(out)

    def passed(self, event: StreamEvent) -> None:
        """Nothing passes by a translation."""

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return the events for a chunk that no event stands for."""
        return self._chunk(chunk)

    def usage(self, usage: Usage) -> None:
        """Say what `message_delta` tells where the stream told no usage."""
        if self._usage is None:
            self._usage = usage

    def end(self) -> bytes:
        """Return the end of the last block, the stop reason with the usage, and the message's end."""
        if self._ended:
            return b""
        self._ended = True
        out = [self._close()]
        for chunks in self._waiting.values():
            out += [*map(self._call, chunks), self._close()]
        delta = {"stop_reason": stop_reason(self._finish_reason), "stop_sequence": None}
        out.append(named_frame({"type": "message_delta", "delta": delta, "usage": messages_usage(self._usage)}))
        out.append(named_frame({"type": "message_stop"}))
        return b"".join(out)

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event, which ends a stream of this API."""
        if self._ended:
            return b""
        self._ended = True
        return named_frame(error_document(status, message))

    def _chunk(self, chunk: StreamChunk) -> bytes:
        if chunk.kind == "tool_call" and chunk.tool_call is not None:
            return self._tool_call(chunk, chunk.tool_call)
        kind = "text" if chunk.kind == "refusal" else chunk.kind
        if kind not in _TEXTS or not chunk.text:
            return b""
        shown = StreamChunk(kind, chunk.text)
        opened = b"" if self._open == (kind, -1) else self._close() + self._begin(kind, -1, shown)
        return opened + _delta_frame(self._index, shown)

    def _tool_call(self, chunk: StreamChunk, call: ToolCall) -> bytes:
        if self._open == ("tool_call", call.index) or self._open is None or self._open[0] != "tool_call":
            return self._call(chunk)
        # Another call begins. Blocks can't be reopened: the open one is closed only if nothing is missing in it.
        if call.index in self._waiting or not _is_json("".join(self._arguments)):
            self._waiting.setdefault(call.index, []).append(chunk)
            return b""
        return self._call(chunk)

    def _call(self, chunk: StreamChunk) -> bytes:
        call = chunk.tool_call
        assert call is not None
        opened = b""
        if self._open != ("tool_call", call.index):
            opened = self._close() + self._begin("tool_call", call.index, chunk)
            self._arguments = []
        self._arguments.append(call.arguments)
        return opened + (_delta_frame(self._index, chunk) if call.arguments else b"")

    def _begin(self, kind: str, number: int, chunk: StreamChunk) -> bytes:
        self._index += 1
        self._open = (kind, number)
        return _opened(self._index, chunk, self._identity)

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return _closed(self._index)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _opened(index: int, chunk: StreamChunk, identity: AnswerIdentity) -> bytes:
    """Return the beginning of a block that will say what a chunk says."""
    block: dict[str, Any]
    if chunk.kind == "tool_call" and chunk.tool_call is not None:
        call = chunk.tool_call
        identifier = call.id or f"toolu_{identity.id}_{call.index}"
        block = {"type": "tool_use", "id": identifier, "name": call.name or "", "input": {}}
    elif chunk.kind == "reasoning":
        block = {"type": "thinking", "thinking": "", "signature": ""}
    else:
        block = {"type": "text", "text": ""}
    return named_frame({"type": "content_block_start", "index": index, "content_block": block})


def _delta_frame(index: int, chunk: StreamChunk) -> bytes:
    if chunk.kind == "tool_call" and chunk.tool_call is not None:
        delta = {"type": "input_json_delta", "partial_json": chunk.tool_call.arguments}
    else:
        kind, field = _TEXTS.get(chunk.kind, _TEXTS["text"])
        delta = {"type": kind, field: chunk.text}
    return named_frame({"type": "content_block_delta", "index": index, "delta": delta})


def _closed(index: int) -> bytes:
    return named_frame({"type": "content_block_stop", "index": index})
