"""LLM calls as plugins see them: one event model whatever API the client speaks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .headers import Headers
from .request import PluginRequest, Principal

API = Literal["chat", "completion", "embedding", "responses", "messages"]
ChunkKind = Literal["text", "reasoning", "refusal", "tool_call", "usage", "other"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call. `estimated` where the upstream did not say and the host counted words instead."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants called: whole in a response, a part of it in a stream's chunk.

    Attributes:
        index: Which of the response's tool calls it is.
        id: The provider's id; in a stream only the first part has it.
        name: The function's name; in a stream only the first part has it.
        arguments: JSON text, or the next part of it.
    """

    index: int = 0
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class StreamChunk:
    """One step of a streamed answer. `dataclasses.replace(chunk, text=...)` makes the replacement to return.

    Attributes:
        kind: What it carries; `other` for a role, a finish reason, or an event with nothing to read.
        text: The new text (kinds text, reasoning, refusal), else empty. An empty replacement swallows it.
        tool_call: The new part of a tool call (kind tool_call), else None.
        index: Which of the answer's choices it belongs to.
        finish_reason: Why the choice ended, on the chunk that says so.
        usage: The tokens, on the chunk that says so (kind usage).
        raw: The dialect's own event, decoded; read-only. None for chunks that no event stands for.
    """

    kind: ChunkKind = "text"
    text: str = ""
    tool_call: ToolCall | None = None
    index: int = 0
    finish_reason: str | None = None
    usage: Usage | None = None
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class WindowText:
    """A stretch of an answer that a plugin judges before it leaves.

    Attributes:
        text: What has not left yet and can be replaced. Of an answer that is not streamed, all of the passage.
        before: What left right before it, for context: at most as much as makes a window of the declared size.
        kind: What it is part of: `text`, `reasoning`, `refusal`, or the arguments of a `tool_call`.
        index: Which of the answer's choices it belongs to.
        tool_call: Of arguments, the call: its index, and its id and name as far as they are known; else None.
        offset: Where in its passage the text begins, in characters as they leave.
    """

    text: str
    before: str = ""
    kind: ChunkKind = "text"
    index: int = 0
    tool_call: ToolCall | None = None
    offset: int = 0

    @classmethod
    def mock(cls, text: str = "a mock answer", **changes: Any) -> WindowText:
        """Return a window for a test."""
        return cls(text, **changes)


@dataclass(frozen=True, slots=True)
class LLMResponse:
    """A whole answer: what `llm_success` receives, and what `llm_pre_call` returns to answer a call itself.

    Attributes:
        text: The text of the first choice.
        tool_calls: The tool calls of the first choice.
        finish_reason: In the words of chat completions: `stop`, `length`, `tool_calls`, `content_filter`.
        usage: Tokens, or None where there are none to tell.
        cost: In US dollars, or None where the model has no price.
        raw: The upstream's own answer, decoded; None for a stream and for an answer made by a plugin.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"
    usage: Usage | None = None
    cost: float | None = None
    raw: Mapping[str, Any] | None = None

    @classmethod
    def mock(cls, text: str = "a mock answer", **changes: Any) -> LLMResponse:
        """Return a response for a test."""
        return cls(text=text, usage=Usage(3, 3, 6), **changes)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One place where a model is served. Several deployments may share a model's name: that is load balancing.

    Attributes:
        name: Unique; what `pre_routing` may return to choose this very one.
        model: The name under which clients call it.
        upstream_model: What the provider calls it, without the provider's prefix.
        provider: `openai`, `echo`, `azure` ...; the prefix in LiteLLM's form of the model's name.
        backend: Which backend serves it: `openai`, `echo`, ...
        api_base: The provider's base URL, or None.
        metadata: The `model_info` of the settings.
    """

    name: str
    model: str
    upstream_model: str
    provider: str = "openai"
    backend: str = "openai"
    api_base: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class LLMCall:
    """A logical LLM call: one for each request of a client, however many attempts it takes. Read-only for plugins.

    Attributes:
        id: Unique; the same in every hook of the call.
        api: Which API the client speaks.
        stream: Whether the client asked for a stream.
        request: The HTTP request, or None outside HTTP.
        model: The name that the client asked for.
        started_at: Seconds since the epoch.
        headers: Request headers for the upstream, changeable by an override `extra_headers`; never credentials.
        response_headers: What came back with the answer, once it did.
        answered_by: The plugin that answered the call itself, or None.
        aborted: Whether the reader of a stream left before its end.
        attempts: How many attempts were begun.
        original: A whole answer as it came from upstream, where plugins have changed its texts since
            (`llm_stream_window`); else None. Of a stream, `llm_stream_chunk` with `tryfirst` sees what comes.
        origin: The plugin that made this call, or None for a client's.
        shared: For plugins to pass values along; within HTTP the request's own `shared`.
        principal: Who calls, as `authenticate` said; else None.
    """

    __slots__ = (
        "aborted", "answered_by", "api", "attempts", "headers", "id", "model", "origin", "original", "principal",
        "request", "response_headers", "shared", "started_at", "stream",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        api: API,
        model: str,
        stream: bool = False,
        request: PluginRequest | None = None,
        headers: Headers | None = None,
        origin: str | None = None,
        shared: dict[str, Any] | None = None,
        principal: Principal | None = None,
    ) -> None:
        """Hosts construct calls; plugins receive them, and tests use `LLMCall.mock`."""
        self.id = id
        self.api = api
        self.model = model
        self.stream = stream
        self.request = request
        self.headers = Headers() if headers is None else headers
        self.response_headers = Headers()
        self.origin = origin
        self.started_at = time.time()
        self.answered_by: str | None = None
        self.aborted = False
        self.attempts = 0
        self.original: LLMResponse | None = None
        if request is not None:
            self.shared = request.shared
            self.principal = request.principal
        else:
            self.shared = {} if shared is None else shared
            self.principal = principal

    @classmethod
    def mock(cls, api: API = "chat", model: str = "mock-model", stream: bool = False, id: str = "mock-call") -> LLMCall:
        """Return a call for a test."""
        return cls(id, api, model, stream)

    def __repr__(self) -> str:
        return f"<LLMCall {self.id} {self.api} {self.model!r}{' stream' if self.stream else ''}>"
