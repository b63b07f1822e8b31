"""Requests and calls under the tracer, in process: the spans, their parents, and their ends."""

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest
from routeiq_plugin_sdk import LLMCall, PluginResponse, Reject

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry import context as contexts
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler
from opentelemetry.trace import get_current_span
from tests.fakes.telemetry import Recorded

from routeiq import PluginManager, PluginMiddleware
from routeiq.adapters.opentelemetry import OpenTelemetryTracer
from routeiq.adapters.opentelemetry.requests import written_route
from routeiq.core.calls import LogicalCall
from routeiq.core.logging import Activity
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
UNSAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
BODY = {"model": "echo", "messages": [{"role": "user", "content": "hi there"}]}
CHAT = "/v1/chat/completions"
REQUEST = SimpleNamespace(messages=[], parameters={})


def client(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://gateway")


@pytest.fixture
def gateway(traced):
    """gateway(*plugins, **options) -> httpx.AsyncClient: the gateway with its model echo."""

    async def make(*plugins, **options):
        return client(Gateway(GatewaySettings(), await traced(*plugins, **options), MemoryState()))

    return make


@pytest.fixture
def embedded(traced):
    """embedded(app, *plugins, **options) -> httpx.AsyncClient: an application under plugins."""

    async def make(app, *plugins, **options):
        return client(PluginMiddleware(app, await traced(*plugins, **options)))

    return make


async def answering(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_is_a_span_below_its_requests_below_the_clients(gateway, recorded, stream):
    http = await gateway()
    answer = await http.post(CHAT, json={**BODY, "stream": stream}, headers=SAMPLED)
    assert answer.status_code == 200
    call, request = recorded.spans
    assert (request.kind, request.trace, request.parent) == ("SERVER", TRACE, PARENT)
    assert (call.kind, call.trace, call.parent, call.name) == ("CLIENT", TRACE, request.id, "chat echo")
    assert (call.attributes["gen_ai.usage.input_tokens"], call.attributes["gen_ai.provider.name"]) == (2, "echo")
    assert ("gen_ai.response.time_to_first_chunk" in call.attributes) is stream
    assert call.scope == "routeiq"


async def test_without_a_clients_trace_one_begins(gateway, recorded):
    await (await gateway()).post(CHAT, json=BODY)
    call, request = recorded.spans
    assert (request.parent, call.trace) == ("", request.trace)


async def test_what_is_not_sampled_records_nothing_tells_no_hooks_and_says_so_upstream(gateway, recorded, plugin):
    seen = []

    async def llm_pre_call(call):
        seen.append((call.headers.get("traceparent"), get_current_span().is_recording()))

    http = await gateway(plugin("p", llm_pre_call), all_hooks=True)
    await http.post(CHAT, json=BODY, headers=UNSAMPLED)
    ((traceparent, recording),) = seen
    assert (recorded.spans, recording) == ([], False)
    assert traceparent.split("-")[1::2] == [TRACE, "00"]


async def test_what_a_sampler_drops_has_no_call_that_begins_a_trace_of_its_own(traced, plugin):
    dropped = Recorded(ParentBased(ALWAYS_OFF))
    http = client(Gateway(GatewaySettings(), await traced(recorded=dropped), MemoryState()))
    await http.post(CHAT, json=BODY)
    assert (dropped.started, dropped.spans) == (0, [])
    assert {"http.server.request.duration", "gen_ai.client.operation.duration"} <= set(dropped.metrics())


async def test_the_upstream_is_told_the_calls_span(gateway, recorded, plugin):
    seen = []

    async def post_routing(call):
        seen.append(dict(call.headers))

    await (await gateway(plugin("p", post_routing))).post(
        CHAT, json=BODY, headers={**SAMPLED, "tracestate": "v=1", "baggage": "team=red"}
    )
    call = recorded.span("chat echo")
    assert seen == [{"traceparent": f"00-{TRACE}-{call.id}-01", "tracestate": "v=1"}]


async def test_other_spans_of_the_request_stand_below_its_own(embedded, recorded):
    tracer = recorded.tracer.get_tracer("theirs")

    async def app(scope, receive, send):
        with tracer.start_as_current_span("theirs"):
            await answering(scope, receive, send)

    await (await embedded(app)).get("/x")
    theirs, request = recorded.spans
    assert theirs.parent == request.id


async def test_under_another_instrumentation_the_request_is_a_span_within_its_span(embedded, recorded):
    http = await embedded(answering)
    with recorded.tracer.get_tracer("theirs").start_as_current_span("outer"):
        await http.get("/x", headers=SAMPLED)
    request, outer = recorded.spans
    assert (request.kind, request.parent, request.trace) == ("INTERNAL", outer.id, outer.trace)


async def test_the_context_is_afterwards_what_it_was_before(embedded):
    before = contexts.get_current()
    for headers in (SAMPLED, UNSAMPLED, {}):
        await (await embedded(answering)).get("/x", headers=headers)
        assert contexts.get_current() == before


async def test_a_span_has_the_route_that_plugins_rewrote_it_to(traced, recorded, plugin):
    async def rewrite(request):
        return request.replace(path="/new")

    manager = await traced(plugin("p", rewrite), route=lambda exchange: exchange.request.path)
    await client(PluginMiddleware(answering, manager)).get("/old")
    (request,) = recorded.spans
    assert (request.name, request.attributes["http.route"], request.attributes["url.path"]) == (
        "GET /new",
        "/new",
        "/old",
    )
    (point,) = recorded.metrics()["http.server.request.duration"]
    assert point.attributes["http.route"] == "/new"


async def test_a_span_has_the_route_that_a_router_writes_into_the_scope(traced, recorded):
    async def app(scope, receive, send):
        scope["route"] = SimpleNamespace(path_format="/users/{id}")
        await answering(scope, receive, send)

    await client(PluginMiddleware(app, await traced(route=written_route))).get("/users/7")
    assert [span.name for span in recorded.spans] == ["GET /users/{id}"]


async def test_hooks_are_events_of_the_span_that_they_belong_to(gateway, recorded, plugin):
    async def request(): ...

    async def llm_pre_call(kwargs):
        return {"temperature": 0.5}

    async def response_headers(response):
        return response.with_headers({"x-a": "1"})

    await (await gateway(plugin("p", request, llm_pre_call, response_headers))).post(
        CHAT, json={**BODY, "stream": True}
    )
    phases = {one.name: [event["routeiq.phase"] for _, event in one.events] for one in recorded.spans}
    assert phases == {"chat echo": ["llm_pre_call"], "POST": ["response_headers"]}
    assert recorded.span("chat echo").attributes["gen_ai.request.temperature"] == 0.5


async def test_a_plugins_answer_and_its_refusal_are_no_failures(gateway, recorded, plugin):
    async def request(request):
        if request.query:
            return PluginResponse.text("from here", 403)

    async def llm_pre_call(messages):
        raise Reject(400, "my secret", "content_blocked")

    http = await gateway(plugin("p", request, llm_pre_call))
    await http.get("/x?y=z")
    await http.post(CHAT, json=BODY)
    answered, call, refused = recorded.spans
    assert [one.status for one in (answered, call, refused)] == ["UNSET"] * 3
    assert [one.attributes["routeiq.answered_by"] for one in (answered, refused)] == ["p", "p"]
    assert (call.attributes["routeiq.plugin"], call.attributes["error.type"]) == ("p", "content_blocked")
    assert "my secret" not in str(recorded.spans)


async def test_an_application_that_fails_is_an_error_without_its_words(embedded, recorded):
    async def app(scope, receive, send):
        raise ZeroDivisionError("my secret")

    await (await embedded(app)).get("/x")
    (request,) = recorded.spans
    assert (request.status, request.attributes["error.type"]) == ("ERROR", "ZeroDivisionError")
    assert "my secret" not in str(request)


async def test_a_cancelled_request_ends_its_call_and_itself(traced, recorded, plugin):
    began = asyncio.Event()

    async def llm_pre_call():
        began.set()
        await asyncio.Event().wait()

    http = client(Gateway(GatewaySettings(), await traced(plugin("p", llm_pre_call)), MemoryState()))
    task = asyncio.create_task(http.post(CHAT, json=BODY))
    await began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    call, request = recorded.spans
    assert (call.attributes["error.type"], call.status) == ("cancelled", "ERROR")
    assert (request.attributes["routeiq.aborted"], request.status) == (True, "UNSET")


class Nowhere:
    """A host without deployments."""

    def deployments(self, model):
        return ()


async def test_a_call_outside_any_request_stands_below_what_is_current(traced, recorded):
    manager = await traced()
    with recorded.tracer.get_tracer("theirs").start_as_current_span("outer"):
        logical = LogicalCall(manager.plans, Activity("r"), LLMCall("c", "chat", "m"), Nowhere(), REQUEST)
        with pytest.raises(Exception, match="does not exist"):
            await logical.open()
    call, outer = recorded.spans
    assert (call.parent, call.attributes["error.type"]) == (outer.id, "model_not_found")
    assert logical.activity.trace is None


async def test_metrics_tell_of_requests_calls_and_hooks(gateway, recorded, plugin):
    async def llm_pre_call(): ...

    http = await gateway(plugin("p", llm_pre_call))
    await http.post(CHAT, json={**BODY, "stream": True})
    found = recorded.metrics()
    assert set(found) == {
        "http.server.request.duration", "gen_ai.client.token.usage", "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk", "gen_ai.server.request.duration",
        "gen_ai.server.time_to_first_token", "routeiq.hook.calls", "routeiq.hook.errors", "routeiq.hook.samples",
        "routeiq.hook.duration",
    }  # fmt: skip
    (client_seconds,), (server_seconds,) = (
        found[f"gen_ai.{side}.duration"] for side in ("client.operation", "server.request")
    )
    assert client_seconds.sum < server_seconds.sum
    assert [exemplar.span_id for exemplar in client_seconds.exemplars] == [int(recorded.span("chat echo").id, 16)]
    assert found["routeiq.hook.calls"][0].value == 1


async def test_without_metrics_an_unsampled_answer_is_not_decoded(plugin, recorded):
    manager, seen = PluginManager(ManagerSettings()), []

    class Watched(OpenTelemetryTracer):
        def call_ended(self, trace, logical, response, error):
            seen.append((logical.observed, response))
            return super().call_ended(trace, logical, response, error)

    manager.add_tracer(Watched(tracer_provider=recorded.tracer, meter_provider=NoOpMeterProvider()))
    async with manager, client(Gateway(GatewaySettings(), manager, MemoryState())) as http:
        await http.post(CHAT, json=BODY, headers=UNSAMPLED)
        await http.post(CHAT, json=BODY, headers=SAMPLED)
    assert [observed for observed, _ in seen] == [False, True]  # the gateway itself wants the usage alone


async def test_two_managers_in_one_process_do_not_mix(traced, recorded, plugin):
    other = Recorded()
    one = PluginMiddleware(answering, await traced())
    two = PluginMiddleware(answering, await traced(recorded=other))
    async with client(one) as first, client(two) as second:
        await asyncio.gather(*(http.get("/x") for http in (first, second) * 20))
    assert (len(recorded.spans), len(other.spans)) == (20, 20)
    assert {span.parent for span in (*recorded.spans, *other.spans)} == {""}


async def test_a_program_without_an_sdk_passes_its_clients_trace_on(plugin):
    manager, seen = PluginManager(ManagerSettings()), []

    async def post_routing(call):
        seen.append(call.headers.get("traceparent"))

    manager.register(plugin("p", post_routing))
    manager.add_tracer(OpenTelemetryTracer())
    async with manager, client(Gateway(GatewaySettings(), manager, MemoryState())) as http:
        await http.post(CHAT, json=BODY)
        await http.post(CHAT, json=BODY, headers=SAMPLED)
    assert seen == [None, f"00-{TRACE}-{PARENT}-01"]


async def test_a_failing_sampler_breaks_no_request_and_is_complained_of_once(plugin, caplog):
    class Failing(Sampler):
        def should_sample(self, *args, **kwargs):
            raise ZeroDivisionError

        def get_description(self):
            return "failing"

    failing = Recorded(Failing())
    manager = PluginManager(ManagerSettings())
    manager.add_tracer(OpenTelemetryTracer(tracer_provider=failing.tracer, meter_provider=failing.meter))
    async with manager, client(Gateway(GatewaySettings(), manager, MemoryState())) as http:
        for _ in range(3):
            answer = await http.post(CHAT, json=BODY)
            assert json.loads(answer.content)["choices"]
    # Once for requests and once for calls.
    assert sum("OpenTelemetry failed in" in message for message in caplog.messages) == 2
