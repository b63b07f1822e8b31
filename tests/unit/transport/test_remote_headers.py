"""Which headers pass between clients and servers; tests/unit/adapters has them for each protocol."""

import pytest

from routeiq.transport.remote_headers import (
    is_coded,
    is_credential,
    is_event_stream,
    media_type,
    returned,
    sent,
    visible,
)


@pytest.mark.parametrize("name", [b"Authorization", b"cookie", b"x_user_secret", b"x-api-key", b"x-session"])
def test_a_name_tells_that_a_header_is_a_credential(name):
    assert is_credential(name)


@pytest.mark.parametrize("name", [b"accept", b"idempotency-key", b"x-author", b"keyboard"])
def test_another_name_does_not(name):
    assert not is_credential(name)


def test_a_method_is_what_it_is():
    given = [(b"x-http-method-override", b"POST"), (b"x-http-method", b"POST"), (b"x-own", b"1")]
    assert sent(given, (), {b"x-http-method"}, ()) == [(b"x-own", b"1")]


def test_what_the_protocol_or_the_settings_name_passes():
    given = [(b"p-token", b"1"), (b"x-key", b"2"), (b"other-token", b"3"), (b"own", b"4")]
    assert sent(given, [(b"own", b"5")], {b"x-key"}, (b"p-",)) == [(b"p-token", b"1"), (b"x-key", b"2")]


def test_what_belongs_to_one_connection_does_not_come_back():
    given = [(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"etag", b"2"), (b"www-authenticate", b"3")]
    assert returned(given, ()) == [(b"etag", b"2")]
    assert returned(given, {b"authorization"}) == [(b"etag", b"2"), (b"www-authenticate", b"3")]


def test_plugins_see_no_credentials_that_are_forwarded():
    given = [(b"authorization", b"1"), (b"p-session-id", b"2"), (b"x-own", b"3")]
    assert visible(given, (b"p-",)) == [(b"p-session-id", b"2"), (b"x-own", b"3")]


@pytest.mark.parametrize(
    ("value", "kind", "streams"),
    [
        (b"text/event-stream", b"text/event-stream", True),
        (b"Text/Event-Stream ; charset=utf-8", b"text/event-stream", True),
        (b"application/json", b"application/json", False),
        (None, b"", False),
    ],
)
def test_an_answer_says_what_it_is(value, kind, streams):
    headers = [(b"x-own", b"text/event-stream"), *([] if value is None else [(b"content-type", value)])]
    assert (media_type(headers), is_event_stream(headers)) == (kind, streams)


@pytest.mark.parametrize(
    ("value", "coded"), [(b"gzip", True), (b"Identity ", False), (b"", False), (b"br, gzip", True)]
)
def test_a_coded_answer_is_told(value, coded):
    assert is_coded([(b"content-encoding", value)]) is coded
    assert not is_coded([(b"accept-encoding", value)])
