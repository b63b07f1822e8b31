"""The tour has every phase, and notes each."""

from __future__ import annotations

import inspect

from routeiq_plugin_sdk import LLMCall, PluginRequest, Principal
from routeiq_plugin_sdk.specs import LAYERS
from routeiq_plugin_sdk.testing import PluginTestHarness

from routeiq_plugin_hello.tour import Step, Tour


def test_every_phase_is_implemented() -> None:
    phases = {
        name for layer in LAYERS for name, value in inspect.getmembers(layer, inspect.isfunction)
        if hasattr(value, "routeiq_spec")
    }  # fmt: skip
    implemented = {
        name for name, value in inspect.getmembers(Tour, inspect.isfunction) if hasattr(value, "routeiq_impl")
    }
    assert implemented == phases


async def test_the_trail_names_the_phase_and_the_request() -> None:
    tour = Tour()
    request = PluginRequest.mock(id="one")
    assert await tour.authenticate(request) == Principal("visitor")
    await tour.request(request)
    tour.pre_routing(LLMCall.mock(id="outside-http"), [])
    assert list(tour.trail) == [
        Step("authenticate", "one"), Step("request", "one"), Step("pre_routing", "outside-http"),
    ]  # fmt: skip
    assert tour.counts["request"] == 1


async def test_a_chat_goes_through_the_phases_in_their_order() -> None:
    async with PluginTestHarness(Tour) as harness:
        await harness.llm_call("hello")
        assert harness.called()[4:] == [
            "rewrite", "authenticate", "request", "request_body", "request_chunk", "pre_routing", "llm_pre_call",
            "post_routing", "llm_stream_window", "llm_success", "response_body",
            "response_chunk", "response_headers", "response",
        ]  # fmt: skip
