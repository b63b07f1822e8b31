"""Calls of LiteLLM's SDK and Router as spans: the one line that it takes, and the trace on its way to the upstream."""

import asyncio
import warnings

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # LiteLLM's own, at its import
    litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from tests.fakes.telemetry import Recorded
from tests.fakes.upstream import running

from routeiq import PluginManager
from routeiq.adapters.litellm import LiteLLMAdapter
from routeiq.adapters.opentelemetry import OpenTelemetryTracer
from routeiq.core.settings import ManagerSettings

pytestmark = [pytest.mark.litellm, pytest.mark.filterwarnings("ignore")]

MESSAGES = [{"role": "user", "content": "hi there"}]


@pytest.fixture
async def traced():
    """LiteLLM under a manager whose calls are traced: what is recorded, and the upstream."""
    recorded, manager = Recorded(), PluginManager(ManagerSettings())
    manager.add_tracer(
        OpenTelemetryTracer(manager.statistics, tracer_provider=recorded.tracer, meter_provider=recorded.meter)
    )
    with running() as upstream:
        async with manager:
            adapter = LiteLLMAdapter(manager)
            adapter.install()
            try:
                yield recorded, upstream
            finally:
                adapter.uninstall()


def to(upstream):
    return {"model": "openai/up", "api_base": upstream.openai_url, "api_key": "k", "num_retries": 0}


async def whole(upstream):
    await litellm.acompletion(**to(upstream), messages=MESSAGES)


async def streamed(upstream):
    assert [chunk async for chunk in await litellm.acompletion(**to(upstream), messages=MESSAGES, stream=True)]


async def synchronous(upstream):
    await asyncio.to_thread(litellm.completion, **to(upstream), messages=MESSAGES)


async def synchronous_streamed(upstream):
    assert await asyncio.to_thread(lambda: list(litellm.completion(**to(upstream), messages=MESSAGES, stream=True)))


async def by_a_router(upstream):
    params = to(upstream)
    router = litellm.Router(model_list=[{"model_name": "openai/up", "litellm_params": params}], num_retries=0)
    await router.acompletion("openai/up", MESSAGES)


@pytest.mark.parametrize("make", [whole, streamed, synchronous, synchronous_streamed, by_a_router])
async def test_a_call_is_one_span_that_the_upstream_is_told_of(traced, make):
    recorded, upstream = traced
    with recorded.tracer.get_tracer("theirs").start_as_current_span("theirs"):
        await make(upstream)
    async with asyncio.timeout(5):
        while len(recorded.spans) < 2:  # the ends of LiteLLM's calls come after their bytes
            await asyncio.sleep(0.01)
    call, theirs = recorded.span("chat openai/up"), recorded.span("theirs")
    assert (call.kind, call.parent, call.status) == ("CLIENT", theirs.id, "UNSET")
    told = [one.headers["traceparent"].split("-")[1:3] for one in upstream.requests]
    assert told == [[theirs.trace, call.id]]
    assert call.attributes["gen_ai.provider.name"] == "openai"
    assert call.attributes["gen_ai.usage.input_tokens"] > 0
    assert recorded.metrics()["gen_ai.client.operation.duration"][0].count == 1


async def test_a_call_that_fails_is_an_error_of_its_kind(traced):
    recorded, upstream = traced
    with pytest.raises(litellm.RateLimitError):
        await litellm.acompletion(**{**to(upstream), "model": "openai/up?status=429"}, messages=MESSAGES)
    (call,) = recorded.spans
    assert call.status == "ERROR"
    assert call.attributes["error.type"] in ("429", "rate_limit_exceeded")
    assert call.event("routeiq.attempt.failed")["routeiq.attempt"] == 1
