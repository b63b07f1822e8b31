from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import PluginMetadata, hookimpl
from routeiq_plugin_sdk.testing import HarnessError, PluginTestHarness


class Plugin:
    metadata = PluginMetadata(name="plugin", version="1")

    @hookimpl
    def startup(self, context: Any) -> None:
        context.metrics.counter("starts", labels=["how"]).inc(how="well")
        context.logger.info("started")
        context.events.emit("beginning.told")


async def test_what_happened_can_be_read_when_the_plugins_are_stopped() -> None:
    async with PluginTestHarness(Plugin) as harness:
        pass
    assert harness.called() == ["startup"]
    assert [line.event for line in harness.logs if line.plugin == "plugin"] == ["started"]
    assert [event.name for event in harness.events if event.name == "beginning.told"] == ["beginning.told"]
    assert harness.status["plugin"].hooks == ("startup",)
    assert harness.metric("starts", how="well") == 1
    assert harness.metric("starts", how="badly") is None
    assert harness.context is harness.context_of("plugin")
    assert not harness.manager.running


async def test_there_is_nothing_to_see_before_the_start() -> None:
    with pytest.raises(HarnessError, match="never started"):
        _ = PluginTestHarness(Plugin).calls


def test_the_form_without_await_sees_the_same() -> None:
    harness = PluginTestHarness(Plugin)
    with harness as blocking:
        assert (blocking.calls, blocking.context) == (harness.calls, harness.context)
    assert blocking.called() == harness.called() == ["startup"]


async def test_a_plugin_that_there_is_not_is_told_of() -> None:
    async with PluginTestHarness(Plugin) as harness:
        with pytest.raises(HarnessError, match="nobody"):
            harness.context_of("nobody")
        assert harness.called("nobody") == []
