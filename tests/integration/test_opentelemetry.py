"""Spans and metrics of a gateway on a socket, as a collector receives them over OTLP."""

import asyncio
import json

import httpx
import pytest
from routeiq_plugin_sdk import Reject
from tests.fakes.telemetry import collecting

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "request-7"}
CHAT = "POST /v1/chat/completions"
SECRET = "my secret"
BODY = {"model": "fast", "temperature": 0.5, "messages": [{"role": "user", "content": SECRET}]}


@pytest.fixture
def collector(monkeypatch):
    """A collector; exporters send what they have every few milliseconds."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "50")
    with collecting() as one:
        yield one


@pytest.fixture
def serve(collector, gateway, upstream, models):
    """serve(*plugins, **otel) -> httpx.AsyncClient: a gateway whose models lie at the upstream."""

    async def start(*plugins, retries=0, **otel):
        settings = {
            "model_list": models(upstream, "fast"),
            "router_settings": {"num_retries": retries},
            "telemetry": {"otel": {"endpoint": collector.url, **otel}},
        }
        running = await gateway(*plugins, settings=settings)
        return httpx.AsyncClient(base_url=running.url, headers=HEADERS)

    return start


@pytest.fixture
def spans(collector, eventually):
    """spans() -> (call, request): once both have arrived."""

    async def wait(name="chat fast"):
        await eventually(lambda: {name, CHAT} <= {span.name for span in collector.spans})
        return collector.span(name), collector.span(CHAT)

    return wait


@pytest.mark.parametrize("stream", [False, True])
async def test_a_trace_goes_from_the_client_through_the_gateway_to_the_upstream(
    serve, spans, upstream, collector, stream
):
    async with await serve() as http:
        answer = await http.post("/v1/chat/completions", json={**BODY, "stream": stream})
    assert answer.status_code == 200
    call, request = await spans()
    assert (request.trace, request.parent, request.kind) == (TRACE, PARENT, "SERVER")
    assert (call.trace, call.parent, call.kind) == (TRACE, request.id, "CLIENT")
    assert [one.headers["traceparent"] for one in upstream.requests] == [f"00-{TRACE}-{call.id}-01"]
    assert request.seconds >= call.seconds > 0
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["routeiq.request.id"] == call.attributes["routeiq.request.id"] == "request-7"
    expected = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "fast",
        "gen_ai.request.temperature": 0.5, "gen_ai.usage.input_tokens": 2, "gen_ai.usage.output_tokens": 3,
        "gen_ai.response.finish_reasons": ("stop",), "routeiq.deployment": "fast:1", "routeiq.upstream.model": "up",
        "server.address": "127.0.0.1", "server.port": upstream.port,
    }  # fmt: skip
    assert {name: call.attributes[name] for name in expected} == expected
    assert ("gen_ai.response.time_to_first_chunk" in call.attributes) is stream
    assert request.resource["service.name"] == "routeiq"
    assert not any(text in str(collector.spans) for text in (SECRET, "key-7"))


async def test_an_attempt_that_failed_is_an_event_of_the_call_that_succeeded(serve, spans, upstream, replies):
    upstream.replies = [replies.respond(503, {"error": {"message": SECRET}})]
    async with await serve(retries=1) as http:
        await http.post("/v1/chat/completions", json=BODY)
    call, _ = await spans()
    failed = call.event("routeiq.attempt.failed")
    assert (failed["routeiq.attempt"], failed["error.type"], failed["routeiq.deployment"]) == (1, "503", "fast:1")
    assert 0 < failed["routeiq.duration"] < call.seconds
    assert (call.attributes["routeiq.attempts"], call.status) == (2, "UNSET")
    assert SECRET not in str(call)


async def test_an_upstream_that_refuses_is_a_failure_of_the_call_and_no_error_of_the_gateway(
    serve, spans, upstream, replies
):
    error = {"message": SECRET, "code": "rate_limit_exceeded"}
    upstream.default = replies.respond(429, {"error": error})
    async with await serve() as http:
        await http.post("/v1/chat/completions", json=BODY)
    call, request = await spans()
    assert (call.status, call.attributes["error.type"]) == ("ERROR", "rate_limit_exceeded")
    assert (request.status, request.attributes["http.response.status_code"]) == ("UNSET", 429)


async def test_an_upstream_that_breaks_is_an_error(serve, spans, upstream, replies):
    upstream.default = replies.disconnect
    async with await serve() as http:
        await http.post("/v1/chat/completions", json=BODY)
    call, request = await spans()
    assert (call.status, call.attributes["error.type"]) == ("ERROR", "upstream_connection_broken")
    assert (request.status, request.attributes["error.type"]) == ("ERROR", "502")


async def test_a_stream_that_breaks_upstream_is_a_failure_of_the_call(serve, spans, upstream, replies):
    upstream.default = replies.stream("one", then=replies.disconnect)
    async with await serve() as http:
        await http.post("/v1/chat/completions", json={**BODY, "stream": True})
    call, request = await spans()
    assert call.status == "ERROR"
    assert "gen_ai.response.time_to_first_chunk" in call.attributes
    assert request.attributes["http.response.status_code"] == 200


async def test_a_client_that_leaves_a_stream_is_no_error(serve, spans, upstream, replies):
    upstream.default = replies.stream("one", gate=asyncio.Event())
    async with (
        await serve() as http,
        http.stream("POST", "/v1/chat/completions", json={**BODY, "stream": True}) as answer,
    ):
        async for _ in answer.aiter_bytes():
            break
    call, request = await spans()
    for span in (call, request):
        assert (span.status, span.attributes["routeiq.aborted"]) == ("UNSET", True)


async def test_a_client_that_leaves_before_the_answer_cancels_the_call(serve, spans, upstream, replies, eventually):
    upstream.default = replies.hang
    async with await serve() as http:
        task = asyncio.create_task(http.post("/v1/chat/completions", json=BODY))
        await eventually(lambda: upstream.requests)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    call, request = await spans()
    assert (call.status, call.attributes["error.type"]) == ("ERROR", "cancelled")
    assert (request.status, request.attributes["routeiq.aborted"]) == ("UNSET", True)


async def test_plugins_decisions_are_told_where_they_were_made(serve, spans, plugin):
    async def request(request):
        return None

    async def llm_pre_call():
        raise Reject(403, SECRET, "content_blocked")

    async def response_headers(response):
        return response.with_headers({"x-a": "1"})

    async with await serve(plugin("guard", request, llm_pre_call, response_headers)) as http:
        await http.post("/v1/chat/completions", json=BODY)
    call, request = await spans()
    refusal, change = call.event("routeiq.hook"), request.event("routeiq.hook")
    assert (refusal["routeiq.phase"], refusal["routeiq.outcome"]) == ("llm_pre_call", "rejected")
    assert (change["routeiq.phase"], change["routeiq.outcome"]) == ("response_headers", "changed")
    assert SECRET not in str((call, request))


async def test_a_call_that_a_plugin_makes_is_a_span_within_the_call_for_which_it_is_made(
    serve, plugin, collector, eventually
):
    async def llm_pre_call(context):
        await context.llm.chat("fast", [{"role": "user", "content": "a question"}])

    async with await serve(plugin("asker", llm_pre_call)) as http:
        await http.post("/v1/chat/completions", json=BODY)
    await eventually(lambda: CHAT in {span.name for span in collector.spans})
    calls = {span.attributes.get("routeiq.call.origin"): span for span in collector.spans if span.name == "chat fast"}
    inner, outer = calls["asker"], calls[None]
    assert (inner.trace, inner.parent) == (outer.trace, outer.id)


async def test_all_hooks_can_be_spans(serve, spans, plugin, collector, eventually):
    async def llm_stream_chunk(): ...

    async with await serve(plugin("guard", llm_stream_chunk), hooks="spans", all_hooks=True) as http:
        await http.post("/v1/chat/completions", json={**BODY, "stream": True})
    call, _ = await spans()
    await eventually(lambda: len(collector.spans) == 3)
    hook = collector.span("llm_stream_chunk guard")
    assert (hook.parent, hook.kind) == (call.id, "INTERNAL")
    assert hook.attributes["routeiq.calls"] > 1


async def test_content_is_recorded_only_if_the_operator_says_so(serve, spans):
    async with await serve(content=True) as http:
        await http.post("/v1/chat/completions", json=BODY)
    call, _ = await spans()
    assert SECRET in call.attributes["gen_ai.input.messages"]
    assert json.loads(call.attributes["gen_ai.output.messages"])[0]["parts"] == [{"type": "text", "content": "hello"}]


async def test_what_a_client_does_not_sample_is_not_told_but_measured(serve, collector, eventually, upstream):
    async with await serve() as http:
        await http.post("/v1/chat/completions", json=BODY, headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    await eventually(lambda: "gen_ai.client.token.usage" in collector.metrics)
    assert collector.spans == []
    assert upstream.requests[0].headers["traceparent"].startswith(f"00-{TRACE}-")
    assert upstream.requests[0].headers["traceparent"].endswith("-00")


async def test_metrics_arrive_under_the_names_of_the_conventions(serve, collector, eventually, plugin):
    async def llm_pre_call(): ...

    async with await serve(plugin("guard", llm_pre_call)) as http:
        await http.post("/v1/chat/completions", json={**BODY, "stream": True})
    await eventually(lambda: "http.server.request.duration" in collector.metrics)
    found = collector.metrics
    model = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "fast"}
    assert found["gen_ai.client.operation.duration"][0] == model
    assert found["gen_ai.server.request.duration"][0] == model
    assert {point["gen_ai.token.type"] for point in found["gen_ai.client.token.usage"]} == {"input", "output"}
    assert found["http.server.request.duration"][0]["http.route"] == "/v1/chat/completions"
    assert found["routeiq.hook.calls"][0] == {"routeiq.plugin": "guard", "routeiq.phase": "llm_pre_call"}
    assert {"gen_ai.client.operation.time_to_first_chunk", "gen_ai.server.time_to_first_token"} <= set(found)


async def test_a_collector_that_hangs_or_refuses_keeps_no_request_waiting(serve, collector, caplog):
    collector.gate.clear()
    collector.status = 503
    async with await serve() as http:
        for _ in range(50):
            answer = await http.post("/v1/chat/completions", json=BODY, timeout=5)
            assert answer.status_code == 200
    collector.status = 200
    collector.gate.set()
    assert sum(record.name.startswith("opentelemetry") for record in caplog.records) <= 4


async def test_what_other_paths_are_asked_for_makes_no_names(serve, collector, eventually):
    async with await serve() as http:
        for path in ("/v1/models/fast", "/nowhere/1", "/nowhere/2", "/health/live"):
            await http.get(path)
    await eventually(lambda: len(collector.spans) == 3)
    assert sorted(span.name for span in collector.spans) == ["GET", "GET", "GET /v1/models/{model}"]


async def test_figures_of_prometheus_lead_to_the_trace(serve, spans):
    async with await serve() as http:
        await http.post("/v1/chat/completions", json=BODY)
        shown = await http.get("/metrics", headers={"accept": "application/openmetrics-text"})
    await spans()
    assert f'# {{trace_id="{TRACE}"' in shown.text
