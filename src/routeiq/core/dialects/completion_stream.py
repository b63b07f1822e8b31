"""Streams of text completions: read and patched natively, or written for a stream of chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeiq_plugin_sdk import StreamChunk, Usage

from .dialect import AnswerIdentity
from .native import DONE, Chunks, NativeEncoder, error_frames
from .sse import StreamDecoder, StreamEvent, data_frame
from .usage import changed_chat_usage, chat_usage, read_chat_usage


class CompletionDecoder(StreamDecoder):
    """Reads text completion events: each choice is one chunk, usage another."""

    __slots__ = ()

    def _interpret(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        chunks = [_chunk(choice, data) for choice in choices_of(data)]
        usage = read_chat_usage(data.get("usage"))
        if usage is not None:
            chunks.append(StreamChunk("usage", usage=usage, raw=data))
        if not chunks:
            chunks.append(StreamChunk("other", raw=data))
        error = data.get("error")
        if error is not None:
            details = error if isinstance(error, dict) else {"message": str(error)}
            return StreamEvent(frame, data, tuple(chunks), error=details)
        usage_only = usage is not None and len(chunks) == 1
        terminal = usage_only or any(chunk.finish_reason is not None for chunk in chunks)
        return StreamEvent(frame, data, tuple(chunks), terminal=terminal, usage_only=usage_only)


def choices_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the choices that make sense."""
    choices = data.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def _chunk(choice: dict[str, Any], data: dict[str, Any]) -> StreamChunk:
    text, index, finish_reason = choice.get("text"), choice.get("index"), choice.get("finish_reason")
    return StreamChunk(
        "text" if text and isinstance(text, str) else "other",
        text if isinstance(text, str) else "",
        None,
        index if type(index) is int else 0,
        finish_reason if isinstance(finish_reason, str) else None,
        None,
        data,
    )


class NativeCompletionEncoder(NativeEncoder):
    """Passes text completion events on, changed where plugins changed their chunks."""

    kind = "text_completion"

    def changed(self, data: dict[str, Any], old: Chunks, new: Chunks) -> dict[str, Any] | None:
        """Return the event's data with the new chunks written into it; None if nothing is left of it."""
        result = dict(data)
        choices = [dict(choice) for choice in choices_of(data)]
        for position, (before, after) in enumerate(zip(old, new, strict=False)):
            if after is before:
                continue
            if position < len(choices):
                _write(choices[position], before, after)
            elif after.usage != before.usage:
                result["usage"] = changed_chat_usage(data.get("usage"), after.usage)
        result["choices"] = choices
        return None if _says_nothing(result) and not _says_nothing(data) else result

    def choice(self, chunk: StreamChunk) -> dict[str, Any]:
        """Return the choice that says what a chunk says."""
        return text_choice(chunk.text if chunk.kind in ("text", "refusal") else "", chunk.index, None)


def _write(choice: dict[str, Any], before: StreamChunk, after: StreamChunk) -> None:
    if after.finish_reason != before.finish_reason:
        choice["finish_reason"] = after.finish_reason
    if after.text != before.text:
        choice["text"] = after.text
        if choice.get("logprobs") is not None:
            choice["logprobs"] = None  # they would tell the tokens that were replaced


def _says_nothing(data: Mapping[str, Any]) -> bool:
    if data.get("usage") is not None:
        return False
    return all(choice.get("finish_reason") is None and not choice.get("text") for choice in choices_of(data))


def text_choice(text: str, index: int, finish_reason: str | None) -> dict[str, Any]:
    """Return a choice of a text completion."""
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish_reason}


def completion_finish(finish_reason: str | None) -> str:
    """Return a finish reason of chat completions in the words of completions, which know no tools."""
    return finish_reason if finish_reason in ("length", "content_filter") else "stop"


class TranslatedCompletionEncoder:
    """Writes a stream of chat completions as text completions: text and refusals; reasoning has no place there."""

    def __init__(self, identity: AnswerIdentity, include_usage: bool) -> None:
        self._base = {
            "id": identity.id,
            "object": "text_completion",
            "created": identity.created,
            "model": identity.model,
        }
        self._include_usage = include_usage
        self._finish_reasons: dict[int, str | None] = {0: None}
        self._usage: Usage | None = None
        self._ended = False

    def start(self) -> bytes:
        """Nothing precedes the first event."""
        return b""

    def event(self, event: StreamEvent, chunks: Chunks) -> bytes:
        """Return the events for the chunks of a chat event; comments pass."""
        if event.error is not None:
            return data_frame({"error": dict(event.error)})
        if not chunks:
            return b"" if event.done else event.frame
        return b"".join([self._chunk(chunk) for chunk in chunks])

    def passed(self, event: StreamEvent) -> None:
        """Nothing passes by a translation."""

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return an event for a chunk that no event stands for."""
        return self._chunk(chunk)

    def usage(self, usage: Usage) -> None:
        """Say what `end` tells where the stream told no usage."""
        if self._usage is None:
            self._usage = usage

    def end(self) -> bytes:
        """Return the finish reasons, the usage if it was asked for, and `[DONE]`."""
        if self._ended:
            return b""
        self._ended = True
        frames = [
            self._frame(text_choice("", index, completion_finish(reason)))
            for index, reason in sorted(self._finish_reasons.items())
        ]
        if self._include_usage and self._usage is not None:
            frames.append(data_frame({**self._base, "choices": [], "usage": chat_usage(self._usage)}))
        return b"".join([*frames, DONE])

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event and the stream's end."""
        self._ended = True
        return error_frames(status, message, code)

    def _chunk(self, chunk: StreamChunk) -> bytes:
        if chunk.finish_reason is not None or chunk.index not in self._finish_reasons:
            self._finish_reasons[chunk.index] = chunk.finish_reason
        if chunk.usage is not None:
            self._usage = chunk.usage
        if not chunk.text or chunk.kind not in ("text", "refusal"):
            return b""
        return self._frame(text_choice(chunk.text, chunk.index, None))

    def _frame(self, choice: dict[str, Any]) -> bytes:
        return data_frame({**self._base, "choices": [choice]})
