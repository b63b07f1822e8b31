"""The MCP servers of a harness."""

from collections import deque

import orjson
import pytest
from routeiq_plugin_sdk.testing import ToolAnswer, ToolFailure, ToolServers

from routeiq.testing.remotes import ScriptedRemotes, own_tool_answers
from routeiq.transport import ConnectFailed, ConnectionClosed

URL = "https://files.test/mcp"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"q": "ü"}}}


@pytest.fixture
def remotes():
    """remotes(message, method) -> status, type, body; with `tools`."""
    tools = ToolServers()
    client = ScriptedRemotes(tools, {"files": URL})

    async def ask(message=CALL, method="POST"):
        response = await client.request(method, URL, ((b"x-own", b"y"),), orjson.dumps(message), further=())
        return response.status, dict(response.headers)[b"content-type"], await response.read()

    ask.tools = tools
    return ask


async def test_a_tool_answers_with_its_arguments(remotes):
    status, kind, body = await remotes()
    assert (status, kind) == (200, b"application/json")
    expected = {"content": [{"type": "text", "text": '{"q": "ü"}'}], "isError": False}
    assert orjson.loads(body) == {"jsonrpc": "2.0", "id": 1, "result": expected}
    (request,) = remotes.tools.requests
    assert (request.server, request.tool, request.arguments) == ("files", "search", {"q": "ü"})
    assert request.headers["x-own"] == "y"


async def test_an_answer_with_progress_is_a_stream(remotes):
    remotes.tools.script(ToolAnswer("done", progress=["a", "b"]))
    _, kind, body = await remotes()
    assert kind == b"text/event-stream"
    assert body.count(b"event: message\n") == 3


async def test_a_function_makes_answers(remotes):
    async def late(request):
        return {"content": [], "tool": request.tool}

    remotes.tools.script(lambda request: ToolAnswer("x", stream=True), late)
    assert (await remotes())[1] == b"text/event-stream"
    assert orjson.loads((await remotes())[2])["result"] == {"content": [], "tool": "search"}


async def test_a_calls_own_answer_comes_first(remotes):
    remotes.tools.default = "default"
    token = own_tool_answers.set(deque(["own"]))
    try:
        assert b"own" in (await remotes())[2]
        assert b"default" in (await remotes())[2]
    finally:
        own_tool_answers.reset(token)


async def test_failures_are_what_the_test_says(remotes):
    remotes.tools.script(ToolFailure(), ToolFailure(503, None, "busy"), ToolFailure(0), ToolAnswer(breaks=True))
    assert orjson.loads((await remotes())[2])["error"]["code"] == -32603
    assert await remotes() == (503, b"text/plain", b"busy")
    with pytest.raises(ConnectFailed):
        await remotes()
    with pytest.raises(ConnectionClosed):
        await remotes()


async def test_other_requests_have_an_answer_too(remotes):
    assert (await remotes({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}))[0] == 200
    assert (await remotes({"jsonrpc": "2.0", "method": "notifications/x"}))[0] == 202
    assert (await remotes([]))[0] == 202
    assert (await remotes(method="GET"))[0] == 405
    assert (await remotes(method="DELETE"))[0] == 200
