"""MCP's own client and server, with the gateway between them, over loopback: both generations of the protocol."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest
import uvicorn
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Reject, hookimpl

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

REASON = "needs mcp 2: the dependency group interop"
mcpserver = pytest.importorskip("mcp.server.mcpserver", reason=REASON)
mcp = pytest.importorskip("mcp", reason=REASON)
client = pytest.importorskip("mcp.client", reason=REASON)

from pydantic import BaseModel, Field  # noqa: E402

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
Region = Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]


class Answer(BaseModel):
    """What a tool asks its user for."""

    name: str


class Tools:
    """The server, and what became of its tools.

    Attributes:
        cancelled: Whether the tool that never ends was given up.
    """

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.begun = threading.Event()
        self.server = mcpserver.MCPServer("files")
        for tool in (self.add, self.slow, self.hang, self.greet, self.where):
            self.server.add_tool(tool)

    def add(self, a: int, b: int) -> int:
        """Add."""
        return a + b

    async def slow(self, context: mcpserver.Context) -> str:
        """Tell how far it is."""
        for number in (1, 2):
            await context.report_progress(number, 2)
        return "done"

    async def hang(self) -> str:
        """Never end."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        return ""

    async def greet(self, context: mcpserver.Context) -> str:
        """Ask who is there."""
        answer = await context.elicit("Who?", Answer)
        return f"hello {answer.data.name}"

    def where(self, region: Region, query: str) -> str:
        """Tell what it was asked."""
        return f"{region}: {query}"


class Guard:
    """Changes arguments and results, and refuses some."""

    metadata = PluginMetadata(name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE})

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    @hookimpl
    async def tool_pre_call(self, server: str, tool: str, arguments: Any) -> Any:
        self.seen.append((tool, dict(arguments)))
        if arguments.get("a") == 13:
            raise Reject(403, "That brings bad luck.", "unlucky")
        if tool == "where":
            return {**arguments, "region": "eu-wést"}
        return {**arguments, "b": 100} if tool == "add" else None

    @hookimpl
    def tool_post_call(self, tool: str, result: Any) -> Any:
        self.seen.append((tool, result.get("resultType") or "result"))
        if tool == "slow":
            raise Reject(403, "It took too long.", "slow")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application from a thread, and give its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    one = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=one.run, args=([listening],), daemon=True)
    thread.start()
    while not one.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        one.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="module")
def between() -> Iterator[types.SimpleNamespace]:
    """The address of the server in the gateway, with its tools and the plugin."""
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    tools, guard, manager = Tools(), Guard(), PluginManager(ManagerSettings())
    manager.register(guard)
    with serving(tools.server.streamable_http_app()) as upstream:
        settings = GatewaySettings.model_validate({"mcp_servers": {"files": {"url": f"{upstream}/mcp"}}})
        with serving(Gateway(settings, manager, MemoryState())) as gateway:
            yield types.SimpleNamespace(url=f"{gateway}/mcp/files", tools=tools, guard=guard)


@MODES
async def test_tools_are_listed_and_called_through_the_plugin(between: Any, mode: str) -> None:
    async with client.Client(between.url, mode=mode) as session:
        assert session.protocol_version == ("2026-07-28" if mode == "auto" else "2025-11-25")
        listed = await session.list_tools()
        assert {tool.name for tool in listed.tools} == {"add", "slow", "hang", "greet", "where"}
        result = await session.call_tool("add", {"a": 1, "b": 2})
        assert (result.structured_content, result.is_error) == ({"result": 101}, False)


@MODES
async def test_a_refusal_is_an_error_that_the_client_understands(between: Any, mode: str) -> None:
    async with client.Client(between.url, mode=mode) as session:
        with pytest.raises(mcp.MCPError) as caught:
            await session.call_tool("add", {"a": 13, "b": 2})
        assert (caught.value.error.code, caught.value.error.message) == (-32010, "That brings bad luck.")
        assert (await session.call_tool("add", {"a": 1, "b": 2})).structured_content == {"result": 101}


@MODES
async def test_progress_passes_and_a_withheld_result_is_the_tools_error(between: Any, mode: str) -> None:
    told = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total))

    async with client.Client(between.url, mode=mode) as session:
        result = await session.call_tool("slow", {}, progress_callback=progress)
    assert told == [(1, 2), (2, 2)]
    assert result.is_error
    assert result.content[0].text == "It took too long."


async def test_a_server_may_ask_the_client_while_its_tool_runs(between: Any) -> None:
    async def answered(context: Any, params: Any) -> Any:
        return mcp.types.ElicitResult(action="accept", content={"name": "Ada"})

    # Later versions have no requests of servers.
    async with client.Client(between.url, mode="legacy", elicitation_callback=answered) as session:
        result = await session.call_tool("greet", {})
    assert result.content[0].text == "hello Ada"


@MODES
async def test_a_client_that_gives_up_ends_the_call_at_the_server(between: Any, mode: str) -> None:
    between.tools.begun.clear()
    between.tools.cancelled.clear()
    async with client.Client(between.url, mode=mode) as session:
        task = asyncio.ensure_future(session.call_tool("hang", {}))
        await asyncio.to_thread(between.tools.begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(between.tools.cancelled.wait, 10)


@MODES
async def test_a_parameter_that_is_mirrored_into_a_header_follows_the_plugins_change(between: Any, mode: str) -> None:
    async with client.Client(between.url, mode=mode) as session:
        await session.list_tools()
        result = await session.call_tool("where", {"region": "us", "query": "x"})
    assert result.content[0].text == "eu-wést: x"
