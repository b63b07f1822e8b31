"""Messages to A2A agents as their clients send them, what the agents answer, and what the clients get."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ..types import Headers
from .connection import HarnessResponse
from .tool_calls import ToolFailure

AGENT_ANSWERS: Final = "routeiq.testing.agent_answers"
"""The key of an ASGI scope under which a call's own script stands."""
VERSION: Final = "1.0"
"""The version of A2A that clients speak."""
_ID: Final = 1
_WORD: Final = re.compile(r"\s*\S+|\s+")
_TASK: Final[Mapping[str, str]] = {"taskId": "mock-task", "contextId": "mock-context"}


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """A request as its agent got it.

    Attributes:
        agent: The agent, by its name in the settings.
        method: Of JSON-RPC: `SendMessage`, `GetTask` ...
        message: What it was sent, as plugins left it; empty where the method sends nothing.
        document: The whole body.
        headers: Of the HTTP request, the agent's own among them.
    """

    agent: str
    method: str
    message: Mapping[str, Any]
    document: Mapping[str, Any] = field(repr=False)
    headers: Headers = field(default_factory=Headers, repr=False)

    @property
    def text(self) -> str:
        """The texts of the message, joined."""
        return "".join(texts_of(self.message))


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What an agent answers.

    Attributes:
        result: A2A's `Task` or `Message` as JSON of version 1.0; or a text, which is a message's.
        events: Of a stream: a text is an update of the task's artifact, anything else a `StreamResponse` as JSON
            (`{"statusUpdate": ...}`); None: a task that says the result's texts word by word.
        breaks: Whether the stream's connection breaks in the place of its last event.
        headers: Of the answer.
    """

    result: Mapping[str, Any] | str = "a mock answer"
    events: Sequence[str | Mapping[str, Any]] | None = None
    breaks: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return message_of(self.result, "ROLE_AGENT") if isinstance(self.result, str) else dict(self.result)

    def stream(self) -> list[dict[str, Any]]:
        """Return the events as JSON."""
        if self.events is not None:
            return [_artifact_update(one) if isinstance(one, str) else dict(one) for one in self.events]
        words = _WORD.findall("".join(texts_of(self.document())))
        task = {"id": _TASK["taskId"], "contextId": _TASK["contextId"], "status": {"state": "TASK_STATE_WORKING"}}
        status = {**_TASK, "status": {"state": "TASK_STATE_COMPLETED"}}
        return [{"task": task}, *map(_artifact_update, words), {"statusUpdate": status}]


PlainAgentAnswer: TypeAlias = str | Mapping[str, Any] | AgentAnswer | ToolFailure
AnyAgentAnswer: TypeAlias = PlainAgentAnswer | Callable[[AgentRequest], PlainAgentAnswer | Awaitable[PlainAgentAnswer]]
"""A text, a `Task` or `Message` as JSON, an answer with all its parts, a failure, or a function that makes one."""


class Agents:
    """The A2A agents, as a test has them.

    Attributes:
        requests: What reached them, in order.
        default: What answers once the script is at its end; None: the message's texts.
    """

    def __init__(self) -> None:
        self.requests: list[AgentRequest] = []
        self.default: AnyAgentAnswer | None = None
        self._script: deque[AnyAgentAnswer] = deque()

    def script(self, *answers: AnyAgentAnswer) -> None:
        """Have the next requests answered by these, in order; further ones as before."""
        self._script.extend(answers)

    def take(self, request: AgentRequest, own: deque[AnyAgentAnswer] | None = None) -> AnyAgentAnswer:
        """Note a request, and return what answers it; hosts call it.

        Args:
            own: The script of the call itself, which comes first.
        """
        self.requests.append(request)
        for script in (own, self._script):
            if script:
                return script.popleft()
        return request.text if self.default is None else self.default


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What the client of an agent got.

    Attributes:
        http: The HTTP response.
        result: A2A's `Task` or `Message` as JSON; of a stream, what its last event says; None for an error.
        error: JSON-RPC's error, whole or at the end of a stream: `code`, `message`, `data`; None without one.
        events: Of a stream, each `StreamResponse` as JSON.
    """

    http: HarnessResponse = field(repr=False)
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None = None
    events: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def status_code(self) -> int:
        """The response's status."""
        return self.http.status_code

    @property
    def headers(self) -> Headers:
        """The response's headers."""
        return self.http.headers

    @property
    def text(self) -> str:
        """The texts of the result, or of a stream's events, joined; empty for an error."""
        return "".join(texts_of(self.events or self.result))


def texts_of(value: Any) -> Iterator[str]:
    """Yield the texts of the parts of messages and artifacts, however deep they stand."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name == "text" and isinstance(one, str):
                yield one
            else:
                yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def message_of(message: str | Mapping[str, Any], role: str = "ROLE_USER") -> dict[str, Any]:
    """Return a message as JSON; a text becomes one."""
    if not isinstance(message, str):
        return dict(message)
    return {"messageId": "mock-message", "role": role, "parts": [{"text": message}]}


def agent_body(
    message: str | Mapping[str, Any], method: str, params: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the request of JSON-RPC that calls an agent, and its headers."""
    sends = method in ("SendMessage", "SendStreamingMessage")
    given = {**({"message": message_of(message)} if sends else {}), **(params or {})}
    return {"jsonrpc": "2.0", "id": _ID, "method": method, "params": given}, {"a2a-version": VERSION}


def agent_result(response: HarnessResponse) -> AgentResult:
    """Return what a response says, as JSON or as events."""
    if "event-stream" in (response.headers.get("content-type") or ""):
        said = [json.loads(line[5:]) for line in response.text.splitlines() if line.startswith("data:")]
        events = tuple(one["result"] for one in said if "result" in one)
        error = next((one["error"] for one in said if "error" in one), None)
        return AgentResult(response, _unwrapped(events[-1]) if events and error is None else None, error, events)
    body = response.body if isinstance(response.body, dict) else {}
    result = body.get("result")
    return AgentResult(response, _unwrapped(result) if isinstance(result, dict) else None, body.get("error"))


def agent_answers_of(answer: AnyAgentAnswer | Sequence[AnyAgentAnswer] | None) -> deque[AnyAgentAnswer]:
    """Return what a call is answered by, request by request."""
    if answer is None:
        return deque()
    several = isinstance(answer, Iterable) and not isinstance(answer, str | Mapping)
    return deque(answer) if several else deque([answer])  # type: ignore[arg-type,list-item]


def _unwrapped(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one member of a `SendMessageResponse` or a `StreamResponse`; any other result is itself."""
    for name in ("task", "message", "statusUpdate", "artifactUpdate"):
        if isinstance(result.get(name), dict):
            member: Mapping[str, Any] = result[name]
            return member
    return result


def _artifact_update(text: str) -> dict[str, Any]:
    artifact = {"artifactId": "mock-artifact", "parts": [{"text": text}]}
    return {"artifactUpdate": {**_TASK, "artifact": artifact, "append": True}}
