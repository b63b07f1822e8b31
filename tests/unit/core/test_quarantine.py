"""Plugins that fail too often: out, on trial, and back."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, hookimpl

from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings


@pytest.fixture
async def failing():
    """A running manager with a plugin that fails as long as `failing.broken` is true."""
    state = types.SimpleNamespace(broken=True, told=[])

    async def request(request):
        if state.broken:
            raise ValueError("broken")

    module = types.ModuleType("a")
    module.metadata = PluginMetadata(
        name="a", version="1", capabilities={PluginCapability.MIDDLEWARE}, failure_mode="quarantine"
    )
    module.request = hookimpl(request)
    manager = PluginManager(ManagerSettings(quarantine_after=2, quarantine_cooldown=0.05))
    manager.quarantine.told = lambda plugin, reason: state.told.append((plugin, reason is not None))
    manager.register(module)
    async with manager:
        state.manager, state.record = manager, manager.records["a"]
        yield state


async def call(plans):
    if plans.request is not None:
        await plans.request.call(PluginRequest.mock(), Activity("r"))


async def test_a_plugin_that_fails_is_taken_out_also_of_what_requests_hold(failing):
    held = failing.manager.plans
    await call(held)
    assert failing.record.state == "active"
    await call(held)
    assert failing.record.state == "quarantined"
    assert failing.manager.plans.request is None
    assert held.request.plugins == ()
    assert failing.told == [("a", True)]


async def test_a_trial_that_succeeds_brings_it_back(failing):
    for _ in range(2):
        await call(failing.manager.plans)
    failing.broken = False
    await asyncio.sleep(0.1)
    await call(failing.manager.plans)
    assert failing.record.state == "active"
    assert failing.record.reason == ""
    assert failing.told == [("a", True), ("a", False)]


async def test_a_trial_that_fails_takes_it_out_again(failing):
    for _ in range(2):
        await call(failing.manager.plans)
    await asyncio.sleep(0.1)
    await call(failing.manager.plans)
    assert failing.record.state == "quarantined"
    assert "trial" in failing.record.reason


async def test_what_another_process_decided_is_followed_without_telling_it_again(failing):
    plugin = failing.manager.plugin("a")
    failing.manager.quarantine.open(plugin, "in quarantine elsewhere")
    assert failing.record.reason == "in quarantine elsewhere"
    assert failing.manager.plans.request is None
    failing.manager.quarantine.close(plugin)
    assert failing.manager.plans.request.plugins == ("a",)
    assert failing.told == []


async def test_no_trial_outlives_the_manager(failing):
    for _ in range(2):
        await call(failing.manager.plans)
    await failing.manager.stop()
    await asyncio.sleep(0.1)
    assert failing.manager.plans.request is None
