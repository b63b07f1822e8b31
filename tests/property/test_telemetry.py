"""The law of traces: whatever happens to a request and its calls, each span that began ends exactly once."""

import asyncio
import itertools
import types

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMResponse, PluginCapability, PluginMetadata, PluginResponse, Reject, hookimpl

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry import context as contexts
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from tests.fakes.telemetry import Recorded
from tests.property.test_asgi import applications, exchange, methods, pieces, run_of

from routeiq import PluginManager, PluginMiddleware
from routeiq.adapters.opentelemetry import OpenTelemetryTracer, Options
from routeiq.core.attempts import AttemptError
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.backends.echo import EchoBackend
from routeiq.gateway.settings import GatewaySettings

HTTP = ("rewrite", "request", "request_body", "response_headers", "response_chunk", "response")
LLM = (
    "pre_routing",
    "llm_pre_call",
    "post_routing",
    "attempt_failed",
    "llm_stream_chunk",
    "llm_success",
    "llm_failure",
)
DEEDS = ("passes", "fails", "rejects", "cancels", "ends", "returns nonsense")


class Dice(Sampler):
    """Samples as it is told, span after span."""

    def __init__(self, decisions):
        self.decisions = itertools.cycle(decisions)

    def should_sample(self, *args, **kwargs):
        return SamplingResult(next(self.decisions))

    def get_description(self):
        return "dice"


def hook(phase, deed):
    answer = LLMResponse("ended") if phase == "llm_pre_call" else PluginResponse.text("ended", 418)

    async def run():
        await asyncio.sleep(0)
        if deed == "fails":
            raise ZeroDivisionError
        if deed == "rejects":
            raise Reject(403, "no", "no")
        if deed == "cancels":
            raise asyncio.CancelledError
        return {"ends": answer, "returns nonsense": object()}.get(deed)

    return hookimpl(specname=phase)(run)


@st.composite
def plugins(draw, phases):
    """Plugins whose hooks do anything, and the way in which their failures are met."""
    found = []
    for number in range(draw(st.integers(0, 2))):
        module = types.ModuleType(f"p{number}")
        mode = draw(st.sampled_from(["continue", "abort", "quarantine"]))
        capabilities = frozenset(PluginCapability)
        module.metadata = PluginMetadata(name=f"p{number}", capabilities=capabilities, failure_mode=mode)
        for phase, deed in draw(st.dictionaries(st.sampled_from(phases), st.sampled_from(DEEDS))).items():
            setattr(module, phase, hook(phase, deed))
        found.append(module)
    return found


dice = st.lists(st.sampled_from(Decision), min_size=1, max_size=3).map(Dice)
options = st.builds(
    Options,
    hooks=st.sampled_from(["events", "spans", "none"]),
    all_hooks=st.booleans(),
    content=st.booleans(),
    guardrails=st.booleans(),
)


def under(app_of, found, sampler, chosen, run):
    """Run a request against `app_of(manager)` under plugins and a tracer, and check what its spans became of."""
    recorded = Recorded(sampler)
    manager = PluginManager(ManagerSettings())
    for one in found:
        manager.register(one)
    manager.add_tracer(
        OpenTelemetryTracer(
            manager.statistics, tracer_provider=recorded.tracer, meter_provider=recorded.meter, options=chosen
        )
    )

    async def main():
        async with manager:
            before = contexts.get_current()
            await run(app_of(manager))
            assert contexts.get_current() == before

    asyncio.run(main())
    spans = recorded.spans
    assert len(spans) == recorded.started
    assert len({span.id for span in spans}) == len(spans)
    (measured,) = recorded.metrics()["http.server.request.duration"]
    assert measured.count == 1
    return spans


@given(applications(), plugins(HTTP), dice, options, methods, pieces, st.none() | st.integers(0, 4))
def test_every_span_of_a_request_ends_once(app, found, sampler, chosen, method, body, leaves_after):
    async def run(asgi):
        await exchange(asgi, method, body, leaves_after)

    spans = under(lambda manager: PluginMiddleware(run_of(app, method)[0], manager), found, sampler, chosen, run)
    assert sum(span.kind == "SERVER" for span in spans) <= 1


class Scripted(EchoBackend):
    """Fails as it is told, then answers, and may break its stream."""

    def __init__(self, failures, breaks_at):
        self.failures = iter(failures)
        self.breaks_at = breaks_at

    async def send(self, deployment, path, body, headers, *, stream):
        await asyncio.sleep(0)
        failure = next(self.failures, None)
        if failure is not None:
            raise failure
        answer = await super().send(deployment, path, body, headers, stream=stream)
        if stream and self.breaks_at is not None:
            answer._pieces = self.broken(list(answer._pieces))
        return answer

    def broken(self, pieces):
        yield from pieces[: self.breaks_at]
        raise AttemptError(502, "broke")


failures = st.sampled_from(
    [AttemptError(503, "down"), AttemptError(400, "no", "no"), AttemptError(429, "slow"), asyncio.CancelledError()]
)


@given(
    plugins((*HTTP, *LLM)),
    dice,
    options,
    st.lists(failures, max_size=4),
    st.none() | st.integers(0, 5),
    st.booleans(),
    st.sampled_from(["echo", "unknown"]),
    st.none() | st.integers(0, 4),
)
def test_every_span_of_a_call_ends_once_and_within_its_requests(
    found, sampler, chosen, fails, breaks_at, stream, model, leaves_after
):
    message = {"model": model, "stream": stream, "messages": [{"role": "user", "content": "a b c"}]}

    def app(manager):
        gateway = Gateway(GatewaySettings(router_settings={"num_retries": 3}), manager, MemoryState())
        gateway.service.backends["echo"] = Scripted(fails, breaks_at)
        return lambda scope, receive, send: gateway({**scope, "path": "/v1/chat/completions"}, receive, send)

    async def run(asgi):
        await exchange(asgi, "POST", [orjson.dumps(message)], leaves_after)

    spans = under(app, found, sampler, chosen, run)
    assert sum(span.name.startswith("chat ") for span in spans) <= 1
