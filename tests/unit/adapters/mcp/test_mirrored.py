"""Headers that say what the body says."""

import pytest
from tests.fakes.mcp_relay import CURRENT, META, call

from routeiq.adapters.mcp.mirrored import check_mirrored, check_routing, decoded, encoded, mirrored, mirrors_of
from routeiq.core.jsonrpc import RPCError


def raw(headers):
    return [(name.encode(), value.encode()) for name, value in headers.items()]


# The examples of the specification.
@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", b"us-west1"),
        ("Hello, 世界", b"=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", b"=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", b"=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", b"=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("", b""),
    ],
)
def test_values_are_written_as_the_specification_has_it(value, header):
    assert encoded(value) == header
    assert decoded(header) == value


@pytest.mark.parametrize("header", [b"=?base64?%?=", b"=?base64?SGVsbG9=?=", b"=?base64?/w==?="])
def test_what_is_not_written_so_says_nothing(header):
    assert decoded(header) is None


def test_headers_that_agree_are_right_and_older_versions_have_none():
    check_routing(call(_meta=META), raw(CURRENT))
    check_routing(call(), raw({"mcp-protocol-version": "2025-11-25"}))
    check_routing({"jsonrpc": "2.0", "id": 1, "result": {}}, [])
    check_routing({"jsonrpc": "2.0", "method": "notifications/x"}, raw({"mcp-protocol-version": "2026-07-28"}))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mcp-method": "tools/list"}, "Mcp-Method is not"),
        ({"mcp-method": None}, "Mcp-Method is missing"),
        ({"mcp-name": "other"}, "Mcp-Name is not"),
        ({"mcp-name": None}, "Mcp-Name is missing"),
        ({"mcp-name": "=?base64?%?="}, "Mcp-Name is not"),
        ({"mcp-protocol-version": "2025-11-25"}, "Mcp-Protocol-Version is not"),
    ],
)
def test_headers_that_differ_from_the_body_are_an_error(changes, problem):
    headers = {name: value for name, value in {**CURRENT, **changes}.items() if value is not None}
    with pytest.raises(RPCError, match=problem) as caught:
        check_routing(call(_meta=META), raw(headers))
    assert (caught.value.code, caught.value.status) == (-32020, 400)


def test_a_header_that_stands_there_twice_is_one_too():
    with pytest.raises(RPCError, match="more than once"):
        check_routing(call(), [*raw(CURRENT), (b"mcp-name", b"search")])


SCHEMA = {
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "size": {"type": "integer", "x-mcp-header": "Size"},
        "nested": {"type": "object", "properties": {"dry": {"type": "boolean", "x-mcp-header": "Dry"}}},
        "free": {"type": "string"},
    }
}


def test_parameters_are_mirrored_however_deep_they_stand():
    mirrors = mirrors_of(SCHEMA)
    headers = mirrored(mirrors, {"region": "eu", "size": 7.0, "nested": {"dry": True}, "free": "x"})
    assert headers == {b"mcp-param-region": b"eu", b"mcp-param-size": b"7", b"mcp-param-dry": b"true"}
    assert mirrored(mirrors, {"region": None, "size": 2**60, "nested": 1}) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "number", "x-mcp-header": "N"},
        {"type": "string", "x-mcp-header": ""},
        {"type": "string", "x-mcp-header": 1},
        {"type": "string", "x-mcp-header": "region"},
    ],
)
def test_a_schema_that_is_not_as_it_must_be_mirrors_nothing(wrong):
    assert mirrors_of({"properties": {**SCHEMA["properties"], "wrong": wrong}}) == {}
    assert mirrors_of({"properties": []}) == mirrors_of(None) == {}


def test_integers_agree_by_their_value():
    check_mirrored(mirrors_of(SCHEMA), {"size": 42}, [(b"mcp-param-size", b"42.0"), (b"mcp-param-x", b"y")])


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({"region": "eu"}, []),
        ({}, [(b"mcp-param-region", b"eu")]),
        ({"region": "eu"}, [(b"mcp-param-region", b"us")]),
        ({"region": "eu"}, [(b"mcp-param-region", b"eu")] * 2),
        ({"size": 1}, [(b"mcp-param-size", b"1.5")]),
    ],
)
def test_what_does_not_mirror_the_arguments_is_an_error(arguments, headers):
    with pytest.raises(RPCError) as caught:
        check_mirrored(mirrors_of(SCHEMA), arguments, headers)
    assert caught.value.code == -32020
