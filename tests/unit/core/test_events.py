"""The event bus of a running manager."""

import asyncio
import gc
import threading
import types

import pytest
from routeiq_plugin_sdk import PluginMetadata, hookimpl

from routeiq.core.errors import NotRunningError
from routeiq.core.event_names import HEALTH_DEGRADED, PLUGIN_ERROR
from routeiq.core.events import EventBus
from routeiq.core.logging import Activity, current_activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings


@pytest.fixture
async def running():
    """running(*names, **settings) -> manager, and the context of each plugin."""
    managers = []

    async def start(*names, **settings):
        manager, contexts = PluginManager(ManagerSettings(**settings)), {}
        for name in names:
            module = types.ModuleType(name)
            module.metadata = PluginMetadata(name=name, version="1")
            module.startup = hookimpl(specname="startup")(lambda context: contexts.update({context.plugin: context}))
            manager.register(module)
        await manager.start()
        managers.append(manager)
        return manager, *(contexts[name] for name in names)

    yield start
    for manager in managers:
        await manager.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks left behind"


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_plugin_hears_what_another_one_says(running):
    _, speaker, listener = await running("speaker", "listener", worker=3)
    heard = []
    listener.events.subscribe("speaker.*", heard.append)
    speaker.events.emit("speaker.greeted", {"word": "hello"})
    speaker.events.emit("another.thing")
    await turns()
    (event,) = heard
    assert (event.name, dict(event.data), event.source, event.worker) == (
        "speaker.greeted",
        {"word": "hello"},
        "speaker",
        3,
    )
    assert event.request_id is None
    assert event.time == pytest.approx(1.8e9, rel=1)


async def test_an_event_without_data_has_empty_data(running):
    _, context = await running("p")
    heard = []
    context.events.subscribe("*", heard.append)
    context.events.emit("p.happened")
    await turns()
    assert heard[0].data == {}


async def test_data_is_a_read_only_copy(running):
    _, context = await running("p")
    heard, data = [], {"n": 1}
    context.events.subscribe("*", heard.append)
    context.events.emit("p.happened", data)
    data["n"] = 2
    await turns()
    assert heard[0].data["n"] == 1
    with pytest.raises(TypeError):
        heard[0].data["n"] = 3


async def test_ids_are_unique(running):
    _, context = await running("p")
    heard = []
    context.events.subscribe("*", heard.append)
    for _ in range(100):
        context.events.emit("p.happened")
    await turns()
    assert len({event.id for event in heard}) == 100
    assert EventBus()._prefix != EventBus()._prefix


async def test_the_request_is_that_of_the_activity_and_the_handlers_own_afterwards(running):
    _, context = await running("p")
    seen = []

    def handler(event):
        activity = current_activity.get()
        seen.append((event.request_id, None if activity is None else activity.request_id))

    context.events.subscribe("*", handler)
    context.events.emit("p.outside")
    token = current_activity.set(Activity("r-1"))
    context.events.emit("p.inside")
    current_activity.reset(token)
    context.events.emit("p.outside")
    await turns()
    assert seen == [(None, None), ("r-1", "r-1"), (None, None)]


@pytest.mark.parametrize("subscribed", [False, True])
async def test_wrong_names_and_data_are_refused_whether_somebody_listens_or_not(running, subscribed):
    _, context = await running("p")
    if subscribed:
        context.events.subscribe("*", print)
    with pytest.raises(ValueError, match="are the host's"):
        context.events.emit("llm.call.started")
    with pytest.raises(ValueError, match="no name of an event"):
        context.events.emit("P!")
    with pytest.raises(TypeError, match=r"'p': the data of event 'p.happened' must be a mapping, not list"):
        context.events.emit("p.happened", [("a", 1)])
    with pytest.raises(ValueError, match="no pattern"):
        context.events.subscribe("p.*.x", print)


async def test_a_name_of_the_hosts_is_refused_also_after_the_host_has_used_it(running):
    manager, context = await running("p")
    manager.events.emit(HEALTH_DEGRADED, {})
    with pytest.raises(ValueError, match="are the host's"):
        context.events.emit(HEALTH_DEGRADED)


async def test_what_the_host_may_leave_unmade_is_known_at_any_time(running):
    manager, context = await running("p")
    bus = manager.events
    assert not bus.heard
    one, all_failures = context.events.subscribe(PLUGIN_ERROR, print), context.events.subscribe("plugin.*", print)
    assert bus.wanted(PLUGIN_ERROR)
    assert not bus.wanted(HEALTH_DEGRADED)
    one.cancel()
    assert bus.wanted(PLUGIN_ERROR)
    all_failures.cancel()
    assert not bus.heard


