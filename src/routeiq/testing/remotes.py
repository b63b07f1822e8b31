"""The servers and agents of a harness: a client that reaches nothing, and answers as the test scripts it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.testing import AnyToolAnswer, ToolAnswer, ToolFailure, ToolRequest, ToolServers
from routeiq_plugin_sdk.testing.tool_calls import PlainToolAnswer

from routeiq.transport import ConnectFailed, Target, UpstreamClient, UpstreamResponse
from routeiq.transport.target import RequestHeaders

from .agents import ScriptedAgent
from .scripted_response import EVENTS, JSON, ScriptedResponse

own_tool_answers: Final[ContextVar[deque[AnyToolAnswer] | None]] = ContextVar("routeiq_tool_answers", default=None)
"""How the call that is made now is answered."""


class ScriptedRemotes(UpstreamClient):
    """Reaches no server; those that there are answer as the test says."""

    def __init__(self, tools: ToolServers, servers: Mapping[str, str], agents: Sequence[ScriptedAgent] = ()) -> None:
        """Make it.

        Args:
            servers: The MCP servers' addresses by name.
        """
        super().__init__()
        self._agents = agents
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
        for agent in self._agents:
            below = agent.below(target)
            if below is not None:
                return await agent.answer(target, below, method, body, Headers((*headers, *further)))
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
    return ScriptedResponse(target, 200, EVENTS, events, whole.headers, whole.breaks)


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
    return ScriptedResponse(target, status, JSON, pieces or [], headers or {}, False)


def _event(document: object) -> bytes:
    return b"event: message\ndata: " + orjson.dumps(document) + b"\n\n"
