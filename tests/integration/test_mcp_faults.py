"""An MCP server that misbehaves on its socket: what the gateway's client is told, and that nothing is left open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import httpx
import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from tests.fakes.mcp_relay import call, event, result

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings
from routeiq.transport import UpstreamClient

BODY = json.dumps(result()).encode()
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Judge:
    """Looks at results, so that they are read."""

    metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def tool_post_call(self, result: Any) -> None:
        """Let all of them pass."""


def chunk(data: bytes) -> bytes:
    """Return a chunk of a body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def sends(*pieces: bytes, stalls: bool = False) -> Script:
    """Return a server that sends this and closes its connection, or sends no more."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if stalls:
            await reader.read()

    return script


class Between:
    """The gateway before one server whose connections go by a script."""

    def __init__(self, *plugins: Any, timeout: float = 0.3) -> None:
        self.script = sends()
        self.left = asyncio.Event()
        self._plugins, self._timeout = plugins, timeout

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        document = {
            "mcp_servers": {"files": {"url": f"http://127.0.0.1:{port}/mcp", "timeout": self._timeout}},
            "server": {"max_body": 2000},
        }
        self.manager = PluginManager(ManagerSettings())
        for plugin in self._plugins:
            self.manager.register(plugin)
        settings = GatewaySettings.model_validate(document)
        self.remotes = UpstreamClient(max_response_body=settings.server.max_body)
        self.app = Gateway(settings, self.manager, MemoryState(), client=self.remotes)
        await self.manager.start(self.app)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gateway")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()
        await self.manager.stop()
        await self.remotes.aclose()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await self.script(reader, writer)
        writer.close()
        self.left.set()


@pytest.fixture
async def between() -> AsyncIterator[Between]:
    """The gateway, with a plugin that judges results."""
    async with Between(Judge()) as one:
        yield one


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        (sends(), 502, "upstream_connection_broken"),
        (sends(b"garbage\r\n\r\n"), 502, "upstream_connection_broken"),
        (sends(JSON % len(BODY), BODY[:9]), 502, "upstream_connection_broken"),
        (sends(JSON % 3000, b" " * 3000), 502, "upstream_answer_too_large"),
        (sends(stalls=True), 504, "upstream_timeout"),
        (sends(JSON % len(BODY), BODY[:9], stalls=True), 504, "upstream_timeout"),
    ],
)
async def test_what_happens_to_the_connection_is_an_error_for_the_call(
    between: Between, script: Script, status: int, code: str
) -> None:
    between.script = script
    answer = await between.client.post("/mcp/files", json=call(id="a"))
    assert answer.status_code == status
    assert (answer.json()["id"], answer.json()["error"]["data"]) == ("a", {"code": code})


@pytest.mark.parametrize("stalls", [False, True])
async def test_a_stream_that_breaks_or_stalls_ends_with_an_error(between: Between, stalls: bool) -> None:
    progress = event({"jsonrpc": "2.0", "method": "notifications/progress"})
    between.script = sends(EVENTS, chunk(progress), chunk(event(result())[:20]), stalls=stalls)
    answer = await between.client.post("/mcp/files", json=call())
    told, failed = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]
    assert told["method"] == "notifications/progress"
    code = "upstream_timeout" if stalls else "upstream_connection_broken"
    assert failed["error"]["data"] == {"code": code}


async def test_nobody_at_the_address_is_an_error(between: Between) -> None:
    between._server.close()
    await between._server.wait_closed()
    answer = await between.client.post("/mcp/files", json=call())
    assert (answer.status_code, answer.json()["error"]["data"]) == (502, {"code": "upstream_unreachable"})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_client_that_leaves_closes_the_connection_to_the_server(method: str) -> None:
    async with Between(timeout=60) as between:
        between.script = sends(EVENTS, chunk(b": hello\n\n"), stalls=True)
        gone, came = asyncio.Event(), asyncio.Event()
        messages = [{"type": "http.request", "body": json.dumps(call()).encode() if method == "POST" else b""}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if b"hello" in message.get("body", b""):
                came.set()

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": "/mcp/files", "raw_path": b"/mcp/files", "query_string": b"", "root_path": "", "headers": [],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        serving = asyncio.ensure_future(between.app(scope, receive, send))
        await asyncio.wait_for(came.wait(), 5)  # what comes is there at once, though the stream goes on
        gone.set()
        await asyncio.wait_for(serving, 5)
        await asyncio.wait_for(between.left.wait(), 5)
