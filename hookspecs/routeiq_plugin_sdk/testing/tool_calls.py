"""Calls of MCP servers' tools as their clients make them, what the servers answer, and what the clients get."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ..types import Headers
from .connection import HarnessResponse

TOOL_ANSWERS: Final = "routeiq.testing.tool_answers"
"""The key of an ASGI scope under which a call's own script stands."""
CURRENT: Final = "2026-07-28"
"""The version of MCP that clients speak where a test says nothing."""
_PREFIX: Final = "io.modelcontextprotocol/"
_ID: Final = 1


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call of a tool as its server got it.

    Attributes:
        server: The server, by its name in the settings.
        tool: The tool.
        arguments: As plugins left them.
        message: The whole message of JSON-RPC.
        headers: Of the HTTP request, the server's own among them.
    """

    server: str
    tool: str
    arguments: Mapping[str, Any]
    message: Mapping[str, Any] = field(repr=False)
    headers: Headers = field(default_factory=Headers, repr=False)


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a server answers.

    Attributes:
        result: MCP's `CallToolResult` as JSON; or a text, which is one with a single text.
        is_error: Whether a text is the tool's own error.
        progress: Messages of progress that come before it; then the answer is a stream.
        stream: Whether the answer is a stream also without progress.
        breaks: Whether the stream's connection breaks in the place of the result.
        headers: Of the answer.
    """

    result: Mapping[str, Any] | str = "a mock result"
    is_error: bool = False
    progress: Sequence[str] = ()
    stream: bool = False
    breaks: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the result as JSON."""
        if not isinstance(self.result, str):
            return dict(self.result)
        return {"content": [{"type": "text", "text": self.result}], "isError": self.is_error}


@dataclass(frozen=True, slots=True)
class ToolFailure:
    """A call that a server does not carry out.

    Attributes:
        status_code: Of the HTTP response; 0: no connection can be made.
        code: Of JSON-RPC's error; None: the answer is no JSON-RPC.
        message: What it says.
        headers: Of the answer.
    """

    status_code: int = 200
    code: int | None = -32603
    message: str = "The server failed, as the test says."
    headers: Mapping[str, str] = field(default_factory=dict)


PlainToolAnswer: TypeAlias = str | Mapping[str, Any] | ToolAnswer | ToolFailure
AnyToolAnswer: TypeAlias = PlainToolAnswer | Callable[[ToolRequest], PlainToolAnswer | Awaitable[PlainToolAnswer]]
"""A text, a `CallToolResult` as JSON, an answer with all its parts, a failure, or a function that makes one."""


class ToolServers:
    """The MCP servers, as a test has them.

    Attributes:
        requests: The calls of tools that reached them, in order.
        default: What answers once the script is at its end; None: the arguments, as JSON.
    """

    def __init__(self) -> None:
        self.requests: list[ToolRequest] = []
        self.default: AnyToolAnswer | None = None
        self._script: deque[AnyToolAnswer] = deque()

    def script(self, *answers: AnyToolAnswer) -> None:
        """Have the next calls answered by these, in order; further ones as before."""
        self._script.extend(answers)

    def take(self, request: ToolRequest, own: deque[AnyToolAnswer] | None = None) -> AnyToolAnswer:
        """Note a call, and return what answers it; hosts call it.

        Args:
            own: The script of the call itself, which comes first.
        """
        self.requests.append(request)
        for script in (own, self._script):
            if script:
                return script.popleft()
        if self.default is not None:
            return self.default
        return json.dumps(dict(request.arguments), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the client of a tool got.

    Attributes:
        http: The HTTP response.
        result: MCP's `CallToolResult` as JSON; None for an error.
        error: JSON-RPC's error: `code`, `message`, `data`; None for a result.
        notifications: What came before, such as progress.
    """

    http: HarnessResponse = field(repr=False)
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None = None
    notifications: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

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
        """The texts of the result, joined; empty for an error."""
        content = (self.result or {}).get("content") or ()
        return "".join(str(part.get("text", "")) for part in content if part.get("type") == "text")

    @property
    def is_error(self) -> bool:
        """Whether the result is the tool's own error, or says that a plugin withholds it."""
        return (self.result or {}).get("isError") is True


def tool_body(tool: str, arguments: Mapping[str, Any], version: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message that calls a tool, in a version of MCP."""
    params: dict[str, Any] = {"name": tool, "arguments": dict(arguments)}
    said = dict(meta)
    if version >= CURRENT:
        said = {f"{_PREFIX}protocolVersion": version, f"{_PREFIX}clientCapabilities": {}, **said}
    if said:
        params["_meta"] = said
    return {"jsonrpc": "2.0", "id": _ID, "method": "tools/call", "params": params}


def tool_headers(tool: str, version: str) -> dict[str, str]:
    """Return the headers of such a message."""
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": version}
    if version >= CURRENT:
        headers |= {"mcp-method": "tools/call", "mcp-name": tool}
    return headers


def tool_result(response: HarnessResponse) -> ToolResult:
    """Return what a response says, as JSON or as events."""
    messages = [*_messages(response)]
    answers = [one for one in messages if "result" in one or "error" in one]
    answer = answers[-1] if answers else {}
    notifications = tuple(one for one in messages if "method" in one)
    return ToolResult(response, answer.get("result"), answer.get("error"), notifications)


def _messages(response: HarnessResponse) -> Iterator[Mapping[str, Any]]:
    if "event-stream" not in (response.headers.get("content-type") or ""):
        if isinstance(response.body, dict):
            yield response.body
        return
    for line in response.text.splitlines():
        if line.startswith("data:") and line[5:].strip():
            yield json.loads(line[5:])


def tool_answers_of(answer: AnyToolAnswer | Sequence[AnyToolAnswer] | None) -> deque[AnyToolAnswer]:
    """Return what a call is answered by, request by request."""
    if answer is None:
        return deque()
    several = isinstance(answer, Iterable) and not isinstance(answer, str | Mapping)
    return deque(answer) if several else deque([answer])  # type: ignore[arg-type,list-item]
