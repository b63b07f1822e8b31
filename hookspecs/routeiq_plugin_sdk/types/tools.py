"""Calls of tools and agents as plugins see them, and what is evaluated once any call is over."""

from __future__ import annotations

import math
import time
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .headers import Headers
from .request import PluginRequest, Principal

RemoteKind = Literal["tool", "agent"]
Protocol = Literal["mcp", "a2a"]
InvocationKind = Literal["tool", "agent", "llm"]
EvaluationStatus = Literal["passed", "failed", "error", "skipped"]


class RemoteCall:
    """A call of a server's tool (MCP) or of an agent (A2A) that passes through the host. Read-only for plugins.

    Attributes:
        id: Unique; the same in every hook of the call.
        kind: `tool` or `agent`.
        protocol: `mcp` or `a2a`.
        target: The server or agent, by the name under which it is configured.
        method: The protocol's own name of what is called: `tools/call`, `SendMessage` ...
        stream: Whether the answer may come in several events.
        request: The HTTP request, or None outside HTTP.
        principal: Who calls, as `authenticate` said; else None.
        shared: For plugins to pass values along; within HTTP the request's own `shared`.
        headers: The headers of the client's request; never credentials.
        started_at: Seconds since the epoch.
        aborted: Whether the client left before the end of the answer.
        answered_by: The plugin that answered in the target's place, by a `Reject`; else None.
    """

    __slots__ = (
        "aborted", "answered_by", "headers", "id", "kind", "method", "principal", "protocol", "request", "shared",
        "started_at", "stream", "target",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        kind: RemoteKind,
        protocol: Protocol,
        target: str,
        method: str,
        stream: bool = False,
        request: PluginRequest | None = None,
        headers: Headers | None = None,
        shared: dict[str, Any] | None = None,
        principal: Principal | None = None,
    ) -> None:
        """Hosts construct calls; plugins receive them, and tests use `RemoteCall.mock`."""
        self.id = id
        self.kind = kind
        self.protocol = protocol
        self.target = target
        self.method = method
        self.stream = stream
        self.request = request
        self.headers = Headers() if headers is None else headers
        self.started_at = time.time()
        self.aborted = False
        self.answered_by: str | None = None
        if request is not None:
            self.shared = request.shared
            self.principal = request.principal
        else:
            self.shared = {} if shared is None else shared
            self.principal = principal

    @classmethod
    def mock(cls, kind: RemoteKind = "tool", target: str = "mock-server", **changes: Any) -> RemoteCall:
        """Return a call for a test: of an MCP server's tool, or of an A2A agent."""
        protocol: Protocol = "mcp" if kind == "tool" else "a2a"
        method = "tools/call" if kind == "tool" else "SendMessage"
        return cls(
            **{"id": "mock-call", "kind": kind, "protocol": protocol, "target": target, "method": method} | changes
        )

    def __repr__(self) -> str:
        return f"<RemoteCall {self.id} {self.protocol} {self.target!r} {self.method}{' stream' if self.stream else ''}>"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call that is over, as evaluators see it.

    Attributes:
        kind: What was called: a `tool` of a server, an `agent`, or a model (`llm`).
        id: That of the call, the same as in its hooks.
        target: The server, the agent, or the model.
        name: The tool; of an agent the method; of a model the API (`chat`, `messages` ...).
        input: The arguments of the tool, the message to the agent, or the messages to the model, as they were sent.
        output: The result, as it was answered: of a tool and an agent as JSON, of a model an `LLMResponse`. None where
            there was none.
        error: Why there was no result; else None. A tool's own error is a result (`isError`), and not one of these.
        duration_ms: From the call to the end of its answer, in milliseconds.
        principal: Who called, as `authenticate` said; else None.
        request_id: The id of the HTTP request, or None outside HTTP.
        metadata: What else the host knows, such as `protocol` and `stream`.
    """

    kind: InvocationKind
    id: str
    target: str
    name: str
    input: Any = None
    output: Any | None = None
    error: str | None = None
    duration_ms: float = 0.0
    principal: Principal | None = None
    request_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def mock(cls, kind: InvocationKind = "tool", target: str = "mock-target", **changes: Any) -> Invocation:
        """Return an invocation for a test: one that succeeded in 10 ms."""
        name = {"tool": "mock-tool", "agent": "SendMessage", "llm": "chat"}[kind]
        output = {"content": [{"type": "text", "text": "a mock result"}]}
        return cls(
            **{"kind": kind, "id": "mock-call", "target": target, "name": name, "output": output, "duration_ms": 10.0}
            | changes
        )


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What an evaluator thinks of an invocation.

    Attributes:
        score: From 0 (worthless) to 1 (perfect).
        status: `passed` or `failed`; `error` where the evaluator could not judge, and `skipped` where there was nothing
            to judge.
        feedback: Why, for people.
        duration_ms: How long the evaluation took, in milliseconds; filled in by the host.
        evaluator: The plugin's name; filled in by the host.
        metadata: What else is worth keeping: values of JSON.

    Raises:
        ValueError: for a score outside of 0 to 1, an unknown status, or what is no text or mapping.
    """

    score: float
    status: EvaluationStatus
    feedback: str = ""
    duration_ms: float | None = None
    evaluator: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = isinstance(self.score, int | float) and not isinstance(self.score, bool) and math.isfinite(self.score)
        if not known or not 0 <= self.score <= 1:
            raise ValueError(f"score={self.score!r} must be a number from 0 to 1")
        choices = typing.get_args(EvaluationStatus)
        if self.status not in choices:
            raise ValueError(f"status={self.status!r} must be one of {', '.join(choices)}")
        if not isinstance(self.feedback, str) or not isinstance(self.metadata, Mapping):
            raise ValueError("feedback must be a text, and metadata a mapping")


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """How many calls are evaluated, and within which limits: what `register_evaluation_policy` returns.

    Attributes:
        sample_rates: The share of the calls of each kind that is evaluated, from 0 to 1; of a kind that is not named,
            none.
        concurrency: How many calls each evaluator judges at the same time.
        queue: How many calls wait for each evaluator at most; more are dropped, and counted.
        queue_bytes: How much memory their inputs and outputs keep at most, roughly.
        timeout: Seconds that an evaluator has for one call.

    Raises:
        ValueError: for a rate or a limit that makes no sense.
    """

    sample_rates: Mapping[InvocationKind, float] = field(
        default_factory=lambda: dict.fromkeys(typing.get_args(InvocationKind), 1.0)
    )
    concurrency: int = 4
    queue: int = 100
    queue_bytes: int = 64 * 1024 * 1024
    timeout: float = 30.0

    def __post_init__(self) -> None:
        kinds = typing.get_args(InvocationKind)
        for kind, rate in self.sample_rates.items():
            if kind not in kinds:
                raise ValueError(f"sample_rates names {kind!r}: there are {', '.join(kinds)}")
            if not 0 <= rate <= 1:
                raise ValueError(f"the sample rate of {kind!r} is {rate!r}, and must be from 0 to 1")
        if self.concurrency < 1 or self.queue < 0 or self.queue_bytes < 0:
            raise ValueError("concurrency must be at least 1, queue and queue_bytes at least 0")
        if not 0 < self.timeout < math.inf:
            raise ValueError(f"timeout={self.timeout!r} must be a number of seconds above 0")
