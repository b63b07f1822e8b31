"""Functions that a plugin has called again and again."""

import asyncio
import dataclasses
import math
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from routeiq_plugin_sdk import GatewayPlugin, PluginMetadata, hookimpl

from routeiq.core.errors import NotRunningError
from routeiq.core.leadership import Leadership
from routeiq.core.lifetime import Lifetime
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings, PluginOverride
from routeiq.core.timers import PluginTimers, Timers, following


class Config(BaseModel):
    word: str = "first"


def plugin(startup, shutdown=None, name="p"):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, version="1", config_schema=Config)
    module.startup = hookimpl(specname="startup")(startup)
    if shutdown is not None:
        module.shutdown = hookimpl(specname="shutdown")(shutdown)
    return module


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.fixture
async def started(tmp_path):
    managers = []

    async def start(*plugins):
        manager = PluginManager(ManagerSettings(config_directory=tmp_path))
        for one in plugins:
            manager.register(one)
        await manager.start()
        managers.append(manager)
        return manager

    yield start
    for manager in managers:
        await manager.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks left behind"


async def test_functions_are_called_again_and_again_def_or_async(started):
    plain, waited = [], []

    async def function():
        await asyncio.sleep(0)
        waited.append(1)

    def startup(context):
        context.every(0.01, lambda: plain.append(1))
        context.every(0.01, function)

    await started(plugin(startup))
    assert plain == []
    await until(lambda: len(plain) > 2 and len(waited) > 2)


async def test_nothing_is_called_before_the_start_is_through_nor_when_the_shutdown_is_called(started):
    calls, trail = [], []

    async def startup(context):
        context.every(0.001, lambda: calls.append(1))
        await asyncio.sleep(0.02)
        trail.append(len(calls))

    async def shutdown():
        trail.append(len(calls))
        await asyncio.sleep(0.01)
        trail.append(len(calls))

    manager = await started(plugin(startup, shutdown))
    await until(lambda: len(calls) > 1)
    await manager.stop()
    assert trail[0] == 0
    assert trail[1] == trail[2] == len(calls)


async def test_a_plugin_whose_start_fails_has_no_timers(started):
    calls = []

    async def startup(context):
        context.every(0.001, lambda: calls.append(1))
        raise ValueError("no")

    manager = await started(plugin(startup))
    await asyncio.sleep(0.02)
    assert calls == []
    assert manager.records["p"].state == "failed"


async def test_a_call_that_runs_when_the_plugin_stops_comes_to_its_end(started):
    trail = []

    async def function():
        trail.append("begun")
        await asyncio.sleep(0.05)
        trail.append("done")

    manager = await started(plugin(lambda context: context.every(0.001, function)))
    await until(lambda: trail)
    await manager.stop()
    assert trail == ["begun", "done"]


async def test_calls_never_overlap(started):
    running, most, count = 0, 0, 0

    async def function():
        nonlocal running, most, count
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        count += 1

    await started(plugin(lambda context: context.every(0.001, function)))
    await until(lambda: count > 4)
    assert most == 1


async def test_a_failure_is_told_and_the_next_call_comes(started, caplog):
    calls, told = [], []

    def fails():
        calls.append(1)
        if len(calls) == 2:
            raise asyncio.CancelledError
        raise ValueError("boom")

    def startup(context):
        context.events.subscribe("plugin.error", told.append)
        context.every(0.01, fails)

    manager = await started(plugin(startup))
    await until(lambda: len(calls) > 3 and told)
    figures = manager.timers.figures["p"]
    assert figures.calls == figures.failed == len(calls)
    assert dict(told[0].data) == {
        "plugin": "p",
        "hook": "every",
        "error": "ValueError",
        "message": "boom",
        "count": 1,
    }
    assert "plugin p failed in the timer fails of 0.01 s: ValueError: boom" in caplog.text


async def test_a_cancelled_timer_is_not_called_any_more(started):
    calls, timers = [], []

    def startup(context):
        timers.append(context.every(0.005, lambda: calls.append(1)))

    await started(plugin(startup))
    await until(lambda: calls)
    timers[0].cancel()
    timers[0].cancel()
    seen = len(calls)
    await asyncio.sleep(0.03)
    assert len(calls) == seen


