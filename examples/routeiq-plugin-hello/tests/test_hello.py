"""What `hello` does: hook by hook with a mock of its context, and as a whole in the gateway."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, ResponseMetadata
from routeiq_plugin_sdk.testing import ConfigRefused, MockPluginContext, PluginTestHarness, UpstreamFailure

from routeiq_plugin_hello import hello

MakeHarness = Callable[..., PluginTestHarness]


@pytest.fixture
async def context() -> MockPluginContext:
    context = MockPluginContext(hello.Config(), plugin="hello")
    await hello.startup(context)
    return context


def test_the_route_greets(context: MockPluginContext) -> None:
    (route,) = hello.register_routes(context)
    assert route.path == "/hello"


def test_responses_carry_the_greeting_and_keep_their_headers(context: MockPluginContext) -> None:
    answer = hello.response_headers(ResponseMetadata.mock(headers={"x-other": "1"}), context)
    assert answer.headers["x-hello"] == "Hello"
    assert answer.headers["x-other"] == "1"


async def test_calls_answers_and_tokens_are_counted(context: MockPluginContext) -> None:
    hello.llm_pre_call(LLMCall.mock(), context)
    hello.post_routing(Deployment("one", "model", "model"), context)
    await hello.llm_success(LLMResponse.mock(), context)
    assert hello.health_check(context) == {"status": "ok", "calls": {"begun": 1, "answered": 1, "failed": 0}}
    assert context.metrics.value("attempts", deployment="one") == 1
    assert context.metrics.value("tokens") == 3


async def test_calls_that_fail_are_counted_by_their_event(context: MockPluginContext) -> None:
    await context.events.deliver("llm.call.failed", {"call_id": "c", "error": "upstream"})
    assert hello.health_check(context)["calls"]["failed"] == 1


async def test_the_counts_are_logged_each_hour(context: MockPluginContext) -> None:
    await context.advance_time(7200)
    assert [line.event for line in context.logs] == ["ready to greet", "calls so far", "calls so far"]


@pytest.mark.parametrize("greeting", ["", " ", "two\r\nlines", "Grüß Gott"])
def test_a_greeting_that_could_not_be_a_header_is_refused(greeting: str) -> None:
    with pytest.raises(ValidationError):
        hello.Config(greeting=greeting)


async def test_it_greets_in_the_gateway(plugin_harness: MakeHarness) -> None:
    async with plugin_harness(hello, config={"greeting": "Servus"}) as harness:
        answer = await harness.send_request("GET", "/hello?name=you")
        assert answer.body["greeting"] == "Servus, you!"
        assert answer.headers["x-hello"] == "Servus"
        assert "hello.greeted" in [event.name for event in harness.events]
        await harness.change_config(greeting="Hi")
        assert (await harness.send_request("GET", "/hello")).headers["x-hello"] == "Hi"
        with pytest.raises(ConfigRefused, match="greeting"):
            await harness.change_config(greeting="Grüß Gott")


def test_it_counts_calls_in_the_gateway(plugin_harness: MakeHarness) -> None:
    with plugin_harness("hello") as harness:
        assert harness.llm_call("one two three", stream=True).chunks == ("one", " two", " three")
        harness.llm_call(answer=UpstreamFailure(400))
        assert harness.health()["plugins"]["hello"]["calls"] == {"begun": 2, "answered": 1, "failed": 1}
        assert harness.metric("tokens") == 3
        assert harness.metric("attempts", deployment="mock-model:1") == 2
