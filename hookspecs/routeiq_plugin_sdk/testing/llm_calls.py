"""LLM calls as their clients make them, and what the clients get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..types import API, Headers, LLMResponse, StreamChunk, ToolCall, Usage
from .connection import HarnessResponse

PATHS: Final[Mapping[API, str]] = {
    "chat": "/v1/chat/completions",
    "completion": "/v1/completions",
    "embedding": "/v1/embeddings",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}


@dataclass(frozen=True, slots=True)
class LLMResult:
    """What the client of an LLM call got.

    Attributes:
        http: The HTTP response.
        answer: The answer as plugins would see it, or None for an error.
        stream: The steps of a stream, with their texts.
        error: The error, whole or at the end of a stream: `message`, `code`, `type` ... as its API has them; or None.
    """

    http: HarnessResponse = field(repr=False)
    answer: LLMResponse | None
    stream: tuple[StreamChunk, ...] = field(default=(), repr=False)
    error: Mapping[str, Any] | None = None

    @property
    def status_code(self) -> int:
        """The response's status."""
        return self.http.status_code

    @property
    def headers(self) -> Headers:
        """The response's headers."""
        return self.http.headers

    @property
    def body(self) -> Any:
        """The response's body, parsed where it is JSON."""
        return self.http.body

    @property
    def text(self) -> str:
        """The text of the answer; empty for an error."""
        return "" if self.answer is None else self.answer.text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of the answer."""
        return () if self.answer is None else self.answer.tool_calls

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended, in the words of chat completions; None for an error."""
        return None if self.answer is None else self.answer.finish_reason

    @property
    def usage(self) -> Usage | None:
        """The tokens that the client was told, or None."""
        return None if self.answer is None else self.answer.usage

    @property
    def chunks(self) -> tuple[str, ...]:
        """The texts of a stream, in the pieces in which they came."""
        return tuple(chunk.text for chunk in self.stream if chunk.kind == "text" and chunk.text)


def call_body(
    api: API, messages: str | Sequence[Mapping[str, Any]], model: str, stream: bool, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body of a call in one of the gateway's APIs."""
    body: dict[str, Any] = {"model": model}
    if api in ("completion", "embedding"):
        body["prompt" if api == "completion" else "input"] = messages
    else:
        conversation = [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages)
        body["input" if api == "responses" else "messages"] = conversation
    if api == "messages":
        body["max_tokens"] = 1024
    if stream:
        body["stream"] = True
    return {**body, **parameters}