async def test_plans_carry_a_tracer_exactly_while_requests_or_calls_are_heard(running):
    manager, context = await running("p")
    subscription = context.events.subscribe("plugin.*", print)
    assert manager.plans.tracer is None
    requests, calls = context.events.subscribe("request.*", print), context.events.subscribe("llm.*", print)
    assert manager.plans.tracer is not None
    requests.cancel()
    assert manager.plans.tracer is not None
    calls.cancel()
    assert manager.plans.tracer is None
    subscription.cancel()


async def test_other_threads_emit_subscribe_and_cancel(running):
    manager, context = await running("p")
    heard, done = [], threading.Event()

    def elsewhere():
        mine = context.events.subscribe("llm.*", print)
        for number in range(1000):
            context.events.emit("p.counted", {"n": number})
        mine.cancel()
        done.set()

    context.events.subscribe("p.*", heard.append)
    threading.Thread(target=elsewhere).start()
    while not done.is_set() or len(heard) < 1000:
        await asyncio.sleep(0.001)
    assert [event.data["n"] for event in heard] == list(range(1000))
    assert manager.plans.tracer is None


async def test_many_events_of_another_thread_wake_the_loop_once(running, monkeypatch):
    _, context = await running("p")
    heard, wakes, loop = [], [], asyncio.get_running_loop()
    context.events.subscribe("*", heard.append)
    original = loop.call_soon_threadsafe
    monkeypatch.setattr(
        loop, "call_soon_threadsafe", lambda *what, **more: (wakes.append(what), original(*what, **more))
    )
    thread = threading.Thread(target=lambda: [context.events.emit("p.x") for _ in range(100)])
    thread.start()
    thread.join()
    monkeypatch.undo()
    await turns()
    assert len(heard) == 100
    assert len(wakes) == 1


async def test_an_event_does_not_overtake_one_that_another_thread_emitted_before_it(running):
    _, context = await running("p")
    heard = []
    context.events.subscribe("*", lambda event: heard.append(event.name))
    thread = threading.Thread(target=context.events.emit, args=("p.first",))
    thread.start()
    thread.join()
    context.events.emit("p.second")
    await turns()
    assert heard == ["p.first", "p.second"]


async def test_what_the_inbox_of_other_threads_cannot_hold_is_counted_for_each_that_misses_it(running):
    manager, context = await running("p", event_queue=10)
    heard = []
    one, other = context.events.subscribe("*", heard.append), context.events.subscribe("q.*", heard.append)
    thread = threading.Thread(target=lambda: [context.events.emit("p.x") for _ in range(25)])
    thread.start()
    thread.join()
    await turns()
    assert (len(heard), one.dropped, other.dropped) == (10, 15, 0)
    assert manager.events.dropped == 15


async def test_the_host_subscribes_as_well_until_the_manager_stops():
    manager, heard = PluginManager(ManagerSettings()), []
    with pytest.raises(NotRunningError, match="once the manager is started"):
        manager.events.subscribe("*", heard.append)
    async with manager:
        manager.events.subscribe("*", heard.append)
        manager.events.emit(HEALTH_DEGRADED, {"status": "failed"}, request_id="r")
        await turns()
    manager.events.emit(HEALTH_DEGRADED, {})
    assert [(event.name, event.source, event.request_id) for event in heard] == [(HEALTH_DEGRADED, None, "r")]
    assert manager.events.figures[None].delivered == 1


async def test_a_stopped_plugin_cannot_subscribe_any_more_and_what_it_says_is_heard_by_nobody(running):
    manager, context = await running("p")
    await manager.stop()
    with pytest.raises(NotRunningError, match="plugin 'p' is stopped"):
        context.events.subscribe("*", print)
    context.events.emit("p.happened")
    assert not manager.events._table.subscriptions


async def test_names_that_are_made_up_as_they_come_do_not_fill_the_memory(running):
    manager, context = await running("p")
    heard = []
    context.events.subscribe("*", heard.append)
    for number in range(2500):
        context.events.emit(f"p.n{number}")
    assert len(manager.events._names) <= 1000
    assert len(manager.events._table._readers) <= 1000


def test_a_thread_that_outlives_the_loop_is_not_troubled():
    contexts = []

    async def start():
        module = types.ModuleType("p")
        module.metadata = PluginMetadata(name="p", version="1")
        module.startup = hookimpl(specname="startup")(lambda context: contexts.append(context))
        manager = PluginManager(ManagerSettings())
        manager.register(module)
        await manager.start()
        contexts[0].events.subscribe("*", print)
        return manager

    manager = asyncio.run(start())
    raised = []

    def emit():
        try:
            contexts[0].events.emit("p.late")
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=emit)
    thread.start()
    thread.join()
    assert raised == []
    del manager, contexts[:]
    gc.collect()
