from __future__ import annotations

import asyncio
from typing import Any

import pytest
from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.testing import HarnessResponse, WebSocketClosed
from routeiq_plugin_sdk.testing.connection import RequestParts, encoded_body, open_stream, open_websocket


def parts(path: str = "/", **rest: Any) -> RequestParts:
    return RequestParts("GET", path, **rest)


async def answer(send: Any, *pieces: bytes, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"X-One", b"1")]})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def test_pieces_stay_what_the_application_sent() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"a", b"", b"bc")

    response = await (await open_stream(app, parts())).read()
    assert (response.chunks, response.content, response.complete) == ((b"a", b"bc"), b"abc", True)
    assert response.headers["x-one"] == "1"


async def test_the_application_waits_for_a_reader_and_notices_that_it_leaves() -> None:
    sent: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.request"
        waiting = asyncio.ensure_future(receive())
        while not waiting.done():
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            sent.append(b"x")
            await asyncio.sleep(0)
        assert waiting.result() == {"type": "http.disconnect"}
        assert await receive() == {"type": "http.disconnect"}

    stream = await open_stream(app, parts())
    await anext(stream.chunks())
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(sent) <= 3
    await stream.leave()
    response = await stream.read()
    assert not response.complete


async def test_what_an_application_raises_is_raised_without_a_response_and_told_with_one() -> None:
    async def before(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("before")

    async def amid(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("amid")

    async def nothing(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(ValueError, match="before"):
        await open_stream(before, parts())
    response = await (await open_stream(amid, parts())).read()
    assert (response.content, response.complete, str(response.exception)) == (b"half", False, "amid")
    with pytest.raises(AssertionError, match="no response to GET /"):
        await open_stream(nothing, parts())


async def test_a_test_that_gives_up_waiting_takes_its_request_along() -> None:
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await open_stream(app, parts())
    await asyncio.wait_for(ended.wait(), 5)


def test_a_scope_says_what_the_test_does() -> None:
    scope = parts("/a%20b?c=d", headers={"Host": "example.com", "x-a": "1"}, content=b"xy").scope("http")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d")
    assert sorted(scope["headers"]) == [(b"content-length", b"2"), (b"host", b"example.com"), (b"x-a", b"1")]
    assert (b"transfer-encoding", b"chunked") in parts(pieces=(b"a",)).scope("http")["headers"]
    with pytest.raises(ValueError, match="must begin with '/'"):
        parts("a").scope("http")


def test_bodies_are_json_unless_they_are_bytes_or_text() -> None:
    assert encoded_body(None, None, None) == (None, Headers(), None)
    assert encoded_body(b"a", None, None)[0] == b"a"
    assert encoded_body("ä", None, None)[0] == "ä".encode()
    content, headers, _ = encoded_body({"a": 1}, {"x-a": "1"}, None)
    assert (content, headers["content-type"]) == (b'{"a": 1}', "application/json")
    assert encoded_body([1], {"content-type": "x/json"}, None)[1]["content-type"] == "x/json"
    assert encoded_body(None, None, [b"a", b"b"])[2] == (b"a", b"b")
    with pytest.raises(ValueError, match="one body"):
        encoded_body(b"a", None, [b"a"])


def test_a_body_without_pieces_is_empty() -> None:
    assert parts(pieces=()).messages() == [{"type": "http.request", "body": b"", "more_body": False}]


def test_the_body_is_parsed_where_it_says_that_it_is_json() -> None:
    json = Headers.of({"content-type": "application/problem+json"})
    assert HarnessResponse(200, json, (b'{"a"', b": 1}")).body == {"a": 1}
    assert HarnessResponse(200, json, (b"{",)).body == b"{"
    assert HarnessResponse(200, Headers(), (b"{}",)).body == b"{}"
    assert HarnessResponse(200, Headers(), (b"\xff",)).text == "\ufffd"


async def test_a_websocket_is_refused_closed_or_broken() -> None:
    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"n", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"o"})

    async def closes(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 4000, "reason": "no"})

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("broken")

    refused = await open_websocket(refuses, parts())
    assert not refused.accepted
    assert refused.response is not None
    assert refused.response.content == b"no"
    closed = await open_websocket(closes, parts())
    assert closed.closed is not None
    assert (closed.closed.code, closed.closed.reason) == (4000, "no")
    for doing in (closed.receive(), closed.send("x")):
        with pytest.raises(WebSocketClosed):
            await doing
    with pytest.raises(ValueError, match="broken"):
        await open_websocket(breaks, parts())


async def test_a_websocket_that_the_client_closes() -> None:
    heard: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while heard[-1:] != ["websocket.disconnect"]:
            heard.append((await receive())["type"])

    websocket = await open_websocket(app, parts())
    await websocket.send("x")
    await websocket.close(1001)
    await websocket.close()
    assert heard == ["websocket.receive", "websocket.disconnect"]
