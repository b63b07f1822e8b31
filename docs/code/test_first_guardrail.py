"""What `my-guardrails` does, in RouteIQ itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer

from routeiq_plugin_my_guardrails import plugin

MakeHarness = Callable[..., PluginTestHarness]


def test_the_model_does_not_see_a_number(plugin_harness: MakeHarness) -> None:
    with plugin_harness(plugin) as harness:
        harness.llm_call("Call C-123456 back.", answer="I shall.")
        assert harness.upstream.requests[0].messages[-1]["content"] == "Call [customer] back."
        assert harness.metric("numbers", action="replace") == 1


@pytest.mark.parametrize("pieces", [["It is C-123456."], ["It is C-1", "234", "56."]])
def test_a_number_in_an_answer_does_not_leave_however_it_is_cut(plugin_harness: MakeHarness, pieces: list[str]) -> None:
    with plugin_harness(plugin) as harness:
        told = harness.llm_call("Who?", stream=True, answer=UpstreamAnswer(pieces=pieces))
        assert told.text == "It is [customer]."


def test_an_operator_can_have_calls_refused(plugin_harness: MakeHarness) -> None:
    with plugin_harness(plugin, config={"action": "refuse"}) as harness:
        refused = harness.llm_call("Call C-123456 back.")
        assert refused.status_code == 400
        assert harness.upstream.requests == []
