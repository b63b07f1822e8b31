"""Responses that plugins make and see, and the decision to refuse."""

from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import PluginResponse, Reject, ResponseMetadata
from routeiq_plugin_sdk.types.headers import Headers


def test_json_and_text_are_encoded_and_typed() -> None:
    answer = PluginResponse.json({"key": "é"}, 201, {"x-a": "1"})
    assert (answer.status_code, answer.body) == (201, '{"key":"é"}'.encode())
    assert answer.headers.items_list() == [("x-a", "1"), ("content-type", "application/json")]
    text = PluginResponse.text("é")
    assert (text.body, text.headers["content-type"]) == ("é".encode(), "text/plain; charset=utf-8")


def test_a_content_type_of_the_plugin_is_kept() -> None:
    answer = PluginResponse.json({}, headers={"Content-Type": "application/problem+json"})
    assert answer.headers.get_list("content-type") == ["application/problem+json"]


def test_a_lone_surrogate_does_not_break_the_answer() -> None:
    assert PluginResponse.json("\ud800").body == b'"?"'


@pytest.mark.parametrize("content", [object(), float("nan"), {1, 2}])
def test_what_json_cannot_hold_is_refused(content: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        PluginResponse.json(content)


@pytest.mark.parametrize("status_code", [301, 302, 303, 307, 308])
def test_a_redirection_names_its_location(status_code: int) -> None:
    answer = PluginResponse.redirect("/there", status_code)
    assert (answer.status_code, answer.headers["location"], answer.body) == (status_code, "/there", b"")


def test_what_is_no_redirection_is_refused() -> None:
    with pytest.raises(ValueError, match="304 is not a redirection"):
        PluginResponse.redirect("/there", 304)
    with pytest.raises(ValueError, match="line break"):
        PluginResponse.redirect("/there\r\nx: y")


@pytest.mark.parametrize("status_code", [0, 99, 600, "200", None])
def test_a_status_that_is_none_is_refused(status_code: Any) -> None:
    with pytest.raises(ValueError, match="is not an HTTP status code"):
        PluginResponse(b"", status_code)
    with pytest.raises(ValueError, match="is not an HTTP status code"):
        ResponseMetadata.mock().with_status(status_code)


def test_a_body_of_text_is_refused_with_a_hint() -> None:
    with pytest.raises(TypeError, match=r"body must be bytes, not str; .*text\(\)"):
        PluginResponse("text")  # type: ignore[arg-type]


def test_a_changed_copy_leaves_the_response_as_it_was() -> None:
    answer = PluginResponse(b"body", 200, Headers([(b"x-a", b"1")]))
    changed = answer.with_headers({"X-A": "2"})
    assert (changed.headers["x-a"], changed.body) == ("2", b"body")
    assert answer.headers["x-a"] == "1"
    assert repr(changed) == "<PluginResponse 200 4 bytes>"


def test_metadata_makes_copies() -> None:
    seen = ResponseMetadata(200, Headers.of({"x-a": "1", "x-b": "2"}), short_circuited_by="cache", aborted=True)
    changed = seen.with_status(404).with_headers({"x-a": "9"}).with_added_headers({"x-a": "10"}).without_headers("x-b")
    assert changed.status_code == 404
    assert changed.headers.items_list() == [("x-a", "9"), ("x-a", "10")]
    assert (changed.short_circuited_by, changed.aborted) == ("cache", True)
    assert (seen.status_code, seen.headers["x-a"], seen.headers["x-b"]) == (200, "1", "2")
    assert repr(changed) == "<ResponseMetadata 404 aborted>"


def test_a_reject_says_what_the_client_gets() -> None:
    reject = Reject(429, "too many", "rate_limited", {"retry-after": "7"})
    assert (reject.status_code, reject.message, reject.code) == (429, "too many", "rate_limited")
    assert (str(reject), reject.headers["retry-after"], reject.plugin) == ("too many", "7", None)
    assert (Reject().status_code, Reject().code) == (403, "rejected")


@pytest.mark.parametrize("status_code", [200, 302, 399])
def test_a_reject_is_an_error_for_the_client(status_code: int) -> None:
    with pytest.raises(ValueError, match="needs a status of 400 to 599"):
        Reject(status_code)
