"""All plugins of a manager start and stop in order; what comes later waits for its turn."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import PluginMetadata, hookimpl

from routeiq.core.errors import RegistrationError, StartupError
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings


def made(name, log, startup=None, **metadata):
    async def started():
        log.append(f"{name} starts")
        await asyncio.sleep(0)
        if startup is not None:
            await startup()

    def shutdown():
        log.append(f"{name} stops")

    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, version="1", **metadata)
    started.__name__ = "startup"
    module.startup, module.shutdown = hookimpl(started), hookimpl(shutdown)
    return module


async def fails():
    raise OSError("no disk")


async def test_a_start_that_fails_half_way_stops_what_had_started_in_reverse():
    log = []
    manager = PluginManager(ManagerSettings())
    manager.register(made("a", log, priority=1))
    manager.register(made("b", log, fails, priority=2, failure_mode="abort"))
    with pytest.raises(StartupError, match="no disk"):
        await manager.start()
    assert log == ["a starts", "b starts", "b stops", "a stops"]


async def test_what_failed_is_tried_again_at_the_next_start():
    log, broken = [], [True]

    async def startup():
        if broken:
            raise OSError("not yet")

    manager = PluginManager(ManagerSettings())
    manager.register(made("a", log, startup))
    async with manager:
        assert manager.records["a"].state == "failed"
    broken.clear()
    async with manager:
        assert manager.records["a"].state == "active"


async def test_plugins_that_come_late_start_one_after_the_other():
    log, held = [], asyncio.Event()
    manager = PluginManager(ManagerSettings())
    async with manager:
        manager.register(made("a", log, held.wait))
        manager.register(made("b", log))
        await asyncio.sleep(0.01)
        assert log == ["a starts"]
        held.set()
        await manager.settled()
        assert log == ["a starts", "b starts"]
        with pytest.raises(RegistrationError, match="depends on"):
            manager.register(made("c", log, depends_on={"nobody"}))
    assert log[2:] == ["b stops", "a stops"]


async def test_a_start_that_was_never_finished_does_not_keep_the_manager_from_stopping():
    log = []
    manager = PluginManager(ManagerSettings())
    await manager.start()
    manager.register(made("a", log, asyncio.Event().wait))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await manager.stop()
    assert log == ["a starts", "a stops"]
