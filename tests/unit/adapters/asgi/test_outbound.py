"""The response on its way out: headers, chunks, whole bodies, and what must stay as it is."""

import asyncio
import gzip

import pytest
from routeiq_plugin_sdk import PluginResponse, Reject


async def response_chunk(chunk):
    return chunk.upper()


async def response_body(body):
    return body[::-1]


async def test_headers_are_changed_once_before_the_first_byte(plugin, apps, under):
    async def response_headers(response):
        return response.with_headers({"x-new": "1"}).with_status(201).without_headers("x-old")

    client = await under(apps.answering(b"a", b"b", headers={"x-old": "0"}), plugin("p", response_headers))
    seen = await client()
    assert seen.status == 201
    assert seen.headers["x-new"] == "1"
    assert "x-old" not in seen.headers


async def test_repeated_headers_stay_repeated(plugin, apps, under):
    async def response_headers(response):
        return response.with_added_headers({"set-cookie": "b=2"})

    async def app(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"set-cookie", b"a=1"), (b"set-cookie", b"c=3")],
            }
        )
        await send({"type": "http.response.body"})

    seen = await (await under(app, plugin("p", response_headers)))()
    cookies = [value for name, value in seen.messages[0]["headers"] if name == b"set-cookie"]
    assert cookies == [b"a=1", b"c=3", b"b=2"]


async def test_chunks_leave_as_they_are_made(plugin, under):
    sent, gate = [], asyncio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        assert sent == [b"A"]  # the first one has left before the second one is made
        gate.set()
        await send({"type": "http.response.body", "body": b"b"})

    client = await under(app, plugin("p", response_chunk))

    async def send(message):
        if message["type"] == "http.response.body":
            sent.append(message["body"])

    from_client = {"type": "http.request", "body": b"", "more_body": False}

    async def receive():
        return from_client

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await client.app(scope, receive, send)
    assert sent == [b"A", b"B"]
    assert gate.is_set()


async def test_a_length_that_plugins_may_change_is_not_promised(plugin, apps, under):
    client = await under(apps.answering(b"a", headers={"content-length": "1"}), plugin("p", response_chunk))
    assert "content-length" not in (await client()).headers


async def test_a_swallowed_chunk_is_not_sent_and_the_end_still_is(plugin, apps, under):
    async def response_chunk(chunk):
        return b"" if chunk == b"b" else None

    client = await under(apps.answering(b"a", b"b", b"c", b""), plugin("p", response_chunk))
    seen = await client()
    assert seen.chunks == [b"a", b"c", b""]
    assert seen.ended


async def test_the_final_chunk_is_told(plugin, apps, under):
    finals = []

    async def response_chunk(chunk, is_final):
        finals.append((chunk, is_final))

    client = await under(apps.answering(b"a", b""), plugin("p", response_chunk))
    await client()
    assert finals == [(b"a", False), (b"", True)]


class TestWholeBodies:
    async def test_a_body_is_replaced_with_its_right_length(self, plugin, apps, under):
        client = await under(apps.answering(b"ab", b"c", headers={"content-length": "3"}), plugin("p", response_body))
        seen = await client()
        assert seen.chunks == [b"cba"]
        assert seen.headers["content-length"] == "3"

    async def test_chunk_hooks_see_the_whole_body_once_and_headers_come_last(self, plugin, apps, under):
        calls = []

        async def response_body(body):
            calls.append("body")

        async def response_chunk(chunk, is_final):
            calls.append((chunk, is_final))

        async def response_headers(response):
            calls.append(("headers", response.headers.get("content-length")))

        client = await under(apps.answering(b"ab", b"c"), plugin("p", response_body, response_chunk, response_headers))
        await client()
        assert calls == ["body", (b"abc", True), ("headers", "3")]

    async def test_an_event_stream_is_never_buffered(self, plugin, apps, under):
        app = apps.answering(
            b"data: 1\n\n", b"data: 2\n\n", headers={"content-type": "text/event-stream; charset=utf-8"}
        )
        seen = await (await under(app, plugin("p", response_body)))()
        assert seen.chunks == [b"data: 1\n\n", b"data: 2\n\n"]

    async def test_a_body_over_the_limit_is_502(self, plugin, apps, under):
        client = await under(apps.answering(b"123", b"456"), plugin("p", response_body), max_body=5)
        seen = await client()
        assert seen.status == 502
        assert b"response_too_large" in seen.body

    async def test_a_compressed_body_is_decoded(self, plugin, apps, under):
        packed = gzip.compress(b"abc")
        app = apps.answering(packed, headers={"content-encoding": "gzip", "content-length": str(len(packed))})
        seen = await (await under(app, plugin("p", response_body)))()
        assert seen.body == b"cba"
        assert "content-encoding" not in seen.headers
        seen = await (
            await under(apps.answering(b"xx", headers={"content-encoding": "gzip"}), plugin("q", response_body))
        )()
        assert seen.status == 502

    async def test_a_reject_takes_the_responses_place(self, plugin, apps, under):
        async def response_body(body):
            raise Reject(451, "not this", "law")

        headers_seen = []

        async def response_headers(response):
            headers_seen.append(response.status_code)

        client = await under(apps.answering(b"abc"), plugin("p", response_body, response_headers))
        seen = await client()
        assert (seen.status, seen.raised) == (451, None)
        assert b"law" in seen.body


