"""The A2A agents of a harness: what they answer to a request, in version 1.0 of either binding."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.testing import AgentAnswer, AgentRequest, Agents, AnyAgentAnswer, ToolFailure
from routeiq_plugin_sdk.testing.agent_calls import PlainAgentAnswer

from routeiq.adapters.a2a.operations import CARD_PATHS, Operation, message_in, rest_operation, rpc_operation
from routeiq.transport import ConnectFailed, Target

from .scripted_response import EVENTS, JSON, ScriptedResponse

own_agent_answers: Final[ContextVar[deque[AnyAgentAnswer] | None]] = ContextVar("routeiq_agent_answers", default=None)
"""How the call that is made now is answered."""


class ScriptedAgent:
    """One agent."""

    def __init__(self, name: str, url: str, agents: Agents) -> None:
        """Make it.

        Args:
            url: Its address in the settings.
        """
        self._name = name
        self._base = Target.parse(url)
        self._agents = agents

    def below(self, target: Target) -> str | None:
        """Return what follows its address in another one; None: that is not its own."""
        base, path = self._base.path.rstrip("/"), target.path.partition("?")[0]
        if target.origin != self._base.origin or not f"{path}/".startswith(f"{base}/"):
            return None
        return path[len(base) :]

    async def answer(self, target: Target, below: str, method: str, body: bytes, headers: Headers) -> ScriptedResponse:
        """Answer a request as the test says."""
        if below in CARD_PATHS:
            return ScriptedResponse(target, 200, JSON, [orjson.dumps(self._card(target))])
        document = orjson.loads(body) if body else {}
        is_rpc = "method" in document
        operation = (
            rpc_operation(document["method"], document.get("params"))[0] if is_rpc else rest_operation(method, below)
        )
        operation = operation or Operation(method)
        message = message_in(document.get("params") if is_rpc else document) if operation.sends else None
        request = AgentRequest(self._name, operation.name, message or {}, document, headers)
        answer = self._agents.take(request, own_agent_answers.get())
        if callable(answer):
            made = answer(request)
            answer = made if isinstance(made, str | Mapping | AgentAnswer | ToolFailure) else await made
        return _answered(target, operation, document.get("id") if is_rpc else None, answer, is_rpc)

    def _card(self, target: Target) -> dict[str, Any]:
        url = f"{target.origin}{self._base.path}"
        interfaces = [
            {"url": url, "protocolBinding": binding, "protocolVersion": "1.0"} for binding in ("JSONRPC", "HTTP+JSON")
        ]
        return {
            "name": self._name,
            "description": "An agent of a test.",
            "version": "1",
            "supportedInterfaces": interfaces,
            "capabilities": {"streaming": True},
            "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [],
        }


def _answered(
    target: Target, operation: Operation, id: Any, answer: PlainAgentAnswer, is_rpc: bool
) -> ScriptedResponse:
    def wrapped(result: Mapping[str, Any]) -> bytes:
        return orjson.dumps({"jsonrpc": "2.0", "id": id, "result": result} if is_rpc else result)

    if isinstance(answer, ToolFailure):
        return _failed(target, id, answer, is_rpc)
    whole = answer if isinstance(answer, AgentAnswer) else AgentAnswer(answer)
    if operation.stream:
        events = [b"data: " + wrapped(event) + b"\n\n" for event in whole.stream()]
        return ScriptedResponse(
            target, 200, EVENTS, events[:-1] if whole.breaks else events, whole.headers, broken=whole.breaks
        )
    result = whole.document()
    if operation.sends and not result.keys() & {"task", "message"}:
        result = {"message" if "parts" in result else "task": result}
    return ScriptedResponse(target, 200, JSON, [wrapped(result)], whole.headers)


def _failed(target: Target, id: Any, failure: ToolFailure, is_rpc: bool) -> ScriptedResponse:
    if failure.status_code == 0:
        raise ConnectFailed(target.name, failure.message)
    if failure.code is None:
        return ScriptedResponse(target, failure.status_code, b"text/plain", [failure.message.encode()], failure.headers)
    error = {"code": failure.code, "message": failure.message}
    document = {"jsonrpc": "2.0", "id": id, "error": error} if is_rpc else {"error": {**error, "status": "UNKNOWN"}}
    return ScriptedResponse(target, failure.status_code, JSON, [orjson.dumps(document)], failure.headers)
