"""What requests and calls count, through the hosts' own state machine."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import Deployment, Headers, LLMCall, LLMResponse, PluginRequest, Reject, ResponseMetadata, Usage
from tests.fakes.tracer import NotingTracer

from routeiq.adapters.prometheus.first_token import Sampler
from routeiq.adapters.prometheus.recorder import MOST_MODELS, Recorder
from routeiq.core.attempts import AttemptError, UnknownModelError
from routeiq.core.calls import LogicalCall
from routeiq.core.logging import Activity

REQUEST = types.SimpleNamespace(messages=[], parameters={})


def always():
    return Sampler(0)


def series(recorder):
    return {family.name: family.series for family in recorder.families()}


def exchange(method="POST"):
    activity = Activity("r")
    activity.request = PluginRequest.mock(method=method)
    return activity


def served(recorder, method="POST", status=200):
    activity = exchange(method)
    trace = recorder.request_began(activity)
    recorder.request_ended(trace, activity, ResponseMetadata(status, Headers()), None, 1)


class Attempt:
    headers = Headers()

    def __init__(self, response):
        self._response = response

    def response(self):
        return self._response

    def usage(self):
        return self._response.usage


class Host:
    """One deployment of any model but `unknown`, which answers or fails as it is told."""

    def __init__(self, answer):
        self.answer = answer

    def deployments(self, model):
        return () if model == "unknown" else (Deployment("d", model, "up"),)

    def deployment(self, name):
        return None

    async def attempt(self, call, deployment, changes):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return Attempt(self.answer)

    def decide(self, error, deployment, attempt, others):
        return types.SimpleNamespace(action="stop", delay=0)

    def cost(self, deployment, usage):
        return usage.total_tokens / 4


async def called(manager, answer, model="m", request=None, api="chat"):
    logical = LogicalCall(manager.plans, Activity("r"), LLMCall("c", api, model, False, request), Host(answer), REQUEST)
    try:
        await logical.open()
    except (AttemptError, UnknownModelError, Reject, asyncio.CancelledError) as error:
        return error
    return None


@pytest.fixture
async def recording(managed):
    """recording(*plugins, **options) -> the running manager and its recorder."""
    managers = []

    async def make(*plugins, **options):
        manager, recorder = managed(*plugins), Recorder(**options)
        manager.add_tracer(recorder)
        await manager.start()
        managers.append(manager)
        return manager, recorder

    yield make
    for manager in managers:
        await manager.stop()


def test_requests_are_counted_by_method_and_status():
    recorder = Recorder()
    for method, status in (("GET", 200), ("POST", 200), ("POST", 200), ("BREW", 418), ("WEBSOCKET", 101), ("GET", 999)):
        served(recorder, method, status)
    assert series(recorder)["routeiq_http_requests"] == {
        ("GET", "200"): 1,
        ("POST", "200"): 2,
        ("other", "418"): 1,
        ("WEBSOCKET", "101"): 1,
        ("GET", "other"): 1,
    }
    assert sum(series(recorder)["routeiq_http_request_duration_seconds"]["POST",][1:]) == 2


def test_requests_are_in_progress_until_they_have_ended():
    recorder, activity = Recorder(), exchange()
    assert series(recorder)["routeiq_http_requests_in_progress"] == {(): 0}
    recorder.request_began(activity)
    assert series(recorder)["routeiq_http_requests_in_progress"] == {(): 1}
    recorder.request_ended(None, activity, ResponseMetadata(200, Headers()), None, 1)
    assert series(recorder)["routeiq_http_requests_in_progress"] == {(): 0}


async def test_a_call_is_counted_with_its_tokens_and_its_price(recording):
    manager, recorder = await recording()
    await called(manager, LLMResponse("hi", usage=Usage(10, 5, 15, cached_tokens=4)))
    told = series(recorder)
    assert told["routeiq_llm_calls"] == {("m", "chat", "success"): 1}
    assert told["routeiq_llm_tokens"] == {("m", "prompt"): 10, ("m", "completion"): 5, ("m", "cached"): 4}
    assert told["routeiq_llm_cost_dollars"] == {("m",): 3.75}
    assert told["routeiq_llm_attempts"] == {("m", "chat"): 1}
    assert sum(told["routeiq_llm_call_duration_seconds"]["m", "chat"][1:]) == 1
    assert told["routeiq_llm_unmetered_calls"] == {}


async def test_a_call_whose_usage_is_not_told_is_counted_as_such(recording):
    manager, recorder = await recording()
    await called(manager, LLMResponse("hi"))
    assert series(recorder)["routeiq_llm_unmetered_calls"] == {("m",): 1}
    assert series(recorder)["routeiq_llm_tokens"] == {}


@pytest.mark.parametrize(
    ("answer", "outcome"), [(AttemptError(502, "down"), "failed"), (asyncio.CancelledError(), "cancelled")]
)
async def test_calls_are_told_apart_by_how_they_ended(recording, answer, outcome):
    manager, recorder = await recording()
    assert await called(manager, answer) is answer
    assert series(recorder)["routeiq_llm_calls"] == {("m", "chat", outcome): 1}
    assert series(recorder)["routeiq_llm_unmetered_calls"] == {}


async def test_what_plugins_answer_and_refuse_used_no_tokens(recording, plugin):
    async def llm_pre_call(model):
        if model == "refused":
            raise Reject(403, "no")
        return LLMResponse("cached", usage=Usage(1, 1, 2), cost=1.0)

    manager, recorder = await recording(plugin("cache", llm_pre_call))
    await called(manager, LLMResponse("hi"))
    await called(manager, LLMResponse("hi"), model="refused")
    told = series(recorder)
    assert told["routeiq_llm_calls"] == {("m", "chat", "answered"): 1, ("refused", "chat", "rejected"): 1}
    for name in (
        "routeiq_llm_tokens",
        "routeiq_llm_cost_dollars",
        "routeiq_llm_unmetered_calls",
        "routeiq_llm_attempts",
    ):
        assert told[name] == {}


async def test_models_that_do_not_exist_are_one(recording):
    manager, recorder = await recording(known={"m": "m", "gpt-4": "gpt-*"}.get)
    for model in ("m", "gpt-4", "unknown", "x" * 1000):
        await called(manager, LLMResponse("hi"), model=model)
    assert {model for model, _, _ in series(recorder)["routeiq_llm_calls"]} == {"m", "gpt-*", "other"}


async def test_where_nobody_knows_the_models_so_many_are_told_apart(recording):
    manager, recorder = await recording()
    for number in range(MOST_MODELS + 5):
        await called(manager, LLMResponse("hi"), model=f"m{number}")
    counted = series(recorder)["routeiq_llm_calls"]
    assert (len(counted), counted["other", "chat", "success"]) == (MOST_MODELS + 1, 5)


def streaming(activity=None, request=None):
    logical = LogicalCall.__new__(LogicalCall)
    logical.call, logical.model = LLMCall("c", "chat", "m", True, request), "m"
    logical.activity, logical.began, logical.first_piece = activity or Activity("r"), 1_000, 251_000_000
    return logical


def test_the_first_chunk_of_a_stream_tells_what_plugins_added_to_it():
    recorder, activity = Recorder(sampler=always()), exchange()
    trace = recorder.request_began(activity)
    trace.hook("request", "a", 0, 2_000_000, "passed", None)
    trace.held("b", 0, 30_000_000)
    logical = streaming(activity, activity.request)
    assert recorder.call_began(trace, logical) is trace
    trace.hook("llm_pre_call", "a", 0, 1_000_000, "passed", None)
    assert recorder.stream_began(trace, logical) is None
    told = series(recorder)
    assert told["routeiq_llm_time_to_first_token_seconds"]["m", "chat"][0] == pytest.approx(0.250999)
    added = told["routeiq_plugin_time_to_first_token_seconds"]
    assert {plugin: cells[0] for (plugin,), cells in added.items()} == {
        "a": pytest.approx(0.003),
        "b": pytest.approx(0.03),
    }


def test_a_request_that_does_not_stream_adds_nothing():
    recorder, activity = Recorder(sampler=always()), exchange()
    trace = recorder.request_began(activity)
    trace.hook("request", "a", 0, 2_000_000, "passed", None)
    recorder.request_ended(trace, activity, ResponseMetadata(200, Headers()), None, 1)
    assert series(recorder)["routeiq_plugin_time_to_first_token_seconds"] == {}


def test_a_stream_outside_of_a_request_is_measured_too():
    recorder = Recorder(sampler=always())
    trace = recorder.call_began(None, streaming())
    trace.hook("llm_pre_call", "a", 0, 1_000_000, "passed", None)
    recorder.stream_began(trace, streaming())
    assert ("a",) in series(recorder)["routeiq_plugin_time_to_first_token_seconds"]
    assert recorder.call_began(None, streaming(request=PluginRequest.mock())) is None


async def test_figures_lead_to_the_traces_of_other_tracers(recording):
    manager, recorder = await recording()
    manager.add_tracer(NotingTracer(exemplar={"trace_id": "7"}))
    activity = exchange()
    activity.trace = manager.plans.tracer.request_began(activity)
    manager.plans.tracer.request_ended(activity.trace, activity, ResponseMetadata(200, Headers()), None, 1)
    await called(manager, LLMResponse("hi"))
    found = {
        family.name: [one.labels for one in family.exemplars.values()]
        for family in recorder.families()
        if family.exemplars
    }
    assert found == {
        "routeiq_http_request_duration_seconds": [{"trace_id": "7"}],
        "routeiq_llm_call_duration_seconds": [{"trace_id": "7"}],
    }
