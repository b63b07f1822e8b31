"""An LLM call as its client span has it."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, PluginRequest, Reject, Usage

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry import calls
from routeiq.adapters.opentelemetry.options import Options
from routeiq.core.attempts import AttemptError, UnknownModelError

UP = Deployment("fast:1", "fast", "gpt-4o-mini", "azure", "openai", "https://east.example/v1")
MESSAGES = [{"role": "user", "content": "my secret"}]
SECOND = 1_000_000_000


def logical(api="chat", stream=False, deployment=UP, parameters=None, first_piece=0, **call):
    one = LLMCall("call-1", api, "fast", stream)
    one.attempts = 0 if deployment is None else 1
    for name, value in call.items():
        setattr(one, name, value)
    return SimpleNamespace(
        call=one, model="fast", deployment=deployment, parameters=parameters or {}, messages=MESSAGES,
        began=SECOND, attempt_began=SECOND, first_piece=first_piece,
    )  # fmt: skip


@pytest.fixture
def ended(recorded):
    """ended(logical, response, error) -> Told: its span."""

    def end(call, response=None, error=None, **options):
        span = recorded.tracer.get_tracer("t").start_span("s")
        calls.write_end(span, call, response, error, Options(**options))
        span.end()
        return recorded.spans[-1]

    return end


@pytest.mark.parametrize(
    ("api", "operation"),
    [
        ("chat", "chat"),
        ("responses", "chat"),
        ("messages", "chat"),
        ("completion", "text_completion"),
        ("embedding", "embeddings"),
    ],
)
def test_a_call_is_named_by_its_operation_and_the_model_that_was_asked_for(api, operation):
    assert calls.span_name(logical(api)) == f"{operation} fast"
    assert calls.begun(logical(api)) == {"gen_ai.operation.name": operation, "gen_ai.request.model": "fast"}
    assert calls.begun(logical(api, stream=True))["gen_ai.request.stream"] is True
    assert calls.begun(logical(api, origin="guard"))["routeiq.call.origin"] == "guard"


def test_an_answer_tells_its_model_usage_and_price(ended):
    raw = {"id": "up-1", "model": "gpt-4o-mini-0718", "choices": [{"finish_reason": "stop"}]}
    response = LLMResponse("my secret", usage=Usage(10, 5, 15, 4, 2), cost=0.25, raw=raw)
    span = ended(logical(request=PluginRequest.mock(id="r1")), response)
    assert span.status == "UNSET"
    assert span.attributes == {
        "gen_ai.provider.name": "azure.ai.openai", "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.id": "up-1", "gen_ai.response.model": "gpt-4o-mini-0718", "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5, "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2, "routeiq.api": "chat", "routeiq.attempts": 1,
        "routeiq.call.id": "call-1", "routeiq.cost": 0.25, "routeiq.deployment": "fast:1",
        "routeiq.request.id": "r1", "routeiq.upstream.model": "gpt-4o-mini", "server.address": "east.example",
        "server.port": 443,
    }  # fmt: skip


def test_usage_that_was_only_estimated_says_so(ended):
    assert ended(logical(), LLMResponse(usage=Usage(1, 1, 2, estimated=True))).attributes["routeiq.usage.estimated"]


def test_parameters_are_those_that_plugins_left(ended):
    parameters = {
        "temperature": 0.5, "max_completion_tokens": 7, "max_tokens": 9, "top_p": 1, "top_k": 3, "seed": 11, "n": 2,
        "frequency_penalty": 0.1, "presence_penalty": 0.2, "stop": ["my secret"], "user": "my secret",
    }  # fmt: skip
    prefix, attributes = "gen_ai.request.", ended(logical(parameters=parameters)).attributes
    assert {name.removeprefix(prefix): value for name, value in attributes.items() if name.startswith(prefix)} == {
        "temperature": 0.5, "max_tokens": 7, "top_p": 1.0, "top_k": 3.0, "seed": 11, "choice.count": 2,
        "frequency_penalty": 0.1, "presence_penalty": 0.2,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", ["7", True, [1], float("nan"), float("inf"), 10**400, None])
def test_parameters_that_are_no_numbers_are_left_out(ended, wrong):
    attributes = ended(logical(parameters={"temperature": wrong, "seed": wrong, "n": wrong})).attributes
    assert not any(name.startswith("gen_ai.request.") for name in attributes)


def test_each_choice_has_its_reason(ended):
    raw = {"choices": [{"finish_reason": "stop"}, {"finish_reason": "length"}, "x", {"finish_reason": None}], "id": 7}
    attributes = ended(logical(), LLMResponse(raw=raw)).attributes
    assert attributes["gen_ai.response.finish_reasons"] == ("stop", "length")
    assert "gen_ai.response.id" not in attributes


def test_a_stream_tells_when_its_first_piece_left_and_whether_its_reader_did(ended):
    call = logical(stream=True, first_piece=3 * SECOND, aborted=True)
    span = ended(call, LLMResponse("half"))
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 2.0
    assert (span.attributes["routeiq.aborted"], span.status) == (True, "UNSET")


def test_what_a_plugin_answers_reached_no_provider(ended):
    attributes = ended(logical(deployment=None, answered_by="my-cache"), LLMResponse("x")).attributes
    assert (attributes["gen_ai.provider.name"], attributes["routeiq.answered_by"]) == ("routeiq", "my-cache")
    assert "routeiq.deployment" not in attributes


def test_a_refusal_is_an_outcome_and_no_failure_of_the_gateway(ended):
    error = Reject(403, "my secret", "content_blocked")
    error.plugin = "my-guardrails"
    span = ended(logical(deployment=None), None, error)
    found = [span.attributes[name] for name in ("routeiq.outcome", "routeiq.plugin", "error.type")]
    assert (found, span.status) == (["rejected", "my-guardrails", "content_blocked"], "UNSET")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AttemptError(429, "my secret", "rate_limit_exceeded"), "rate_limit_exceeded"),
        (UnknownModelError("fast"), "model_not_found"),
        (asyncio.CancelledError(), "cancelled"),
        (Reject(503, "x", "overloaded"), "overloaded"),
    ],
)
def test_a_failure_has_a_kind_and_the_status_error(ended, error, expected):
    span = ended(logical(), None, error)
    assert (span.attributes["error.type"], span.status) == (expected, "ERROR")
    assert "my secret" not in str(span)


def test_content_is_recorded_by_those_alone_who_opted_in(ended):
    response = LLMResponse("my secret")
    assert "my secret" not in str(ended(logical(), response))
    attributes = ended(logical(), response, content=True).attributes
    assert json.loads(attributes["gen_ai.input.messages"])[0]["parts"][0]["content"] == "my secret"
    assert json.loads(attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == "my secret"


def test_a_calls_figures_have_few_labels_and_no_models_that_do_not_exist():
    assert calls.measured(logical(), None) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "azure.ai.openai", "gen_ai.request.model": "fast",
    }  # fmt: skip
    assert calls.measured(logical(deployment=None), UnknownModelError("fast")) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "routeiq", "error.type": "model_not_found",
    }  # fmt: skip


def test_an_attempt_that_failed_tells_where_and_how_long():
    attributes = calls.failed_attempt(logical(), AttemptError(503, "my secret"), 3 * SECOND)
    assert attributes == {
        "routeiq.attempt": 1, "routeiq.deployment": "fast:1", "error.type": "503", "routeiq.duration": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("base", "expected"),
    [("http://10.0.0.5:8000/v1", ("10.0.0.5", 8000)), ("http://up/v1", ("up", 80)), (None, (None, None))],
)
def test_the_server_of_a_call_is_its_deployments(ended, base, expected):
    attributes = ended(logical(deployment=Deployment("d", "m", "m", api_base=base))).attributes
    assert (attributes.get("server.address"), attributes.get("server.port")) == expected
