"""Which requests have a body, and how it is read."""

import contextlib
import gzip

import pytest
from routeiq_plugin_sdk import PluginRequest, Reject

from routeiq.adapters.asgi.request_body import has_body


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("POST", {"content-length": "3"}, True),
        ("POST", {"content-length": "0"}, False),
        ("POST", {"transfer-encoding": "chunked"}, True),
        ("POST", {}, False),
        ("GET", {}, False),
        ("GET", {"content-length": "3"}, True),
    ],
)
def test_a_body_is_announced(method, headers, expected):
    assert has_body(PluginRequest.mock(method, headers=headers)) is expected


async def test_a_compressed_body_is_decoded_for_plugins_and_the_application(plugin, apps, under):
    seen_bodies = []

    async def request_body(body):
        seen_bodies.append(body)

    client = await under(apps.echoing, plugin("p", request_body), max_body=1000)
    seen = await client("POST", body=gzip.compress(b"text"), headers={"content-encoding": "gzip"})
    assert seen_bodies == [b"text"]
    assert seen.body == b"text"
    assert "x-got-content-encoding" not in seen.headers
    assert seen.headers["x-got-content-length"] == "4"
    bomb = await client("POST", body=gzip.compress(b"0" * 100_000), headers={"content-encoding": "gzip"})
    assert bomb.status == 413
    garbage = await client("POST", body=b"garbage", headers={"content-encoding": "gzip"})
    assert garbage.status == 400


async def test_after_the_body_the_application_hears_what_the_server_says(plugin, under):
    heard = []

    async def request_body(body):
        return None

    async def app(scope, receive, send):
        heard.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        heard.append(await receive())

    client = await under(app, plugin("p", request_body))
    await client("POST", body=[b"a", b"b"], leaves_after=2)
    assert heard == [{"type": "http.request", "body": b"ab", "more_body": False}, {"type": "http.disconnect"}]


@pytest.mark.parametrize("announced", ["\xb2", "x", "-1", ""])
async def test_a_length_that_is_no_number_is_not_our_business(plugin, apps, under, announced):
    async def request_body(body):
        return None

    client = await under(apps.echoing, plugin("p", request_body))
    scope = apps.scope_of("POST")
    scope["headers"] = [(b"content-length", announced.encode("latin-1"))]
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"abc", "more_body": False}

    async def send(message):
        sent.append(message)

    await client.app(scope, receive, send)
    assert sent[-1]["body"] == b"abc"


async def test_a_length_beyond_all_numbers_is_413(plugin, apps, under):
    async def request_body(body):
        return None

    client = await under(apps.echoing, plugin("p", request_body))
    assert (await client("POST", body=b"x", headers={"content-length": "9" * 5000})).status == 413


async def reads_all(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def answers_400(scope, receive, send):
    """What many frameworks do: any error of the body is one of their own."""
    try:
        await reads_all(receive)
    except Exception:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"There was an error parsing the body"})


async def raises_another(scope, receive, send):
    try:
        await reads_all(receive)
    except Exception as error:
        raise ExceptionGroup("some task", [error]) from None


async def says_nothing(scope, receive, send):
    with contextlib.suppress(Exception):
        await reads_all(receive)


async def asks_again(scope, receive, send):
    for _ in range(5):
        with contextlib.suppress(Reject):
            assert (await receive()).get("body") == b"good"
    await answers_400(scope, receive, send)


@pytest.mark.parametrize("app", [answers_400, raises_another, says_nothing, asks_again])
@pytest.mark.parametrize("buffers", [False, True])
async def test_an_application_can_not_hide_that_its_body_was_refused(plugin, under, app, buffers):
    ends = []

    async def request_chunk(chunk):
        if chunk == b"bad":
            raise Reject(422, "not this", "bad_piece")

    async def response(response):
        ends.append((response.status_code, response.aborted, response.short_circuited_by))

    async def response_body(body):
        return None

    client = await under(app, plugin("p", request_chunk, response, *([response_body] if buffers else [])))
    seen = await client("POST", body=[b"good", b"bad", b"secret"])
    assert (seen.status, seen.ended, seen.raised) == (422, True, None)
    assert b"bad_piece" in seen.body
    assert ends == [(422, False, "p")]


async def test_a_refusal_after_the_response_has_begun_is_the_applications_to_handle(plugin, under):
    async def request_chunk(chunk):
        raise Reject(422, "not this")

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await receive()
        except Reject:
            await send({"type": "http.response.body", "body": b"sorry"})

    seen = await (await under(app, plugin("p", request_chunk)))("POST", body=b"x")
    assert (seen.status, seen.body, seen.raised) == (200, b"sorry", None)
