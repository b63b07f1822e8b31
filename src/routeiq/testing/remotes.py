"""The MCP servers of a harness: a client that reaches nothing, and answers as the test scripts it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.testing import AnyToolAnswer, ToolAnswer, ToolFailure, ToolRequest, ToolServers
from routeiq_plugin_sdk.testing.tool_calls import PlainToolAnswer

from routeiq.transport import ConnectFailed, ConnectionClosed, Target, UpstreamClient, UpstreamResponse
from routeiq.transport.target import RequestHeaders

own_tool_answers: Final[ContextVar[deque[AnyToolAnswer] | None]] = ContextVar("routeiq_tool_answers", default=None)
"""How the call that is made now is answered."""

_JSON: Final = b"application/json"
_EVENTS: Final = b"text/event-stream"


class ScriptedResponse(UpstreamResponse):
    """A response that is there already."""

    __slots__ = ("_broken", "_pieces", "_target")

    def __init__(
        self, target: Target, status: int, kind: bytes, pieces: list[bytes], headers: Mapping[str, str], broken: bool
    ) -> None:
        self.status = status
        self.headers = [(b"content-type", kind), *Headers.of(headers).raw]
        self._connection = None  # nothing is left open
        self._target, self._pieces, self._broken = target, pieces, broken

    async def read(self) -> bytes:
        """Return the body."""
        return b"".join([piece async for piece in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        for piece in self._pieces:
            yield piece
        if self._broken:
            raise ConnectionClosed(self._target.name, "the connection broke, as the test says", response_started=True)


class ScriptedRemotes(UpstreamClient):
    """Reaches no server; those that there are answer as the test says."""

    def __init__(self, tools: ToolServers, servers: Mapping[str, str]) -> None:
        """Make it.

        Args:
            servers: The MCP servers' addresses by name.
        """
        super().__init__()
        self._tools = tools
        self._names = {Target.parse(url): name for name, url in servers.items()}

    async def request(
        self,
        method: str,
        url: Target | str,
        headers: RequestHeaders = (),
        body: bytes = b"",
        *,
        further: RequestHeaders = (),
        read_timeout: float | None = None,
    ) -> UpstreamResponse:
        """Answer a request."""
        target = url if isinstance(url, Target) else Target.parse(url)
        if method != "POST":
            return _response(target, 405 if method == "GET" else 200)
        message = orjson.loads(body)
        if not isinstance(message, dict) or message.get("method") != "tools/call":
            id = message.get("id") if isinstance(message, dict) else None  # noqa: A001 - its name in the protocol
            document = {"jsonrpc": "2.0", "id": id, "result": {"resultType": "complete", "tools": []}}
            return _response(target, 202) if id is None else _response(target, 200, [orjson.dumps(document)])
        params = message["params"]
        request = ToolRequest(
            self._names[target],
            params["name"],
            params.get("arguments") or {},
            message,
            Headers((*headers, *further)),
        )
        answer = self._tools.take(request, own_tool_answers.get())
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            made = answer(request)  # type: ignore[operator]
            answer = made if isinstance(made, str | Mapping | ToolAnswer | ToolFailure) else await made
        return _answered(target, message, answer)  # type: ignore[arg-type]


def _answered(target: Target, message: Mapping[str, Any], answer: PlainToolAnswer) -> ScriptedResponse:
    if isinstance(answer, ToolFailure):
        return _failed(target, message, answer)
    whole = answer if isinstance(answer, ToolAnswer) else ToolAnswer(answer)
    response = {"jsonrpc": "2.0", "id": message["id"], "result": whole.document()}
    if not (whole.progress or whole.stream or whole.breaks):
        return _response(target, 200, [orjson.dumps(response)], whole.headers)
    events = [_event(one) for one in _progress(message, whole)]
    events += [] if whole.breaks else [_event(response)]
    return ScriptedResponse(target, 200, _EVENTS, events, whole.headers, whole.breaks)


def _progress(message: Mapping[str, Any], answer: ToolAnswer) -> Iterator[dict[str, Any]]:
    token = (message["params"].get("_meta") or {}).get("progressToken", message["id"])
    for number, text in enumerate(answer.progress, 1):
        params = {"progressToken": token, "progress": number, "total": len(answer.progress), "message": text}
        yield {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def _failed(target: Target, message: Mapping[str, Any], failure: ToolFailure) -> ScriptedResponse:
    if failure.status_code == 0:
        raise ConnectFailed(target.name, failure.message)
    if failure.code is None:
        return ScriptedResponse(
            target, failure.status_code, b"text/plain", [failure.message.encode()], failure.headers, False
        )
    error = {"code": failure.code, "message": failure.message}
    document = {"jsonrpc": "2.0", "id": message["id"], "error": error}
    return _response(target, failure.status_code, [orjson.dumps(document)], failure.headers)


def _response(
    target: Target, status: int, pieces: list[bytes] | None = None, headers: Mapping[str, str] | None = None
) -> ScriptedResponse:
    return ScriptedResponse(target, status, _JSON, pieces or [], headers or {}, False)


def _event(document: object) -> bytes:
    return b"event: message\ndata: " + orjson.dumps(document) + b"\n\n"
