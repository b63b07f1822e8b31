"""MCP without sockets: messages, a server that answers as it is told, and a relay before it."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import orjson
from routeiq_plugin_sdk import PluginRequest

from routeiq import PluginManager
from routeiq.adapters.mcp import Relay, Server
from routeiq.core.logging import Activity
from routeiq.testing.scripted_response import ScriptedResponse
from routeiq.transport import Target, UpstreamClient

TARGET = Target.parse("https://files.test/mcp")
CURRENT = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "search"}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def call(arguments: Any = None, id: Any = 1, tool: str = "search", **params: Any) -> dict[str, Any]:
    """Return the message that calls a tool."""
    arguments = {"q": "x"} if arguments is None else arguments
    params = {"name": tool, "arguments": arguments, **params}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


def result(text: str = "found", id: Any = 1, **more: Any) -> dict[str, Any]:
    """Return the response to such a message."""
    return {"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}], **more}}


def event(document: Any) -> bytes:
    """Return an event of a stream."""
    return b"event: message\ndata: " + orjson.dumps(document) + b"\n\n"


def answer(document: Any, status: int = 200, headers: Any = (), kind: bytes = b"application/json") -> ScriptedResponse:
    """Return a server's answer that is there as a whole."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return ScriptedResponse(TARGET, status, kind, [body], dict(headers), False)


def stream(*pieces: Any, broken: bool = False) -> ScriptedResponse:
    """Return a server's answer in pieces of a stream of events."""
    bodies = [piece if isinstance(piece, bytes) else event(piece) for piece in pieces]
    return ScriptedResponse(TARGET, 200, b"text/event-stream", bodies, {}, broken)


class Upstream(UpstreamClient):
    """Answers the next requests by `answers`, in order; one that is an exception is raised."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: deque[Any] = deque()
        self.asked: list[dict[str, Any]] = []
        self.timeouts: list[float | None] = []

    async def request(self, method: Any, url: Any, headers: Any = (), body: bytes = b"", **more: Any) -> Any:
        sent = [*headers, *more["further"]]
        self.asked.append({"method": method, "headers": sent, "raw": body, "body": json.loads(body) if body else None})
        self.timeouts.append(more["read_timeout"])
        made = self.answers.popleft() if self.answers else answer(result())
        if isinstance(made, BaseException):
            raise made
        return await made(body) if callable(made) else made

    def header(self, name: str, number: int = -1) -> str | None:
        """Return a header of a request that came."""
        found = [value.decode() for key, value in self.asked[number]["headers"] if key == name.encode()]
        assert len(found) < 2
        return found[0] if found else None


class Sent(list[Any]):
    """What the client was sent."""

    async def __call__(self, message: Any) -> None:
        self.append(message)

    @property
    def status(self) -> int:
        return int(self[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self[1:])

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        lines = self.body.splitlines()
        return [json.loads(line[5:]) for line in lines if line.startswith(b"data:") and line[5:].strip()]


class World:
    """The relay under test."""

    def __init__(self, manager: PluginManager, **settings: Any) -> None:
        self.manager = manager
        self.upstream = Upstream()
        self.server = Server("files", TARGET, **settings)
        self.relay = Relay(self.upstream, {"files": self.server})

    async def send(
        self, method: str, body: bytes = b"", headers: dict[str, str] | None = None, send: Any = None
    ) -> Sent:
        """Send a request, and return what comes."""
        sent = Sent() if send is None else send
        activity = Activity("r")
        activity.request = PluginRequest.mock(method, "/mcp/files")
        activity.plans = self.manager.plans
        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        await self.relay.serve(self.server, method, raw, body, activity, sent)
        return sent

    async def post(self, document: Any, headers: dict[str, str] | None = None, send: Any = None) -> Sent:
        """Post a message."""
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        return await self.send("POST", body, headers, send)
