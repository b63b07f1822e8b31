"""What servers' tools mirror, asked of them."""

import pytest
from tests.fakes.mcp_relay import TARGET, Upstream, answer, stream

from routeiq.adapters.mcp.schemas import FRESH, ToolSchemas
from routeiq.adapters.mcp.servers import Server

SERVER = Server("files", TARGET, ((b"x-own", b"o"),))
META = {"m": 1}
SCHEMA = {"properties": {"q": {"type": "string", "x-mcp-header": "Q"}}}


def listing(*names, **more):
    tools = [{"name": name, "inputSchema": SCHEMA} for name in names]
    return {"jsonrpc": "2.0", "id": "x", "result": {"tools": tools, **more}}


@pytest.fixture
def asked():
    """asked(tool) -> what it mirrors; with `upstream` and `now` to be set."""
    upstream, clock = Upstream(), [0.0]
    schemas = ToolSchemas(upstream, lambda: clock[0])
    headers = [
        (b"mcp-name", b"a"),
        (b"mcp-method", b"tools/call"),
        (b"mcp-param-q", b"x"),
        (b"further", b"y"),
        (b"accept-encoding", b"gzip"),
    ]

    async def ask(tool="a", meta=META):
        return await schemas.mirrors(SERVER, tool, headers, meta)

    ask.upstream, ask.clock = upstream, clock
    return ask


async def test_a_server_is_asked_once_in_a_while(asked):
    asked.upstream.answers += [answer(listing("a", "b")), answer(listing("a"))]
    assert await asked() == await asked("b") == {("q",): "Q"}
    assert len(asked.upstream.asked) == 1
    assert asked.upstream.asked[0]["headers"] == [
        (b"x-own", b"o"),
        (b"further", b"y"),
        (b"mcp-method", b"tools/list"),
        (b"accept-encoding", b"identity"),
    ]
    asked.clock[0] = FRESH
    assert await asked() == {("q",): "Q"}
    assert len(asked.upstream.asked) == 2


async def test_what_the_request_does_not_say_the_listing_does_not(asked):
    asked.upstream.answers.append(answer(listing("a"), kind=b"Application/JSON; charset=utf-8"))
    assert await asked(meta=None) == {("q",): "Q"}
    assert asked.upstream.asked[0]["body"]["params"] == {}


async def test_all_pages_are_read_in_events_too(asked):
    asked.upstream.answers += [stream(b": ping\n\n", listing("a", nextCursor="2")), answer(listing("b"))]
    assert await asked("b") == {("q",): "Q"}
    assert asked.upstream.asked[1]["body"]["params"] == {"_meta": {"m": 1}, "cursor": "2"}


async def test_a_tool_that_is_not_listed_mirrors_nothing(asked):
    asked.upstream.answers += [answer(listing("a", nextCursor="2")), answer(listing("a", nextCursor="2"))]
    assert await asked("c") == {}


@pytest.mark.parametrize("made", [answer(b"", 404), answer(b"{"), answer({"error": {}}), answer(b"", kind=b"x")])
async def test_a_server_that_does_not_say_is_not_guessed_at(asked, made):
    asked.upstream.answers.append(made)
    assert await asked() is None
