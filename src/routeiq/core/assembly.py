"""The whole answer of a stream, put together as its chunks leave, and the usage of answers that tell none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from .dialects.content import message_text


class Assembler:
    """Puts together what plugins made of a stream: the first choice, as `llm_success` receives it.

    Adding a chunk costs the same however long the answer is.
    """

    __slots__ = ("_calls", "_finish_reason", "_messages", "_texts", "_unseen", "_usage")

    def __init__(self, messages: Callable[[], Sequence[Mapping[str, Any]]]) -> None:
        """Begin an answer.

        Args:
            messages: Returns the conversation; asked only if the stream tells no usage.
        """
        self._messages = messages
        self._texts: list[str] = []
        self._calls: dict[int, _Call] = {}
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._unseen: list[str] = []

    def add(self, chunk: StreamChunk) -> None:
        """Add the next chunk; those of further choices count for nothing but their usage."""
        if chunk.usage is not None:
            self._usage = chunk.usage
        if chunk.index != 0:
            return
        if chunk.kind == "text":
            self._texts.append(chunk.text)
        elif chunk.tool_call is not None and chunk.kind == "tool_call":
            self._add_call(chunk.tool_call)
        elif chunk.text:
            self._unseen.append(chunk.text)
        if chunk.finish_reason is not None:
            self._finish_reason = chunk.finish_reason

    def response(self) -> LLMResponse:
        """Return what there is so far; usage is estimated if none was told."""
        text = "".join(self._texts)
        calls = tuple(call.whole(index) for index, call in sorted(self._calls.items()))
        usage = self._usage
        if usage is None:
            told = (text, *self._unseen, *(f"{call.name or ''}{call.arguments}" for call in calls))
            usage = estimate_usage(self._messages(), "".join(told))
        return LLMResponse(text, calls, self._finish_reason or "stop", usage)

    def _add_call(self, part: ToolCall) -> None:
        call = self._calls.get(part.index)
        if call is None:
            call = self._calls[part.index] = _Call()
        if part.id is not None:
            call.id = part.id
        if part.name is not None:
            call.name = part.name
        call.arguments.append(part.arguments)


class Meter:
    """Keeps of a stream what it cost: all that is wanted where nobody looks at the answer."""

    __slots__ = ("_usage",)

    def __init__(self) -> None:
        self._usage: Usage | None = None

    def add(self, chunk: StreamChunk) -> None:
        """Take up the next chunk."""
        if chunk.usage is not None:
            self._usage = chunk.usage

    def response(self) -> LLMResponse | None:
        """Return an answer without text, or None if no usage was told: without the text there is no estimate."""
        return None if self._usage is None else LLMResponse(usage=self._usage)


class _Call:
    """A tool call of which more may come."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.arguments: list[str] = []

    def whole(self, index: int) -> ToolCall:
        """Return what there is so far."""
        return ToolCall(index, self.id, self.name, "".join(self.arguments))


def estimate_usage(messages: Sequence[Mapping[str, Any]], text: str) -> Usage:
    """Return a rough usage for an answer that tells none: a token for every four bytes of UTF-8, rounded up.

    Four characters a token is the rule of thumb for English; bytes do better for scripts whose characters are tokens of
    their own. Images and audio count for nothing.

    Args:
        messages: The prompt.
        text: The answer.
    """
    prompt = _tokens(sum(_size(message_text(message)) for message in messages))
    completion = _tokens(_size(text))
    return Usage(prompt, completion, prompt + completion, estimated=True)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _tokens(size: int) -> int:
    return (size + 3) // 4
