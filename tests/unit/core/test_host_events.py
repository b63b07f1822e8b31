"""What the host tells of its plugins."""

import asyncio
import dataclasses
import types

import pytest
from pydantic import BaseModel, SecretStr
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, hookimpl

from routeiq.core.dispatch import fire
from routeiq.core.event_names import HOST_EVENTS
from routeiq.core.host_events import changed_fields
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride


class Inner(BaseModel):
    a: int = 1
    b: int = 2


class Config(BaseModel):
    word: str = "first"
    secret: SecretStr = SecretStr("sesame")
    inner: Inner = Inner()
    items: list[int] = []


def plugin(name, *hooks, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(
        name=name, version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config, **metadata
    )
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


class Witness:
    """A plugin that hears everything, and comes first."""

    def __init__(self):
        self.events = []
        self.metadata = PluginMetadata(name="witness", version="1", priority=1)

    @hookimpl
    def startup(self, context):
        context.events.subscribe("*", self.events.append)

    async def heard(self, name):
        for _ in range(5):
            await asyncio.sleep(0)
        found = [dict(event.data) for event in self.events if event.name == name]
        for data in found:
            assert tuple(data) == HOST_EVENTS[name]
        return found


@pytest.fixture
async def started(tmp_path):
    managers = []

    async def start(*plugins, **settings):
        witness, manager = Witness(), PluginManager(ManagerSettings(config_directory=tmp_path, **settings))
        for one in (witness, *plugins):
            manager.register(one)
        await manager.start()
        managers.append(manager)
        return witness, manager

    yield start
    for manager in managers:
        await manager.stop()


async def ask(manager):
    await fire(manager.plans.request, PluginRequest.mock(), Activity("r-1"))


async def test_a_hook_that_fails_is_told_with_its_plugin_and_its_message_cut_short(started):
    def request():
        raise ValueError("boom" * 1000)

    witness, manager = await started(plugin("faulty", request))
    await ask(manager)
    (data,) = await witness.heard("plugin.error")
    assert (data["plugin"], data["hook"], data["error"], data["count"]) == ("faulty", "request", "ValueError", 1)
    assert data["message"] == ("boom" * 1000)[:500]
    assert [event.source for event in witness.events] == [None]


async def test_a_deadline_is_told_as_what_it_is(started):
    async def request():
        await asyncio.sleep(10)

    witness, manager = await started(plugin("slow", request), plugins={"slow": PluginOverride(timeout=0.01)})
    await ask(manager)
    (data,) = await witness.heard("plugin.error")
    assert data["error"] == "HookTimeout"


@pytest.mark.parametrize("hook", ["startup", "shutdown", "health_check"])
async def test_failures_of_the_life_cycle_are_told_too(started, hook):
    def fails():
        raise ValueError("boom")

    fails.__name__ = hook
    witness, manager = await started(plugin("faulty", fails))
    await manager.health()
    if hook == "shutdown":
        await manager.unregister("faulty")
    found = await witness.heard("plugin.error")
    assert [(data["plugin"], data["hook"]) for data in found] == [("faulty", hook)]


async def test_a_quarantine_is_told_at_its_begin_and_its_end(started):
    broken = True

    def request():
        if broken:
            raise ValueError("boom")

    witness, manager = await started(
        plugin("flaky", request, failure_mode="quarantine"), quarantine_after=1, quarantine_cooldown=0.02
    )
    await ask(manager)
    broken = False
    async with asyncio.timeout(5):
        while manager.plans.request is None:
            await asyncio.sleep(0.005)
    await ask(manager)
    begin, end = await witness.heard("plugin.quarantined")
    assert begin == {
        "plugin": "flaky",
        "quarantined": True,
        "reason": "1 consecutive failures of request; the last one: ValueError: boom",
        "cooldown": 0.02,
    }
    assert end == {"plugin": "flaky", "quarantined": False, "reason": "", "cooldown": None}


async def test_a_plugin_that_is_set_aside_at_the_start_is_told_as_quarantined(started):
    def startup():
        raise ValueError("boom")

    witness, _ = await started(plugin("broken", startup, failure_mode="quarantine"))
    (data,) = await witness.heard("plugin.quarantined")
    assert (data["plugin"], data["quarantined"], data["cooldown"]) == ("broken", True, None)


async def test_a_changed_configuration_is_told_by_its_fields_and_never_by_its_values(started):
    witness, manager = await started(plugin("p"))
    await manager.configure("p", {"word": "second", "secret": "open", "inner": {"b": 3}, "items": []})
    await manager.configure("p", {"word": "second", "secret": "open", "inner": {"b": 3}})
    (data,) = await witness.heard("config.changed")
    assert data == {"plugin": "p", "fields": ["inner.b", "secret", "word"], "overrides": []}
    assert "open" not in str(witness.events)


async def test_a_changed_word_of_the_operators_is_told_too(started):
    witness, manager = await started(plugin("p"), plugin("q"))
    overrides = {"p": PluginOverride(priority=7, mode="audit")}
    prepared = await manager.prepare(lambda desired: dataclasses.replace(desired, overrides=overrides))
    prepared.commit()
    (data,) = await witness.heard("config.changed")
    assert data == {"plugin": "p", "fields": [], "overrides": ["mode", "priority"]}


async def test_a_change_that_is_taken_back_is_not_told(started):
    witness, manager = await started(plugin("p"))
    prepared = await manager.prepare(lambda desired: desired.with_overlay("p", {"word": "second"}))
    await prepared.abort()
    assert await witness.heard("config.changed") == []


async def test_health_is_told_when_it_gets_worse(started):
    status = "ok"

    def health_check():
        return {"status": status, "secret": "of the plugin's"}

    witness, manager = await started(plugin("p", health_check), plugin("q"))
    for next_status in ("ok", "degraded", "degraded", "failed", "degraded", "ok", "failed"):
        status = next_status
        await manager.health()
    assert await witness.heard("health.degraded") == [
        {"status": "degraded", "previous": "ok", "plugins": {"p": "degraded"}},
        {"status": "failed", "previous": "degraded", "plugins": {"p": "failed"}},
        {"status": "failed", "previous": "ok", "plugins": {"p": "failed"}},
    ]


def test_fields_of_nested_models_are_named_with_their_way_and_other_models_not_at_all():
    old, new = Config(), Config(inner=Inner(a=5), items=[1])
    assert list(changed_fields(old, new)) == ["inner.a", "items"]
    assert list(changed_fields(None, new)) == []
    assert list(changed_fields(old, Inner())) == []


async def test_two_plugins_that_fail_at_each_others_failures_do_not_go_on_for_ever(started):
    calls = []

    def made(name):
        def handler(event):
            calls.append(name)
            raise ValueError(f"{name} cannot hear of {event.name}")

        def startup(context):
            context.events.subscribe("*", handler)

        return plugin(name, startup)

    def request():
        raise ValueError("boom")

    witness, manager = await started(made("a"), made("b"), plugin("faulty", request))
    await ask(manager)
    await asyncio.sleep(0.05)
    assert len(calls) < 10
    assert len(await witness.heard("plugin.error")) < 5
