"""Requests as plugins see them, over what ASGI carries."""

from __future__ import annotations

import pytest
from routeiq_plugin_sdk import ClientAddress, ClientCertificate, PluginRequest, Principal


def test_a_mock_is_a_plain_request() -> None:
    request = PluginRequest.mock()
    assert (request.method, request.path, request.scheme, request.query_string) == ("GET", "/", "http", b"")
    assert request.client == ClientAddress("127.0.0.1", 50000)
    assert request.principal is None
    assert request.shared == {}
    assert repr(request) == "<PluginRequest mock-request GET />"


def test_the_query_is_decoded_and_repeated_parameters_are_kept() -> None:
    request = PluginRequest.mock(query="a=1&a=2&b=%C3%A9+x&empty=")
    assert request.query == {"a": "1", "b": "é x", "empty": ""}
    assert request.query_list == [("a", "1"), ("a", "2"), ("b", "é x"), ("empty", "")]


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ('quoted="x y"', {"quoted": "x y"}),
        ("broken; a=1", {"a": "1"}),
        ("bad name=1; a=2", {"a": "2"}),
        ("", {}),
    ],
)
def test_cookies_are_parsed_and_broken_ones_left_out(header: str, cookies: dict[str, str]) -> None:
    assert PluginRequest.mock(headers={"cookie": header}).cookies == cookies


def test_cookies_of_several_fields_are_joined() -> None:
    assert PluginRequest.mock(headers=[("cookie", "a=1"), ("cookie", "b=2")]).cookies == {"a": "1", "b": "2"}


def test_the_client_certificate_comes_from_the_tls_extension() -> None:
    tls = {"client_cert_name": "CN=me", "client_cert_chain": ["one", "two"], "client_cert_error": None}
    request = PluginRequest.mock(extensions={"tls": tls})
    assert request.client_certificate == ClientCertificate("CN=me", ("one", "two"), None)


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}, {"tls": {"client_cert_chain": [], "tls_version": 772}}])
def test_without_a_certificate_there_is_none(extensions: dict[str, object] | None) -> None:
    assert PluginRequest.mock(extensions=extensions).client_certificate is None


def test_a_client_that_nobody_knows_is_none() -> None:
    assert PluginRequest.mock(client=None).client is None


def test_a_changed_copy_leaves_the_request_as_it_was_and_shares_what_is_shared() -> None:
    request = PluginRequest.mock("post", "/old", query="a=1", headers={"x-a": "1"}, shared={"key": "value"})
    copy = request.replace(method="put", path="/new", query={"b": "é"}, headers={"x-b": "2"}, principal=Principal("me"))
    assert (copy.method, copy.path, copy.query, copy.url) == ("PUT", "/new", {"b": "é"}, "/new?b=%C3%A9")
    assert copy.headers.items_list() == [("x-b", "2")]
    assert copy.principal == Principal("me")
    assert (request.method, request.url, request.headers["x-a"], request.principal) == ("POST", "/old?a=1", "1", None)
    assert copy.shared is request.shared
    assert copy.id == request.id
    assert copy.client == request.client


def test_a_copy_without_changes_is_the_same_request() -> None:
    request = PluginRequest.mock("DELETE", "/a b", query="x=1&x=2", headers={"x-a": "1"}, principal=Principal("me"))
    copy = request.replace()
    for part in ("id", "method", "path", "query_string", "headers", "scheme", "http_version", "principal", "url"):
        assert getattr(copy, part) == getattr(request, part)


def test_a_query_can_be_given_as_it_shall_stand_in_the_url() -> None:
    assert PluginRequest.mock().replace(query="raw&a=%2F").query_string == b"raw&a=%2F"
    assert PluginRequest.mock().replace(query=[("a", "1"), ("a", "2")]).query_string == b"a=1&a=2"


def test_a_path_without_a_slash_and_an_unsafe_header_are_refused() -> None:
    with pytest.raises(ValueError, match="must start with '/'"):
        PluginRequest.mock().replace(path="no-slash")
    with pytest.raises(ValueError, match="line break"):
        PluginRequest.mock().replace(headers={"x": "a\r\nb: c"})


def test_the_options_request_of_the_whole_server_keeps_its_asterisk() -> None:
    assert PluginRequest.mock("OPTIONS").replace(path="*").path == "*"


def test_the_url_is_encoded_where_it_must_be() -> None:
    assert PluginRequest.mock(path="/a b/ü?", query="q=1").url == "/a%20b/%C3%BC%3F?q=1"


@pytest.mark.parametrize(("models", "may"), [(None, True), (frozenset({"fast"}), True), (frozenset(), False)])
def test_a_principal_may_use_its_models_or_all(models: frozenset[str] | None, may: bool) -> None:
    assert Principal("me", models=models).may_use("fast") is may
