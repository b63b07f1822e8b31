"""Plugins on their way out."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.errors import RegistrationError
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings


def made(name, log, **metadata):
    def shutdown():
        log.append(name)

    async def request(request):
        return None

    module = types.ModuleType(name)
    capabilities = {PluginCapability.MIDDLEWARE}
    module.metadata = PluginMetadata(name=name, version="1", capabilities=capabilities, **metadata)
    module.shutdown, module.request = hookimpl(shutdown), hookimpl(request)
    return module


@pytest.fixture
async def manager():
    made_manager = PluginManager(ManagerSettings(startup_timeout=0.3))
    async with made_manager:
        yield made_manager


async def registered(manager, name, log):
    manager.register(made(name, log))
    await manager.settled()


async def test_plans_of_every_earlier_generation_keep_a_plugin_alive(manager):
    log = []
    await registered(manager, "a", log)
    oldest = manager.plans
    await registered(manager, "b", log)
    removing = asyncio.create_task(manager.unregister("a"))
    await asyncio.sleep(0.02)
    assert log == []
    assert oldest.request.plugins == ("a",)
    del oldest
    await removing
    assert log == ["a"]


async def test_requests_that_do_not_end_keep_it_for_the_startup_timeout_at_most(manager, caplog):
    log = []
    await registered(manager, "a", log)
    held = manager.plans
    await manager.unregister("a")
    assert log == ["a"]
    assert held.request is not None
    assert "shut down although requests still use it" in caplog.text


async def test_the_end_of_the_manager_waits_for_no_request(manager):
    log = []
    await registered(manager, "a", log)
    held = manager.plans
    removing = asyncio.create_task(manager.unregister("a"))
    await asyncio.sleep(0.02)
    await manager.stop()
    assert log == ["a"]
    assert held.request is not None
    await asyncio.gather(removing, return_exceptions=True)


async def test_what_is_not_there_cannot_be_removed(manager):
    with pytest.raises(RegistrationError, match="no plugin of this name"):
        await manager.unregister("a")
