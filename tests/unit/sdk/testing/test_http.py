from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import HTTPResponse, OutboundError, OutboundTimeout
from routeiq_plugin_sdk.testing import OutboundRequest, ScriptedHTTP

URL = "https://guard.example/check"


async def test_what_was_said_last_comes_first() -> None:
    http = ScriptedHTTP()
    http.respond(URL, json={"n": 1})
    http.respond(URL, content=b"twice", times=2)
    assert [(await http.get(URL)).content for _ in range(3)] == [b"twice", b"twice", b'{"n": 1}']


async def test_requests_are_told_apart_by_method_and_url() -> None:
    http = ScriptedHTTP()
    http.respond("https://guard.example/*", content=b"any")
    http.respond(f"{URL}?a=1", content=b"query")
    http.respond(URL, status_code=201, method="post")
    assert (await http.post(URL, json={"a": [1]}, headers={"x-a": "1"}, timeout=2)).status_code == 201
    assert (await http.get(URL, params={"a": 1})).content == b"query"
    for method in (http.put, http.patch, http.delete):
        assert (await method(URL, content="ä")).content == b"any"
    first, second, third, *_ = http.requests
    assert (first.method, first.json, first.content, first.timeout) == ("POST", {"a": [1]}, b'{"a": [1]}', 2)
    assert first.headers["x-a"] == "1"
    assert second.url == f"{URL}?a=1"
    assert third.content == "ä".encode()


async def test_a_reply_may_be_a_response_an_exception_or_a_function() -> None:
    http = ScriptedHTTP()
    http.respond(URL, HTTPResponse.mock(204))
    assert (await http.get(URL)).status_code == 204
    http.respond(URL, OutboundTimeout("guard.example", "too late"))
    with pytest.raises(OutboundTimeout):
        await http.get(URL)
    http.respond(URL, lambda request: HTTPResponse.mock(content=request.content[::-1]))
    assert (await http.post(URL, content=b"ab")).content == b"ba"

    async def later(request: OutboundRequest) -> HTTPResponse:
        return HTTPResponse.mock(json=request.method)

    http.respond(URL, later)
    assert (await http.get(URL)).json() == "GET"


async def test_streams() -> None:
    http = ScriptedHTTP()
    http.respond(URL, content=b"abc")
    async with http.stream("GET", URL) as response:
        assert (response.status_code, [chunk async for chunk in response.chunks()]) == (200, [b"abc"])
        assert (await response.read()).content == b"abc"
    http.respond(URL)
    async with http.stream("GET", URL) as response:
        assert [chunk async for chunk in response.chunks()] == []


async def test_what_nobody_scripted_is_an_error_that_says_how_to() -> None:
    http = ScriptedHTTP()
    http.respond("https://other.example", method="PUT")
    with pytest.raises(OutboundError, match=r"no answer to GET https://guard.example/check: say http.respond\('https"):
        await http.get(URL)


async def test_mistakes_are_those_of_the_real_client() -> None:
    http: Any = ScriptedHTTP()
    with pytest.raises(TypeError, match="no option data"):
        await http.post(URL, data=b"")
    with pytest.raises(ValueError, match="one body"):
        await http.post(URL, json=1, content=b"")
