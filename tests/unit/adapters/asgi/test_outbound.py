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
        assert headers_seen == [451]  # what a client may need, such as CORS, stands on errors too

    @pytest.mark.parametrize("phase", ["response_body", "response_headers"])
    async def test_an_abort_is_offered_to_the_error_phase(self, plugin, apps, under, phase):
        async def broken():
            raise ValueError("secret")

        async def error(exception):
            return PluginResponse.text(type(exception).__name__, 418)

        broken.__name__ = phase
        client = await under(
            apps.answering(b"abc"), plugin("broken", broken, failure_mode="abort"), plugin("helps", error)
        )
        seen = await client()
        assert (seen.status, seen.body, seen.raised) == (418, b"PluginAborted", None)

    async def test_a_second_refusal_takes_the_place_of_the_first(self, plugin, apps, under):
        async def response_body(body):
            raise Reject(451, "first")

        async def response_headers(response):
            raise Reject(452, "second")

        seen = await (await under(apps.answering(b"abc"), plugin("p", response_body, response_headers)))()
        assert seen.status == 452
        assert b"second" in seen.body

    async def test_a_response_that_is_not_finished_while_it_is_buffered_is_no_response(self, plugin, under):
        ends = []

        async def response(response):
            ends.append((response.status_code, response.aborted))

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})

        seen = await (await under(app, plugin("p", response, response_body)))()
        assert (seen.messages, seen.raised) == ([], None)  # the server answers 500, as it would without plugins
        assert ends == [(500, True)]

    async def test_names_in_upper_case_are_known_too(self, plugin, apps, under):
        packed = gzip.compress(b"abc")
        app = apps.answering(packed, headers={"Content-Encoding": "gzip", "Content-Length": str(len(packed))})
        seen = await (await under(app, plugin("p", response_body)))()
        assert (seen.body, seen.headers["content-length"]) == (b"cba", "3")
        assert not {"Content-Encoding", "Content-Length"} & seen.headers.keys()


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


async def test_a_stream_whose_response_was_replaced_is_stopped(plugin, under):
    made = []

    async def response_headers(response):
        raise Reject(403, "no")

    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            made.append(1)
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    seen = await (await under(endless, plugin("p", response_headers)))()
    assert (seen.status, seen.ended, seen.raised, made) == (403, True, None, [1])


async def test_an_endless_response_over_the_limit_is_stopped(plugin, under):
    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 10, "more_body": True})
        except OSError as error:
            raise LookupError from error  # what the application makes of it

    seen = await (await under(endless, plugin("p", response_body), max_body=100))()
    assert (seen.status, seen.ended, seen.raised) == (502, True, None)


async def test_an_application_that_fails_after_its_response_was_replaced_is_reported(plugin, under):
    async def response_headers(response):
        raise Reject(403, "no")

    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        raise ZeroDivisionError

    seen = await (await under(broken, plugin("p", response_headers)))()
    assert seen.status == 403
    assert isinstance(seen.raised, ZeroDivisionError)


@pytest.mark.parametrize("hides", [False, True])
async def test_a_refused_chunk_cuts_the_response_even_if_the_application_hides_it(plugin, under, hides):
    ends = []

    async def response_chunk(chunk):
        if chunk == b"bad":
            raise Reject(403, "no")

    async def response(response):
        ends.append((response.status_code, response.aborted))

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for chunk in (b"good", b"bad", b"more"):
            try:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except Exception:
                if not hides:
                    raise
        await send({"type": "http.response.body", "body": b"end"})

    seen = await (await under(app, plugin("p", response_chunk, response)))()
    assert (seen.chunks, seen.ended) == ([b"good"], False)
    assert isinstance(seen.raised, Reject)
    assert ends == [(200, True)]


@pytest.mark.parametrize("hook", ["response_chunk", "response_body", None])
@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_that_a_plugin_sets_leaves_the_body_out(plugin, apps, under, status, hook):
    async def response_headers(response):
        return response.with_status(status)

    hooks = {"response_chunk": response_chunk, "response_body": response_body}
    one = plugin("p", response_headers, *([hooks[hook]] if hook else []))
    seen = await (await under(apps.answering(b"ab", b"c", headers={"content-length": "3"}), one))()
    assert (seen.status, seen.body, seen.ended) == (status, b"", True)
    assert "content-length" not in seen.headers


async def test_a_plugins_answer_without_content_has_none(plugin, apps, under):
    async def request(request):
        return PluginResponse(b"ignored", 204)

    seen = await (await under(apps.answering(b"x"), plugin("p", request)))()
    assert (seen.status, seen.body, seen.ended) == (204, b"", True)
    assert "content-length" not in seen.headers


class Strict:
    """A server that refuses what comes in the wrong order."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        expected = "http.response.body" if self.messages else "http.response.start"
        ended = len(self.messages) > 1 and not self.messages[-1].get("more_body", False)
        if message["type"] != expected or ended:
            raise RuntimeError("wrong order")
        self.messages.append(message)


START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"x"}


@pytest.mark.parametrize("messages", [[START, START], [END], [START, END, END], [START, END, START]])
@pytest.mark.parametrize("hook", [None, response_chunk, response_body])
async def test_messages_in_the_wrong_order_are_an_error_and_never_a_second_phase(plugin, under, apps, messages, hook):
    calls = []

    async def response_headers(response):
        calls.append("headers")

    async def response(response):
        calls.append("response")

    async def app(scope, receive, send):
        for message in messages:
            await send(dict(message))

    client = await under(app, plugin("p", response_headers, response, *([hook] if hook else [])))
    server = Strict()
    with pytest.raises(RuntimeError):
        await client.app(apps.scope_of(), None, server.send)
    assert calls == ["headers", "response"]


async def test_a_server_that_can_not_send_aborts_the_response(plugin, apps, under):
    ends = []

    async def response(response):
        ends.append((response.status_code, response.aborted))

    client = await under(apps.answering(b"a", b"b"), plugin("p", response))
    for fails_at in range(3):
        sent = []

        async def send(message, sent=sent, fails_at=fails_at):
            if len(sent) == fails_at:
                raise ConnectionResetError
            sent.append(message)

        with pytest.raises(ConnectionResetError):
            await client.app(apps.scope_of(), None, send)
    assert ends == [(200, True)] * 3


async def test_a_file_that_the_server_sends_itself_is_a_whole_response(plugin, under):
    ends = []

    async def response(response):
        ends.append(response.aborted)

    async def app(scope, receive, send):
        await send(dict(START))
        await send({"type": "http.response.pathsend", "path": "/x"})

    await (await under(app, plugin("p", response)))()
    assert ends == [False]
