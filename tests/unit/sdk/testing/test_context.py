from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import OutboundRefused, PluginContext
from routeiq_plugin_sdk.testing import MockPluginContext


async def test_time_passes_by_hand_for_timers_and_storage() -> None:
    context = MockPluginContext()
    order: list[str] = []

    async def slow(context: Any) -> None:
        order.append(f"slow {await context.storage.get('key')}")

    context.every(3, slow)
    fast = context.every(2, lambda: order.append("fast"), leader=True)
    await context.storage.set("key", 1, expires_in=5)
    await context.advance_time(6)
    assert order == ["fast", "slow 1", "fast", "slow None", "fast"]
    fast.cancel()
    await context.advance_time(2)
    assert (fast.calls, fast.leader) == (3, True)
    assert [timer.seconds for timer in context.timers] == [3, 2]


async def test_it_has_all_that_a_plugin_is_given() -> None:
    context = MockPluginContext({"a": 1}, gateway={"g": 1}, environment={"E": "1"}, worker=2)
    as_plugins_see_it: PluginContext = context
    assert as_plugins_see_it.config == {"a": 1}
    assert as_plugins_see_it.settings.gateway == {"g": 1}
    assert as_plugins_see_it.settings.environment == {"E": "1"}
    assert as_plugins_see_it.node.worker == 2
    as_plugins_see_it.logger.info("said", n=1)
    assert [line.event for line in context.logs] == ["said"]
    context.http.respond("https://a.example/", content=b"x")
    assert (await as_plugins_see_it.http.get("https://a.example/")).content == b"x"


async def test_shared_state_and_refused_urls_are_the_tests_to_say() -> None:
    context = MockPluginContext()
    context.shared["a"] = 1
    context.shared.others["other"] = {"b": 2}
    assert (dict(context.shared), context.shared.of("other"), context.shared.of("none")) == ({"a": 1}, {"b": 2}, {})
    del context.shared["a"]
    assert len(context.shared) == 0
    context.refused["http://10.0.0.1/"] = OutboundRefused("10.0.0.1", "private")
    await context.validate_outbound_url("https://a.example/")
    with pytest.raises(OutboundRefused):
        await context.validate_outbound_url("http://10.0.0.1/")
