"""Values with placeholders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import ClientAddress, Headers, PluginRequest, Principal

from routeiq_builtin_plugins.headers.placeholders import PLACEHOLDERS, Template


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"), ("{request.id}", "r1"), ("a {request.method} {request.path} b", "a POST /a%20b b"),
        ("{client.host}", "10.0.0.1"), ("{principal.id}", "ann"), ("{{x}}", "{x}"), ("{{{request.id}}}", "{r1}"),
        ("{request.scheme}", "http"), ("", ""),
    ],
)  # fmt: skip
def test_placeholders_are_filled(text, value):
    request = PluginRequest.mock(
        "POST", "/a b", id="r1", client=ClientAddress("10.0.0.1", 5), principal=Principal("ann"), query="q=1"
    )
    assert Template(text).fill(request) == value


def test_what_is_not_known_is_empty():
    assert Template("{client.host}{principal.id}").fill(PluginRequest.mock(client=None)) == ""


@given(st.text(), st.text(), st.sampled_from(sorted(PLACEHOLDERS)))
def test_no_request_makes_a_value_that_splits_a_message(text, path, name):
    request = PluginRequest.mock(
        "GET",
        "/" + path.encode("utf-8", "replace").decode(),
        id=text,
        principal=Principal(text),
        client=ClientAddress(text, 1),
    )
    Headers.of({"x": Template(f"a{{{name}}}b").fill(request)})
