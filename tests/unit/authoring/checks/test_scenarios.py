"""What happens to plugins."""

from __future__ import annotations

from routeiq_plugin_sdk import PluginMetadata
from routeiq_plugin_sdk.testing import PluginTestHarness

from routeiq.authoring.checks.scenarios import scenarios


class Idle:
    metadata = PluginMetadata(name="idle", version="1")


async def test_all_of_it_can_happen_to_a_plugin_that_does_nothing() -> None:
    names = []
    async with PluginTestHarness(Idle) as harness:
        for scenario in scenarios(["harmful"]):
            await scenario.run(harness)
            names.append(scenario.name)
    assert len(set(names)) == len(names) > 40
    assert "a chat completion that says 'harmful'" in names
