"""Which requests have a body, and how it is read."""

import gzip

import pytest
from routeiq_plugin_sdk import PluginRequest

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