async def test_a_function_may_cancel_its_own_timer(started):
    calls, timers = [], []

    def once():
        calls.append(1)
        timers[0].cancel()

    await started(plugin(lambda context: timers.append(context.every(0.002, once))))
    await asyncio.sleep(0.03)
    assert calls == [1]


async def test_a_changed_configuration_reaches_the_timers_that_are_there(started):
    words, classes = [], []

    class Class(GatewayPlugin):
        metadata = PluginMetadata(name="c", version="1", config_schema=Config)

        @hookimpl
        def startup(self):
            self.context.every(0.002, lambda: classes.append(self.config.word))

    def startup(context):
        context.every(0.002, lambda context: words.append(context.config.word))

    manager = await started(plugin(startup), Class)
    await until(lambda: words and classes)
    await manager.configure("p", {"word": "second"})
    await manager.configure("c", {"word": "second"})
    await until(lambda: words[-1] == classes[-1] == "second")


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, "1", None])
async def test_seconds_must_be_a_number_above_0(seconds):
    with pytest.raises(ValueError, match=r"plugin 'p': every\(.*\) needs a number of seconds above 0"):
        PluginTimers(Lifetime("p"), Timers(Leadership("me"))).every(seconds, print)


async def test_timers_of_a_change_that_is_taken_back_are_gone_and_those_of_one_in_force_go_on(started):
    calls = []
    manager = await started(plugin(lambda context: context.every(0.002, lambda: calls.append(1))))

    def enabled(is_enabled):
        return lambda desired: dataclasses.replace(desired, overrides={"p": PluginOverride(enabled=is_enabled)})

    (await manager.prepare(enabled(False))).commit()
    await until(lambda: not manager.records["p"].usable and len(asyncio.all_tasks()) == 1)
    prepared = await manager.prepare(enabled(True))
    await prepared.abort()
    calls.clear()
    await asyncio.sleep(0.02)
    assert calls == []
    (await manager.prepare(enabled(True))).commit()
    await until(lambda: len(calls) > 2)


async def test_a_stopped_plugin_sets_no_timers(started):
    contexts = []
    manager = await started(plugin(lambda context: contexts.append(context)))
    await manager.unregister("p")
    with pytest.raises(NotRunningError, match="plugin 'p' is stopped"):
        contexts[0].every(1, print)


async def test_a_blocking_startup_in_a_thread_sets_timers_too(started):
    calls = []
    module = plugin(lambda: None)
    module.startup = hookimpl(specname="startup", offload=True)(
        lambda context: context.every(0.005, lambda: calls.append(1)) and None
    )
    await started(module)
    await until(lambda: calls)


async def test_of_processes_that_share_a_store_one_calls_what_the_leader_shall_call(tmp_path):
    store, calls, all_calls = MemoryState(), [], []

    def startup(context):
        context.every(0.005, lambda: calls.append(context.node.id), leader=True)
        context.every(0.005, lambda: all_calls.append(context.node.id))

    managers = []
    for _ in range(2):
        manager = PluginManager(ManagerSettings(config_directory=tmp_path))
        manager.attach((), state=store)
        manager.timers.leadership.term = 1
        manager.register(plugin(startup))
        await manager.start()
        managers.append(manager)
    await until(lambda: len(calls) > 3 and len(set(all_calls)) == 2)
    assert set(calls) == {managers[0].timers.leadership.holder}
    await managers[0].stop()
    await until(lambda: managers[1].timers.leadership.holder in calls)
    await managers[1].stop()


async def test_a_process_that_shares_nothing_leads(started):
    calls = []
    await started(plugin(lambda context: context.every(0.002, lambda: calls.append(1), leader=True)))
    await until(lambda: len(calls) > 2)


@given(
    st.floats(0, 1e6),
    st.floats(0.001, 1e4),
    st.floats(0, 1e6),
)
def test_calls_keep_their_times_and_the_next_one_is_the_first_that_is_still_to_come(due, seconds, later):
    now = due + later
    next_due = following(due, seconds, now)
    steps = (next_due - due) / seconds
    assert steps == pytest.approx(round(steps), abs=1e-3)
    assert next_due > now - seconds * 1e-6
    assert next_due <= now + seconds * (1 + 1e-6)
