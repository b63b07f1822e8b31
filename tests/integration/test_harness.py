"""What plugins see in a harness is what they see in the gateway: its golden trace, and its phases over a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from routeiq_plugin_sdk import ToolCall, Usage
from routeiq_plugin_sdk.testing import Answer, LLMResult, PluginTestHarness, UpstreamAnswer, UpstreamFailure, echo_app
from tests.fakes.behaviour import Behaviour
from tests.golden.gateway_host import serving
from tests.golden.recorder import Decider, Recorder
from tests.golden.scenarios import MODEL, RETRIES, SCENARIOS, TEMPERATURE, UPSTREAM_MODEL, Scenario
from tests.golden.trace import GOLDEN, Golden, normalise

from routeiq import PluginManager, create_standalone_app
from routeiq.gateway.settings import GatewaySettings

tour = pytest.importorskip("routeiq_plugin_hello.tour", reason="needs the example distribution")

# Whoever leaves or closes early is a matter of sockets: tests/unit/sdk/testing has it for the harness.
READ: Final = {name: one for name, one in SCENARIOS.items() if one.client == "reads"}


def answer_of(behaviour: Behaviour) -> Answer:
    if behaviour.status != 200:
        return UpstreamFailure(behaviour.status, behaviour.message, headers=behaviour.headers)
    usage = Usage(behaviour.prompt_tokens, behaviour.completion, behaviour.prompt_tokens + behaviour.completion)
    tools = [ToolCall(n, f"call_{n}", one.name, one.arguments) for n, one in enumerate(behaviour.tools)]
    breaks_after = behaviour.after - 1 if behaviour.in_body == "disconnect" else None  # the role's event is one
    return UpstreamAnswer(
        behaviour.text,
        behaviour.pieces(behaviour.text),
        tools,
        behaviour.reasoning,
        behaviour.reason,
        usage,
        breaks_after,
        behaviour.headers,
    )


def told(scenario: Scenario, result: LLMResult) -> str:
    if result.status_code >= 400:
        return f"error: {result.status_code}"
    if scenario.api == "embedding":
        return f"answer: {len(result.body['data'][0]['embedding'])} numbers"
    return f"broken after: {result.text}" if result.error else f"answer: {result.text}"


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden(GOLDEN)


@pytest.mark.parametrize("scenario", [pytest.param(one, id=name) for name, one in READ.items()])
async def test_the_golden_trace_of_the_gateway(scenario: Scenario, golden: Golden) -> None:
    settings = {
        "model_list": [
            {"model_name": MODEL, "litellm_params": {"model": f"openai/{UPSTREAM_MODEL}", "api_base": "http://x"}}
        ],
        "router_settings": {"num_retries": RETRIES, "retry_after": 0},
    }
    recorder = Recorder()
    answers = [answer_of(behaviour) for behaviour in scenario.upstream]
    parameters = {} if scenario.api == "embedding" else {"temperature": TEMPERATURE}
    if scenario.api == "embedding":
        parameters["encoding_format"] = "float"
    if scenario.api == "messages":
        parameters["max_tokens"] = 9
    async with PluginTestHarness(recorder, Decider, settings=settings) as harness:
        harness.upstream.default = answers[-1]
        result = await harness.llm_call(
            scenario.said, api=scenario.api, stream=scenario.stream, answer=answers, **parameters
        )
        await recorder.ended()
    entry = golden.document[scenario.name]
    steps = normalise(recorder.steps)
    if scenario.api == "embedding":
        # The size of the vector and its tokens are the echo's own.
        assert [step["hook"] for step in steps] == [step["hook"] for step in entry["trace"]]
    else:
        assert steps == entry["trace"]
        assert told(scenario, result) == entry["client"]


CHAT: Final[dict[str, Any]] = {"model": "echo", "messages": [{"role": "user", "content": "a b c"}]}
REQUESTS: Final = {
    "a chat": ("POST", "/v1/chat/completions", CHAT),
    "a streamed chat": ("POST", "/v1/chat/completions", {**CHAT, "stream": True}),
    "an unknown model": ("POST", "/v1/chat/completions", {**CHAT, "model": "nobody"}),
    "a body that is none": ("POST", "/v1/chat/completions", {"model": 3}),
    "a route of the plugin": ("GET", "/hello/tour?request=nobody", None),
    "nothing there": ("GET", "/nothing", None),
}


@pytest.fixture(scope="module")
def settings() -> GatewaySettings:
    return GatewaySettings.model_validate({"storage": "memory", "plugins": {"hello-tour": {"enabled": True}}})


@pytest.fixture
async def socket(settings: GatewaySettings) -> AsyncIterator[tuple[Any, str]]:
    manager = PluginManager(settings.manager_settings({}))
    plugin = tour.Tour()
    manager.register(plugin)
    async with serving(create_standalone_app(settings, manager)) as url:
        yield plugin, url


def phases(plugin: Any) -> list[str]:
    return [step.phase for step in plugin.trail if step.request is not None]


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_plugin_of_all_phases_sees_what_it_sees_over_a_socket(name: str, socket: tuple[Any, str]) -> None:
    method, path, body = REQUESTS[name]
    over_socket, url = socket
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        real = await client.request(method, path, json=body)
    in_harness = tour.Tour()
    async with PluginTestHarness(in_harness, models=["echo"]) as harness:
        answer = await harness.send_request(method, path, body)
    assert phases(in_harness) == phases(over_socket)
    assert phases(in_harness)
    assert answer.status_code == real.status_code
    assert answer.headers["content-type"] == real.headers["content-type"]
    if "stream" not in name:
        assert type(answer.body) is type(real.json())


async def test_every_phase_of_the_tour_can_be_driven() -> None:
    in_harness = tour.Tour()
    async with PluginTestHarness(in_harness, app=echo_app, settings={"router_settings": {"num_retries": 1}}) as harness:
        for stream in (False, True):
            await harness.llm_call(stream=stream)
        await harness.llm_call(answer=UpstreamFailure(400))
        await harness.send_request("POST", "/chunks", pieces=[b"a", b"b"])
        async with harness.websocket("/ws") as websocket:
            await websocket.send("hi")
            await websocket.receive()
        assert (await harness.tool_call()).error is None
        assert (await harness.agent_call()).error is None
        assert await harness.evaluate() == []
        await harness.change_config(steps=500)
        assert (await harness.health())["plugins"]["hello-tour"]["status"] == "ok"

        async def broken(scope: Any, receive: Any, send: Any) -> None:
            raise ValueError("broken")

        called = set(harness.called())
    async with PluginTestHarness(in_harness, app=broken) as harness:
        assert (await harness.send_request("GET", "/broken")).status_code == 500
        called |= set(harness.called())
        status = harness.status["hello-tour"]
        assert status.inactive_hooks == ()
        hooks = set(status.hooks)
    called |= set(harness.called())
    assert hooks - called == set()
