"""A request as it is sent, and what a redirect makes of it."""

import pytest
from routeiq_plugin_sdk import Headers, OutboundRefused

from routeiq.core.outbound import OutboundPolicy
from routeiq.transport.guarded.outgoing import Options, Outgoing

POLICY = OutboundPolicy()


def request(method="GET", url="http://a.example/x/y?z", **options):
    return Outgoing.make(POLICY, method, url, Options.of(options))


def redirected(made, status, location):
    return made.redirected(POLICY, status, location)


@pytest.mark.parametrize(
    ("url", "params", "path"),
    [
        ("http://a.example", {"q": "a b&c"}, "/?q=a+b%26c"),
        ("http://a.example/p?x=1#f", {"q": [1, 2.5, "é"]}, "/p?x=1&q=1&q=2.5&q=%C3%A9"),
        ("http://a.example/p", [("a", True), ("a", False)], "/p?a=true&a=false"),
        ("http://a.example/p", {}, "/p"),
        ("http://a.example/p", {"a": []}, "/p"),
    ],
)
def test_parameters_are_encoded_behind_the_query(url, params, path):
    assert request(url=url, params=params).url.path == path


def test_parameters_cannot_change_the_host():
    assert request(url="http://a.example", params={"@127.0.0.1/": "#\r\n"}).url.host == "a.example"


@pytest.mark.parametrize(
    ("options", "body", "kind"),
    [
        ({}, b"", None),
        ({"content": b"\x00"}, b"\x00", None),
        ({"content": "é"}, "é".encode(), "text/plain; charset=utf-8"),
        ({"json": {"a": "é"}}, '{"a":"é"}'.encode(), "application/json"),
        ({"json": [], "headers": {"Content-Type": "text/json"}}, b"[]", "text/json"),
    ],
)
def test_a_body_is_bytes_and_says_what_it_is_where_that_is_known(options, body, kind):
    made = request("POST", **options)
    assert (made.body, Headers(made.headers).get("content-type")) == (body, kind)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 0}, "above 0"),
        ({"timeout": float("inf")}, "above 0"),
        ({"json": 1, "content": b"x"}, "one body"),
        ({"json": float("nan")}, "JSON"),
        ({"headers": {"x": "a\r\nb: c"}}, "line break"),
        ({"headers": {"x y": "a"}}, "no header name|not a header name"),
        ({"params": {"a": b"x"}}, "text or a number"),
    ],
)
def test_what_cannot_be_sent_is_a_value_error(options, said):
    with pytest.raises(ValueError, match=said):
        request("POST", **options)


@pytest.mark.parametrize("method", ["GET /", "", "CONNECT", "trace", "G\r\nET", "gét", "1"])
def test_methods_are_words(method):
    with pytest.raises(ValueError, match="no method that can be sent"):
        request(method)


@pytest.mark.parametrize(
    ("method", "status", "after", "body"),
    [
        ("GET", 301, "GET", b""),
        ("HEAD", 303, "HEAD", b""),
        ("POST", 301, "GET", b""),
        ("POST", 302, "GET", b""),
        ("POST", 303, "GET", b""),
        ("PUT", 303, "GET", b""),
        ("PUT", 302, "PUT", b"body"),
        ("POST", 307, "POST", b"body"),
        ("POST", 308, "POST", b"body"),
        ("DELETE", 308, "DELETE", b"body"),
    ],
)
def test_a_redirect_changes_the_method_as_browsers_do(method, status, after, body):
    content = b"" if method in ("GET", "HEAD") else b"body"
    made = redirected(request(method, content=content, headers={"content-type": "a/b", "x": "1"}), status, "/there")
    assert (made.method, made.body, made.url.path) == (after, body, "/there")
    assert ("content-type" in Headers(made.headers)) == (after == method)
    assert "x" in Headers(made.headers)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/there", "http://a.example/there"),
        ("there", "http://a.example/x/there"),
        ("../there?a#b", "http://a.example/there?a"),
        ("?a", "http://a.example/x/y?a"),
        ("//b.example", "http://b.example/"),
        ("https://a.example/", "https://a.example/"),
        ("/\u00c3\u00a9 x", "http://a.example/%C3%A9%20x"),
        ("", "http://a.example/x/y?z"),
        ("#f", "http://a.example/x/y?z"),
    ],
)
def test_a_location_is_relative_to_the_url(location, url):
    assert str(redirected(request(), 302, location).url) == url


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 399, 404])
def test_other_statuses_are_no_redirects(status):
    assert redirected(request(), status, "/there") is None


def test_a_redirect_without_a_location_is_a_response():
    assert redirected(request(), 302, None) is None


@pytest.mark.parametrize(
    ("before", "after", "goes_along"),
    [
        ("http://a.example/", "http://a.example/b", True),
        ("http://a.example/", "http://a.example:80/b", True),
        ("http://a.example/", "https://a.example/", True),
        ("http://a.example:8080/", "https://a.example:8443/", False),
        ("http://a.example/", "http://b.example/", False),
        ("http://a.example/", "http://a.example:81/", False),
        ("http://a.example:443/", "https://a.example/", False),
        ("https://a.example/", "https://sub.a.example/", False),
    ],
)
def test_secrets_go_along_to_the_same_origin_only(before, after, goes_along):
    made = redirected(request(url=before, headers={"x-secret": "s", "accept": "a/b"}), 302, after)
    assert ("x-secret" in Headers(made.headers)) == goes_along
    assert Headers(made.headers)["accept"] == "a/b"


def test_a_request_that_is_shown_shows_no_secrets():
    made = request("POST", "http://a.example/secret", headers={"a": "secret"}, content=b"secret")
    assert "secret" not in repr(made)


def test_a_redirect_to_what_is_no_url_is_refused():
    for location in ("http://[", "http://]", "http://[x]y", "//[", "//]"):
        with pytest.raises(OutboundRefused):
            redirected(request(), 302, location)
