from __future__ import annotations

from routeiq_plugin_sdk.testing import echo_app
from routeiq_plugin_sdk.testing.connection import RequestParts, open_stream, open_websocket


async def test_it_tells_what_reached_it() -> None:
    stream = await open_stream(echo_app, RequestParts("PUT", "/a?b=c", {"x-one": "1"}, pieces=(b"one ", b"two")))
    seen = (await stream.read()).body
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == ("PUT", "/a", "b=c", "one two")
    assert seen["headers"]["x-one"] == "1"


async def test_a_websocket_gets_its_messages_back() -> None:
    websocket = await open_websocket(echo_app, RequestParts("GET", "/"))
    for message in ("text", b"bytes"):
        await websocket.send(message)
        assert await websocket.receive() == message
    await websocket.close()


async def test_other_scopes_are_left_alone() -> None:
    async def unused() -> None:
        raise AssertionError

    await echo_app({"type": "lifespan"}, unused, lambda message: unused())
