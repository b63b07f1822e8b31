"""What a request asks of an agent."""

import pytest

from routeiq.adapters.a2a.forms import Form
from routeiq.adapters.a2a.operations import message_in, rest_form, rest_operation, rpc_operation


@pytest.mark.parametrize(
    ("method", "name", "form"),
    [
        ("SendMessage", "SendMessage", Form.CURRENT),
        ("message/send", "SendMessage", Form.KIND),
        ("message/stream", "SendStreamingMessage", Form.KIND),
        ("tasks/resubscribe", "SubscribeToTask", Form.KIND),
        ("CancelTask", "CancelTask", Form.CURRENT),
        ("agent/getAuthenticatedExtendedCard", "GetExtendedAgentCard", Form.KIND),
    ],
)
def test_a_method_of_json_rpc_is_known_by_its_name_in_either_version(method, name, form):
    operation, found = rpc_operation(method)
    assert (operation.name, found) == (name, form)


def test_a_method_that_is_not_known_is_itself():
    operation, form = rpc_operation("Invent")
    assert (operation.name, operation.sends, operation.answers, form) == ("Invent", False, False, Form.CURRENT)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/message:send", "SendMessage"),
        ("POST", "/message:stream", "SendStreamingMessage"),
        ("POST", "/v1/message:send", "SendMessage"),
        ("POST", "/tenant/message:send", "SendMessage"),
        ("POST", "/Message:SEND/", "SendMessage"),
        ("POST", "//message:send;a=b", "SendMessage"),
        ("GET", "/tasks", "ListTasks"),
        ("GET", "/tasks/", "ListTasks"),
        ("GET", "/tasks/1", "GetTask"),
        ("GET", "/v1/tasks/1", "GetTask"),
        ("POST", "/tasks/1:cancel", "CancelTask"),
        ("GET", "/tasks/1:subscribe", "SubscribeToTask"),
        ("POST", "/tasks/a:b:subscribe", "SubscribeToTask"),
        ("GET", "/extendedAgentCard", "GetExtendedAgentCard"),
        ("GET", "/v1/card", "GetExtendedAgentCard"),
    ],
)
def test_a_path_of_http_json_is_known_however_a_server_may_understand_it(method, path, name):
    operation = rest_operation(method, path)
    assert operation is not None
    assert operation.name == name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("POST", "/rpc"),
        ("POST", "/tasks/1/pushNotificationConfigs"),
        ("GET", "/tasks/1/pushNotificationConfigs"),
        ("DELETE", "/tasks/1/pushNotificationConfigs/2"),
        ("POST", "/message:invent"),
        ("GET", "/card"),
        ("POST", "/tasks/1:invent"),
    ],
)
def test_another_path_is_none_of_these(method, path):
    assert rest_operation(method, path) is None


@pytest.mark.parametrize(
    ("path", "version", "body", "form"),
    [
        ("/message:send", "1.0", {"message": {"content": []}}, Form.CURRENT),
        ("/message:send", "2.0", None, Form.CURRENT),
        ("/message:send", "", {"message": {"parts": [{"text": "x"}]}}, Form.CURRENT),
        ("/message:send", "", {"message": {"kind": "message", "parts": []}}, Form.KIND),
        ("/message:send", "0.3", {"message": {"parts": [{"kind": "text"}]}}, Form.KIND),
        ("/message:send", "0.3", {"message": {"content": []}}, Form.PROTO),
        ("/v1/message:send", "0.3.0", {"request": {"content": []}}, Form.PROTO),
        ("/v1/tasks/1", "", None, Form.PROTO),
        ("/tasks/1", "", None, Form.CURRENT),
    ],
)
def test_the_form_of_http_json_is_that_of_its_version_or_of_its_message(path, version, body, form):
    assert rest_form(path, version, body) is form


def test_a_message_is_found_under_either_of_its_names():
    assert message_in({"message": {"a": 1}, "request": {"b": 1}}) == {"a": 1}
    assert message_in({"request": {"b": 1}}) == {"b": 1}
    assert message_in({"message": "text"}) is None
    assert message_in(["message"]) is None
