"""Responses and errors of a plugin's HTTP client, as a plugin sees them."""

import pickle

import pytest
from routeiq_plugin_sdk import Headers, HTTPResponse, OutboundError, OutboundRefused, OutboundStatus, OutboundTimeout


def test_an_error_names_the_host_and_what_happened():
    error = OutboundRefused("guard.internal:8443", "this is a private address")
    assert str(error) == "guard.internal:8443: this is a private address"
    assert (error.host, error.reason) == ("guard.internal:8443", "this is a private address")
    assert str(OutboundError("", "this is no URL")) == "this is no URL"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("kind", [OutboundRefused, OutboundTimeout, OutboundStatus])
def test_one_except_clause_is_enough_for_a_plugin_that_does_not_care_why(kind):
    assert issubclass(kind, OutboundError)


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("application/json", "é".encode(), "é"),
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ('text/plain;charset="UTF-8"', "é".encode(), "é"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("text/plain", b"\xff", "\ufffd"),
    ],
)
def test_text_is_in_the_charset_that_the_head_says(content_type, content, text):
    assert HTTPResponse(200, Headers.of({"content-type": content_type}), content).text == text


def test_json_is_parsed_and_nonsense_is_a_value_error():
    assert HTTPResponse(200, content=b'{"a": [1]}').json() == {"a": [1]}
    with pytest.raises(ValueError, match="Expecting value"):
        HTTPResponse(200, content=b"<html>").json()


def test_a_status_is_raised_when_asked_for_and_only_from_400_on():
    for status in (200, 304, 399):
        assert HTTPResponse(status).raise_for_status().status_code == status
    response = HTTPResponse(503, content=b"why", url="https://guard.internal:8443/check?key=secret")
    with pytest.raises(OutboundStatus) as failure:
        response.raise_for_status()
    assert str(failure.value) == "guard.internal:8443: answered with status 503"
    assert failure.value.response is response


def test_a_response_that_is_logged_shows_neither_its_body_nor_its_url():
    shown = repr(HTTPResponse(200, Headers.of({"x-token": "secret"}), b"secret", "http://up/secret"))
    assert "secret" not in shown


def test_tests_make_responses_by_mock():
    assert HTTPResponse.mock(json={"ok": True}).json() == {"ok": True}
    assert HTTPResponse.mock(json=1).headers["content-type"] == "application/json"
    assert (
        HTTPResponse.mock(json=1, headers={"content-type": "text/json", "x": "1"}).headers["content-type"]
        == "text/json"
    )
    assert HTTPResponse.mock(404, content=b"x").content == b"x"
