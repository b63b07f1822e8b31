"""Starting and stopping one plugin."""

import asyncio
import types
from pathlib import Path

import pytest
from routeiq_plugin_sdk import GatewayPlugin, PluginCapability, PluginMetadata, hookimpl

from routeiq.core.activation import Activation
from routeiq.core.config_files import ConfigFiles
from routeiq.core.desired import Desired
from routeiq.core.errors import StartupError
from routeiq.core.events import EventBus
from routeiq.core.phases import load_phases
from routeiq.core.records import PluginState
from routeiq.core.roster import Roster
from routeiq.core.settings import ManagerSettings

DESIRED = Desired({}, {}, ConfigFiles(Path("config/plugins")))


def made(*hooks, plugin=None, **metadata):
    settings = ManagerSettings(startup_timeout=0.05)
    roster = Roster(load_phases(), settings)
    if plugin is None:
        plugin = types.ModuleType("p")
        plugin.metadata = PluginMetadata(name="p", capabilities=frozenset(PluginCapability), **metadata)
        for hook in hooks:
            setattr(plugin, hook.__name__, hookimpl(hook))
    added = roster.add("p", roster.inspect(plugin, "p")[1], None)
    activation = Activation(settings, roster.records, EventBus())
    activation.begin("the application")
    return activation, added


async def test_hooks_get_those_arguments_that_they_take():
    seen = []

    async def startup(context, app):
        seen.append((context.plugin, app))

    def shutdown():
        seen.append("stopped")

    activation, plugin = made(startup, shutdown)
    await activation.start(plugin, DESIRED)
    assert plugin.started
    await activation.stop(plugin)
    assert seen == [("p", "the application"), "stopped"]
    assert not plugin.started


@pytest.mark.parametrize("fault", ["raises", "hangs", "exits"])
@pytest.mark.parametrize(
    ("mode", "state"), [("continue", "failed"), ("quarantine", "quarantined"), ("abort", "failed")]
)
async def test_a_startup_that_fails_is_followed_by_its_shutdown(fault, mode, state):
    seen = []

    async def startup():
        if fault == "hangs":
            await asyncio.sleep(10)
        raise SystemExit(1) if fault == "exits" else ValueError("boom")

    async def shutdown():
        seen.append("stopped")

    activation, plugin = made(startup, shutdown, failure_mode=mode)
    if mode == "abort":
        with pytest.raises(StartupError):
            await activation.start(plugin, DESIRED)
    else:
        await activation.start(plugin, DESIRED)
    assert (plugin.record.state, plugin.started, seen) == (PluginState(state), False, ["stopped"])


async def test_a_shutdown_that_fails_or_hangs_is_survived():
    async def shutdown():
        await asyncio.sleep(10)

    activation, plugin = made(shutdown)
    await activation.start(plugin, DESIRED)
    await activation.stop(plugin)
    assert not plugin.started


async def test_a_class_gets_its_context_before_startup():
    seen = []

    class Plugin(GatewayPlugin):
        metadata = PluginMetadata(name="p")

        @hookimpl
        def startup(self):
            seen.append((self.context.plugin, self.config))

    activation, plugin = made(plugin=Plugin)
    await activation.start(plugin, DESIRED)
    assert seen == [("p", None)]


async def test_a_blocking_startup_can_be_offloaded_and_has_its_deadline():
    import threading

    gate = threading.Event()

    def startup():
        gate.wait(5)

    module = types.ModuleType("p")
    module.metadata = PluginMetadata(name="p")
    module.startup = hookimpl(offload=True)(startup)
    activation, plugin = made(plugin=module)
    await activation.start(plugin, DESIRED)
    gate.set()
    assert plugin.record.state is PluginState.FAILED
    plugin.close()


async def test_health_is_what_the_plugin_says_and_ok_without_a_word():
    async def health_check(context):
        return None

    activation, plugin = made(health_check)
    await activation.start(plugin, DESIRED)
    assert await activation.health(plugin, 1) == {"status": "ok"}
