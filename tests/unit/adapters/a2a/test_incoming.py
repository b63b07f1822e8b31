"""A request is read as far as it has to be understood."""

import pytest
from routeiq_plugin_sdk import Headers

from routeiq.adapters.a2a.errors import AgentError
from routeiq.adapters.a2a.forms import Form
from routeiq.adapters.a2a.incoming import Incoming, is_rest_path, read

CALL = b'{"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": {"message": {"parts": []}}}'


def asked(body=b"", below="", method="POST", **headers):
    given = Headers.of({name.replace("_", "-"): value for name, value in headers.items()})
    return read(Incoming(method, below, b"", given, body, "https://gateway.test/a2a/echo"))


@pytest.mark.parametrize("below", ["", "/", "/rpc", "/v1"])
def test_json_rpc_is_spoken_at_any_path(below):
    one = asked(CALL, below, a2a_version="1.0")
    assert (one.is_rpc, one.binding.id, one.operation.name, one.form) == (True, 7, "SendMessage", Form.CURRENT)
    assert one.message_place() == ({"message": {"parts": []}}, "message")


@pytest.mark.parametrize("method", ["PUT", "GET", "PATCH"])
def test_json_rpc_is_known_whatever_the_method_of_http(method):
    assert asked(CALL, method=method).operation.sends


@pytest.mark.parametrize("number", [b"true", b"null", b"[1]", b"{}"])
def test_an_id_that_is_none_is_none(number):
    assert asked(b'{"method": "GetTask", "id": %b}' % number).binding.id is None


def test_http_json_is_known_by_its_path():
    one = asked(b'{"message": {"content": []}}', "/v1/message:send")
    assert (one.is_rpc, one.operation.name, one.form) == (False, "SendMessage", Form.PROTO)
    assert asked(method="GET", below="/tasks/7").operation.name == "GetTask"
    assert asked(method="GET", below="/.well-known/agent-card.json").operation.is_card
    assert asked(method="GET", below="/.well-known/agent.json").operation.is_card
    other = asked(b"{}", "/tasks/7/pushNotificationConfigs")
    assert (other.operation.name, other.operation.sends, other.operation.answers) == ("POST", False, False)
    assert asked(method="DELETE", below="/tasks/7/pushNotificationConfigs/1").document is None


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"{", -32700, "no JSON"),
        (b"\xff\xfe{\x00}\x00", -32700, "no JSON"),
        (b'{"a": "\xff"}', -32700, "no JSON"),
        (b"[]", -32600, "batch"),
        (b"[" + CALL + b"]", -32600, "batch"),
        (b'{"jsonrpc": "2.0", "id": 1}', -32600, "method"),
        (b'{"jsonrpc": "2.0", "method": 7}', -32600, "method"),
    ],
)
def test_what_cannot_be_read_is_refused(body, code, words):
    with pytest.raises(AgentError, match=words) as caught:
        asked(body)
    assert caught.value.rpc_code == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"method": "SendMessage", "params": {}}',
        b'{"method": "SendMessage"}',
        b'{"method": "SendMessage", "params": {"message": "text"}}',
        b'{"method": "SendMessage", "params": {"message": {}, "Message": {}}}',
        b'{"method": "SendMessage", "params": {"message": {}}, "PARAMS": {}}',
        b'{"method": "SendMessage", "params": {"message": {}, "request": {}}}',
    ],
)
def test_a_message_that_others_may_read_elsewhere_has_no_place(body):
    with pytest.raises(AgentError):
        asked(body).message_place()


def test_a_message_under_both_of_its_names_has_no_place():
    with pytest.raises(AgentError, match="`message` and a `request`"):
        asked(b'{"message": {"content": []}, "request": {"content": []}}', "/v1/message:send").message_place()


def test_a_path_tells_in_which_shape_errors_are_expected():
    assert all(map(is_rest_path, ["/message:send", "/v1/tasks", "/tasks/1:cancel", "/.well-known/agent-card.json"]))
    assert not any(map(is_rest_path, ["", "/", "/rpc"]))


@pytest.mark.parametrize("below", ["/message:send", "/tasks/1:cancel", "/v1/tasks/1"])
@pytest.mark.parametrize("body", [CALL, b'{"jsonrpc": "2.0", "message": {}}', b'{"method": "Invent", "message": {}}'])
def test_a_request_that_may_be_one_of_either_binding_is_none(below, body):
    with pytest.raises(AgentError, match="by its path"):
        asked(body, below, "GET" if below == "/v1/tasks/1" else "POST")
