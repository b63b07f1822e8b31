"""The fields of a line."""

import asyncio

import pytest
from routeiq_plugin_sdk import (
    Deployment,
    Event,
    LLMCall,
    LLMResponse,
    PluginRequest,
    Principal,
    Reject,
    ResponseMetadata,
    Usage,
)

from routeiq_builtin_plugins.request_log.config import Config
from routeiq_builtin_plugins.request_log.records import (
    answer_fields,
    call_fields,
    content_fields,
    failure_fields,
    line,
    remote_fields,
    request_fields,
    said_fields,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"


def written(fields, **config):
    return line(fields, 0.0, 3, Config(**config))


def test_a_request():
    headers = {"user-agent": "test", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "authorization": "Bearer s"}
    request = PluginRequest.mock("POST", "/v1/x", headers=headers, query="key=secret", principal=Principal("ann"))
    fields = request_fields(request, ResponseMetadata.mock(429), 0.25, Config())
    assert written(fields, remove=["user_agent.original"]) == {
        "time": "1970-01-01T00:00:00.000000Z", "event.name": "http.server.request", "trace_id": TRACE,
        "routeiq.request.id": "mock-request", "user.id": "ann", "http.request.method": "POST", "url.path": "/v1/x",
        "http.response.status_code": 429, "http.server.request.duration": 0.25, "client.address": "127.0.0.1",
        "error.type": "429", "routeiq.worker": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["", "00-xyz", f"00-{'0' * 32}-b7ad6b7169203331-01", f"ff-{TRACE}-b7ad6b7169203331-01"]
)
def test_a_trace_that_is_none_is_not_written(value):
    request = PluginRequest.mock(headers={"traceparent": value})
    assert "trace_id" not in written(request_fields(request, ResponseMetadata.mock(), None, Config()))


def test_headers_only_on_request_and_credentials_not_even_then():
    request = PluginRequest.mock(headers=[("x-a", "1"), ("x-a", "2"), ("authorization", "Bearer s"), ("cookie", "c")])
    response = ResponseMetadata.mock(headers={"set-cookie": "s", "age": "5"})
    config = Config(
        add=[
            *(f"http.request.header.{name}" for name in ("x-a", "x-b", "Authorization", "cookie")),
            *(f"http.response.header.{name}" for name in ("age", "set-cookie")),
        ]
    )
    fields = written(request_fields(request, response, None, config))
    assert {name: value for name, value in fields.items() if ".header." in name} == {
        "http.request.header.x-a": ["1", "2"], "http.request.header.authorization": ["[REDACTED]"],
        "http.request.header.cookie": ["[REDACTED]"], "http.response.header.age": ["5"],
        "http.response.header.set-cookie": ["[REDACTED]"],
    }  # fmt: skip


def test_a_call_and_its_answer():
    call = LLMCall.mock(stream=True)
    call.attempts = 2
    deployment = Deployment("d", "mock-model", "gpt", "openai")
    response = LLMResponse("x", usage=Usage(3, 4, 7, 1, 2, True), cost=0.5, raw={"id": "r", "model": "gpt-1"})
    kwargs = {"max_tokens": 9, "temperature": 0, "seed": "no number"}
    fields = written({**call_fields(call, "mock-model", kwargs, deployment, 1.5), **answer_fields(response)})
    assert fields == {
        "time": "1970-01-01T00:00:00.000000Z", "event.name": "gen_ai.client.inference", "routeiq.call.id": "mock-call",
        "routeiq.api": "chat", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "mock-model", "gen_ai.request.stream": True, "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0, "routeiq.deployment": "d", "routeiq.upstream.model": "gpt",
        "routeiq.attempts": 2, "routeiq.duration": 1.5, "gen_ai.response.id": "r", "gen_ai.response.model": "gpt-1",
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.cache_read.input_tokens": 1, "gen_ai.usage.reasoning.output_tokens": 2,
        "routeiq.usage.estimated": True, "routeiq.cost": 0.5, "routeiq.worker": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("exception", "fields"),
    [
        (Reject(403, "words of a user", "blocked"), {"error.type": "blocked", "routeiq.plugin": None}),
        (asyncio.CancelledError(), {"error.type": "cancelled"}),
        (ValueError("words of a user"), {"error.type": "ValueError"}),
    ],
)
def test_a_failure_is_told_without_its_message(exception, fields):
    assert failure_fields(exception) == fields


def test_contents_are_written_on_request():
    messages, response = [{"role": "user", "content": "hi"}], LLMResponse("ho")
    assert content_fields(messages, response, Config()) == {}
    config = Config(add=["gen_ai.input.messages", "gen_ai.output.messages"])
    assert list(content_fields(messages, response, config)) == ["gen_ai.input.messages", "gen_ai.output.messages"]


def test_a_call_of_a_tool_and_one_of_an_agent():
    data = {"call_id": "c", "server": "s", "tool": "t", "stream": False, "duration": 0.5, "aborted": False}
    tool = Event.mock("tool.call.completed", {**data, "is_error": True}, request_id="r")
    assert written(remote_fields(tool)) == {
        "time": "1970-01-01T00:00:00.000000Z", "event.name": "gen_ai.execute_tool", "routeiq.request.id": "r",
        "routeiq.call.id": "c", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t",
        "routeiq.target": "s", "routeiq.duration": 0.5, "routeiq.tool.is_error": True, "routeiq.worker": 3,
    }  # fmt: skip
    data = {"call_id": "c", "agent": "a", "method": "SendMessage", "duration": None, "error": "rejected", "code": "no"}
    fields = remote_fields(Event.mock("agent.call.failed", {**data, "plugin": "guard"}))
    assert (fields["gen_ai.agent.name"], fields["error.type"], fields["routeiq.plugin"]) == ("a", "no", "guard")


def test_what_was_said_to_tools_is_written_on_request_and_without_secrets():
    config = Config(add=["gen_ai.tool.call.result"])
    assert said_fields(({"a": 1}, {"token": "t", "x": "y"}), config) == {
        "gen_ai.tool.call.result": {"token": "[REDACTED]", "x": "y"}
    }
