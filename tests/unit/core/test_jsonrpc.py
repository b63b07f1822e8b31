"""JSON-RPC: messages told apart, errors written, ambiguity refused."""

from __future__ import annotations

import pytest

from routeiq.core import jsonrpc
from routeiq.core.jsonrpc import (
    RPCError,
    checked,
    error_response,
    is_id,
    is_request,
    is_response,
    is_too_deep,
    key_of,
    loads,
    messages_of,
)


def test_an_error_is_the_response_to_a_request() -> None:
    error = RPCError(jsonrpc.REJECTED, "No.", {"code": "blocked"}, status=200)
    assert error.document("a") == {
        "jsonrpc": "2.0",
        "id": "a",
        "error": {"code": -32010, "message": "No.", "data": {"code": "blocked"}},
    }
    assert error.status == 200


def test_data_is_left_out_where_there_is_none() -> None:
    assert "data" not in error_response(None, jsonrpc.INTERNAL_ERROR, "It failed.")["error"]


def test_what_is_no_json_is_a_parse_error() -> None:
    with pytest.raises(RPCError, match="no JSON") as caught:
        loads(b'{"a": NaN}')
    assert (caught.value.code, caught.value.status) == (jsonrpc.PARSE_ERROR, 400)


def test_a_body_is_one_message_or_a_batch() -> None:
    assert messages_of({"method": "ping"}) == [{"method": "ping"}]
    assert messages_of([{"id": 1}, {"id": 2}]) == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("document", [[], [1], 1, None, "text", [{"id": 1}, None]])
def test_anything_else_is_an_invalid_request(document: object) -> None:
    with pytest.raises(RPCError) as caught:
        messages_of(document)
    assert caught.value.code == jsonrpc.INVALID_REQUEST


def test_messages_are_told_apart() -> None:
    assert is_request({"method": "ping", "id": 0})
    assert not is_request({"method": "notifications/progress"})
    assert not is_request({"result": {}, "id": 1})
    assert is_response({"result": None, "id": 1})
    assert is_response({"error": {}, "id": None})
    assert not is_response({"method": "ping", "result": {}})
    assert not is_response([])


@pytest.mark.parametrize(("value", "valid"), [("", True), (0, True), (1.5, True), (None, False), (True, False)])
def test_an_id_is_text_or_a_number(value: object, valid: bool) -> None:
    assert is_id(value) is valid


def test_ids_are_looked_up_with_their_type() -> None:
    assert len({key_of(1), key_of("1"), key_of(2)}) == 3
    assert key_of(True) is key_of(None) is key_of([]) is None


def test_a_key_that_differs_in_its_case_alone_is_refused() -> None:
    assert checked({"method": "ping", "Other": 1}) == {"method": "ping", "Other": 1}
    with pytest.raises(RPCError, match="'Method' is written 'method'"):
        checked({"Method": "tools/call"})
    with pytest.raises(RPCError, match="'Arguments'"):
        checked({"Arguments": {}}, ("name", "arguments"))


@pytest.mark.parametrize("kind", ["[", '{"a":'])
def test_what_is_nested_deeper_than_plugins_may_answer_is_refused(kind: str) -> None:
    close = "]" if kind == "[" else "}"
    for levels, refused in ((100, False), (101, True), (500, True)):
        body = f"{kind * levels}1{close * levels}".encode()
        if refused:
            with pytest.raises(RPCError, match="nested more than 100 levels"):
                loads(body)
        else:
            loads(body)
    assert not is_too_deep([[1], {"a": [2]}, 3])
