"""How whole responses are framed, and which are event streams."""

import pytest
from routeiq_plugin_sdk import PluginResponse

from routeiq.adapters.asgi.response_body import framed, is_event_stream


@pytest.mark.parametrize(
    ("status", "method", "length", "body"),
    [(200, "GET", b"3", b"abc"), (200, "HEAD", b"3", b""), (204, "GET", None, b""), (304, "GET", None, b"")],
)
def test_a_response_is_framed_by_its_status_and_method(status, method, length, body):
    headers, sent = framed(PluginResponse(b"abc", status, {"content-length": "77", "x": "1"}), method)
    assert (dict(headers).get(b"content-length"), sent) == (length, body)
    assert headers[0] == (b"x", b"1")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"content-type", b"text/event-stream")], True),
        ([(b"Content-Type", b"Text/Event-Stream; charset=utf-8")], True),
        ([(b"content-type", b"application/json")], False),
        ([], False),
    ],
)
def test_event_streams_are_known_by_their_type(headers, expected):
    assert is_event_stream(headers) is expected