async def test_a_reject_in_response_headers_takes_the_responses_place_and_mutes_the_application(plugin, apps, under):
    calls = []

    async def response_headers(response):
        calls.append(response.status_code)
        raise Reject(403, "no", "headers")

    client = await under(apps.answering(b"a", b"b"), plugin("p", response_headers))
    seen = await client()
    assert (seen.status, seen.ended, calls) == (403, True, [200])
    assert b"headers" in seen.body
    assert b"a" not in seen.chunks


@pytest.mark.parametrize("status", [204, 304])
async def test_responses_without_a_body_have_no_body_phases(plugin, apps, under, status):
    async def response_chunk(chunk):
        raise AssertionError

    async def response_body(body):
        raise AssertionError

    app = apps.answering(b"", status=status, headers={"content-length": "7"})
    seen = await (await under(app, plugin("p", response_chunk, response_body, failure_mode="abort")))()
    assert (seen.status, seen.headers["content-length"], seen.ended) == (status, "7", True)


async def test_head_keeps_its_length_and_sends_no_body(plugin, apps, under):
    client = await under(apps.answering(b"", headers={"content-length": "7"}), plugin("p", response_chunk))
    seen = await client("HEAD")
    assert (seen.headers["content-length"], seen.body) == ("7", b"")

    async def request(request):
        return PluginResponse.text("seven..")

    client = await under(apps.answering(b""), plugin("q", request))
    seen = await client("HEAD")
    assert (seen.headers["content-length"], seen.body) == ("7", b"")


async def test_early_hints_and_trailers_pass(plugin, under):
    async def app(scope, receive, send):
        await send({"type": "http.response.early_hint", "links": []})
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"x"})
        await send({"type": "http.response.trailers", "headers": [(b"x-end", b"1")]})

    seen = await (await under(app, plugin("p", response_chunk)))()
    assert [message["type"].rsplit(".", 1)[1] for message in seen.messages] == [
        "early_hint",
        "start",
        "body",
        "trailers",
    ]


async def test_plain_bytes_are_asked_of_the_application_where_plugins_read_them(plugin, under):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    client = await under(app, plugin("p", response_chunk))
    extensions = {"http.response.pathsend": {}, "http.response.trailers": {}}
    await client(headers={"accept-encoding": "gzip, br"}, extensions=extensions)
    assert (b"accept-encoding", b"identity") in scopes[0]["headers"]
    assert set(scopes[0]["extensions"]) == {"http.response.trailers"}
    client = await under(app)
    await client(headers={"accept-encoding": "gzip"}, extensions=extensions)
    assert (b"accept-encoding", b"gzip") in scopes[1]["headers"]
    assert set(scopes[1]["extensions"]) == set(extensions)


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\nb", "a\x00b"])
async def test_a_plugin_can_not_split_the_response(plugin, apps, under, value):
    async def response_headers(response):
        return response.with_headers({"x-evil": value})

    client = await under(apps.answering(b"fine"), plugin("p", response_headers))
    seen = await client()
    assert (seen.status, seen.body) == (200, b"fine")
    assert "x-evil" not in seen.headers
