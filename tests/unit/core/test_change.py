"""A running plugin's configuration changes whole, or not at all."""

import asyncio
import dataclasses
import gc
import sys
import types

import pytest
from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, PluginResponse, hookimpl

from routeiq.core.errors import ChangeRefused, ConfigurationError, NotRunningError, RegistrationError
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride


class Config(BaseModel):
    word: str = "default"
    limit: int = Field(default=10, ge=1)


class Plugin:
    def __init__(self, **hooks):
        self.offered = []
        self.metadata = PluginMetadata(
            name="p", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config
        )

    @hookimpl
    def config_changed(self, old, new, context):
        self.offered.append((old, new))
        assert context.config is old
        if new.word == "refused":
            raise ValueError("this word is refused")

    @hookimpl
    async def request(self, context):
        await asyncio.sleep(0)
        return PluginResponse(f"{context.config.word} {context.config.limit}".encode())


@pytest.fixture
async def running(tmp_path):
    manager = PluginManager(ManagerSettings(config_directory=tmp_path, startup_timeout=0.2))
    plugin = Plugin()
    manager.register(plugin)
    async with manager:
        yield types.SimpleNamespace(manager=manager, plugin=plugin, file=tmp_path / "p.yaml")


async def answer(plans):
    return (await plans.request.call(PluginRequest.mock(), Activity("r"))).body.decode()


async def test_a_file_that_changed_holds_for_the_requests_to_come(running):
    manager = running.manager
    before = manager.plans
    running.file.write_text("word: changed\n")
    loaded = await manager.configure("p")
    assert loaded.value == Config(word="changed")
    assert await answer(manager.plans) == "changed 10"
    assert await answer(before) == "default 10"
    assert running.plugin.offered == [(Config(), Config(word="changed"))]
    assert manager.records["p"].config_sources["word"] == f"file {running.file}"


async def test_the_overlay_gives_way_to_the_file(running):
    running.file.write_text("word: file\n")
    await running.manager.configure("p", {"limit": 5, "word": "overlay"})
    assert await answer(running.manager.plans) == "file 5"
    assert running.manager.overlay("p") == {"limit": 5, "word": "overlay"}
    running.file.unlink()
    await running.manager.configure("p")
    assert await answer(running.manager.plans) == "overlay 5"


@pytest.mark.parametrize("overlay", [{"word": "refused"}, {"limit": 0}, {"no_such": 1}])
async def test_a_refused_change_changes_nothing(running, overlay):
    await running.manager.configure("p", {"word": "first"})
    with pytest.raises((ChangeRefused, ConfigurationError)) as caught:
        await running.manager.configure("p", overlay)
    assert "p" in str(caught.value) or "overlay" in str(caught.value)
    assert await answer(running.manager.plans) == "first 10"
    assert running.manager.overlay("p") == {"word": "first"}
    assert running.manager.records["p"].config_sources == {"word": "overlay", "limit": "default"}


async def test_a_plugin_that_does_not_answer_refuses(running):
    async def config_changed(old, new):
        await asyncio.sleep(30)

    module = types.ModuleType("slow")
    module.metadata = PluginMetadata(name="slow", version="1", config_schema=Config)
    module.config_changed = hookimpl(config_changed)
    running.manager.register(module)
    await running.manager.settled()
    with pytest.raises(ChangeRefused, match="in time"):
        await running.manager.configure("slow", {"limit": 2})


async def test_without_a_change_nobody_is_asked_and_plans_stay(running):
    plans = running.manager.plans
    await running.manager.configure("p", {"word": "default"})
    assert running.plugin.offered == []
    assert running.manager.plans is plans
    assert running.manager.records["p"].config_sources["word"] == "overlay"


async def test_an_overlay_given_before_the_start_holds_from_the_start_on(tmp_path):
    manager = PluginManager(ManagerSettings(config_directory=tmp_path))
    plugin = Plugin()
    manager.register(plugin)
    await manager.configure("p", {"word": "early"})
    async with manager:
        assert await answer(manager.plans) == "early 10"
    assert plugin.offered == []


async def test_no_plugin_of_that_name_names_the_nearest(running):
    with pytest.raises(RegistrationError, match="'p'"):
        await running.manager.configure("pp")


async def test_two_hundred_changes_under_load_are_seen_whole_or_not_at_all(running):
    manager = running.manager
    seen = set()
    done = asyncio.Event()

    async def ask():
        while not done.is_set():
            seen.add(await answer(manager.plans))

    asking = [asyncio.create_task(ask()) for _ in range(20)]
    for number in range(1, 201):
        await manager.configure("p", {"word": f"w{number}", "limit": number})
        await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*asking)
    assert seen <= {"default 10", *(f"w{number} {number}" for number in range(1, 201))}
    assert len(seen) > 100
    gc.collect()
    assert manager.statistics()[-1]["errors"] == 0


# Who takes part, in what order and how


def made(name, *hooks, **metadata):
    """Return a plugin as a module; its `log` tells what was called."""
    module = types.ModuleType(name)
    module.log = []
    module.metadata = PluginMetadata(name=name, version="1", capabilities=frozenset(PluginCapability), **metadata)
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))

    def startup():
        module.log.append("startup")

    def shutdown():
        module.log.append("shutdown")

    async def response(request, response):
        module.log.append("response")

    for hook in (startup, shutdown, response):
        if not hasattr(module, hook.__name__):
            setattr(module, hook.__name__, hookimpl(hook))
    return module


@pytest.fixture
async def serving(tmp_path):
    """serving(*plugins, **overrides): a running manager with these plugins."""
    managers = []

    async def start(*plugins, **overrides):
        words = {name: PluginOverride(**word) for name, word in overrides.items()}
        manager = PluginManager(ManagerSettings(config_directory=tmp_path, startup_timeout=1, plugins=words))
        for plugin in plugins:
            manager.register(plugin)
        await manager.start()
        managers.append(manager)
        return manager

    yield start
    for manager in managers:
        await manager.stop()


async def change(manager, retried=(), **overrides):
    words = {name: PluginOverride(**word) for name, word in overrides.items()}
    prepared = await manager.prepare(lambda desired: dataclasses.replace(desired, overrides=words), retried)
    prepared.commit()


async def test_a_disabled_plugin_is_shut_down_when_the_last_request_that_has_it_ends(serving):
    plugin = made("a")
    manager = await serving(plugin)
    held = manager.plans
    await change(manager, a={"enabled": False})
    assert manager.plans.response is None
    assert manager.records["a"].state == "disabled"
    await asyncio.sleep(0.02)
    assert plugin.log == ["startup"]
    assert held.response is not None
    del held
    await manager.retired("a")
    assert plugin.log == ["startup", "shutdown"]


async def test_an_enabled_plugin_is_started_before_requests_see_it(serving):
    plugin = made("a")
    manager = await serving(plugin, a={"enabled": False})
    assert plugin.log == []
    desired = dataclasses.replace(manager.desired, overrides={})
    prepared = await manager.prepare(lambda _: desired)
    assert plugin.log == ["startup"]
    assert manager.plans.response is None
    prepared.commit()
    assert manager.plans.response.plugins == ("a",)
    assert manager.records["a"].state == "active"


async def test_a_plugin_comes_back_only_after_its_shutdown(serving):
    plugin = made("a")
    manager = await serving(plugin)
    await change(manager, a={"enabled": False})
    await change(manager)
    assert plugin.log == ["startup", "shutdown", "startup"]


async def test_what_is_taken_back_leaves_no_trace(serving):
    plugin, other = made("a"), Plugin()
    manager = await serving(plugin, other, a={"enabled": False})
    plans, records = manager.plans, {name: record.to_dict() for name, record in manager.records.items()}
    desired = dataclasses.replace(manager.desired, overrides={}).with_overlay("p", {"word": "new"})
    prepared = await manager.prepare(lambda _: desired)
    await prepared.abort()
    assert plugin.log == ["startup", "shutdown"]
    assert other.offered == [(Config(), Config(word="new")), (Config(word="new"), Config())]
    assert manager.plans is plans
    assert {name: record.to_dict() for name, record in manager.records.items()} == records
    with pytest.raises(NotRunningError):
        prepared.commit()


async def test_nobody_loses_what_it_depends_on(serving):
    manager = await serving(made("a"), made("b", depends_on={"a"}))
    with pytest.raises(ChangeRefused, match="'b'.*depends on 'a'"):
        await change(manager, a={"enabled": False})
    assert [record.state for record in manager.records.values()] == ["active", "active"]
    await change(manager, a={"enabled": False}, b={"enabled": False})
    assert [record.state for record in manager.records.values()] == ["disabled", "disabled"]
    await change(manager, b={"enabled": False})
    assert manager.plans.response.plugins == ("a",)


async def test_a_plugin_that_waits_for_another_one_starts_with_it(serving):
    waiting = made("b", depends_on={"a"})
    manager = await serving(made("a"), waiting, a={"enabled": False})
    assert manager.records["b"].state == "failed"
    await change(manager)
    assert waiting.log == ["startup"]
    assert manager.plans.response.plugins == ("b", "a")


async def test_a_plugin_that_cannot_be_started_cannot_be_enabled(serving):
    def startup():
        raise OSError("no licence")

    manager = await serving(made("a", startup), a={"enabled": False})
    with pytest.raises(ChangeRefused, match="startup failed: OSError: no licence"):
        await change(manager)
    assert manager.records["a"].state == "disabled"


async def test_a_plugin_that_failed_to_start_can_be_tried_again(serving):
    broken = [True]

    def startup():
        if broken:
            raise OSError("not yet")

    manager = await serving(made("a", startup))
    assert manager.records["a"].state == "failed"
    with pytest.raises(ChangeRefused, match="not yet"):
        await change(manager, retried=["a"])
    broken.clear()
    await change(manager, retried=["a"])
    assert manager.records["a"].state == "active"
    assert manager.plans.response.plugins == ("a",)


async def test_a_configuration_that_is_mended_lets_its_plugin_start(serving, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("word: [")
    plugin = made("a", config_schema=Config)
    manager = await serving(plugin)
    assert manager.records["a"].state == "failed"
    file.write_text("word: good\n")
    await manager.configure("a")
    assert plugin.log == ["startup"]
    assert manager.records["a"].state == "active"


async def test_order_mode_and_deadline_change_for_the_requests_to_come(serving):
    manager = await serving(made("a"), made("b"))
    held = manager.plans
    await change(manager, b={"priority": 1, "mode": "audit", "timeout": 0.5})
    assert held.response.plugins == ("b", "a")
    assert manager.plans.response.plugins == ("a", "b")
    step = manager.plans.response.steps[1]
    assert (step.timeout, step.is_audited) == (0.5, True)
    await change(manager)
    assert manager.plans.response.plugins == ("b", "a")
    assert manager.plans.response.steps[0].timeout is None


async def test_an_order_that_contradicts_itself_is_refused(serving):
    manager = await serving(made("a"), made("b"))
    plans = manager.plans
    with pytest.raises(ChangeRefused, match="cycle"):
        await change(manager, a={"before": ["b"], "after": ["b"]})
    hooks = {"response": {"before": ["b"], "after": ["b"]}}
    with pytest.raises(ConfigurationError, match=r"hooks\.response"):
        await change(manager, a={"hooks": hooks})
    assert manager.plans is plans
    assert manager.records["a"].state == "active"


async def test_a_circuit_breaker_comes_and_goes_with_the_failure_mode(serving):
    async def request(request):
        raise ValueError("broken")

    manager = await serving(made("a", request))
    await change(manager, a={"failure_mode": "quarantine"})
    for _ in range(5):
        await manager.plans.request.call(PluginRequest.mock(), Activity("r"))
    assert manager.records["a"].state == "quarantined"
    await change(manager)
    assert manager.records["a"].state == "active"
    assert manager.plans.request.plugins == ("a",)


async def test_everything_that_is_wrong_is_told_together(serving):
    manager = await serving(Plugin(), made("q", config_schema=Config))
    desired = manager.desired.with_overlay("p", {"limit": 0}).with_overlay("q", {"limits": 3})
    with pytest.raises(ConfigurationError) as caught:
        await manager.prepare(lambda _: desired)
    assert [problem.field for problem in caught.value.problems] == ["limit", "limits"]


async def test_one_change_waits_for_another(serving):
    manager = await serving(Plugin())
    first = await manager.prepare(lambda desired: desired.with_overlay("p", {"word": "first"}))
    second = asyncio.create_task(manager.configure("p", {"word": "second"}))
    await asyncio.sleep(0.02)
    assert not second.done()
    first.commit()
    await second
    assert manager.overlay("p") == {"word": "second"}


async def test_changes_of_different_plugins_at_once_both_hold(serving):
    manager = await serving(Plugin(), made("q", config_schema=Config))
    await asyncio.gather(manager.configure("p", {"word": "one"}), manager.configure("q", {"word": "two"}))
    assert manager.desired.overlays == {"p": {"word": "one"}, "q": {"word": "two"}}


async def test_a_change_that_is_ready_is_taken_back_when_the_manager_stops(serving):
    plugin = made("a")
    manager = await serving(plugin, a={"enabled": False})
    prepared = await manager.prepare(lambda desired: dataclasses.replace(desired, overrides={}))
    await manager.stop()
    assert plugin.log == ["startup", "shutdown"]
    with pytest.raises(NotRunningError):
        prepared.commit()


async def test_a_plugin_that_was_disabled_when_it_was_found_is_imported_when_it_is_enabled(tmp_path, monkeypatch):
    (tmp_path / "found_later.py").write_text(
        "from routeiq_plugin_sdk import *\n"
        "metadata = PluginMetadata(name='found_later', version='1', capabilities={PluginCapability.MIDDLEWARE})\n"
        "@hookimpl\nasync def request(request): return None\n".replace("found_later'", "later'")
    )
    monkeypatch.syspath_prepend(tmp_path)
    words = {"found_later": PluginOverride(enabled=False)}
    manager = PluginManager(ManagerSettings(modules=("found_later",), config_directory=tmp_path, plugins=words))
    manager.discover()
    async with manager:
        assert "found_later" not in sys.modules
        await change(manager)
        assert manager.records["later"].state == "active"
        assert "later" in manager.plans.request.plugins


INSTANCE = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="many", version="1", capabilities={PluginCapability.MIDDLEWARE})
log = []

@hookimpl
def startup(app, context):
    log.append(f"{context.plugin} starts")
    if context.plugin == "many#broken":
        raise ValueError("it is broken")

@hookimpl
def shutdown(app, context):
    log.append(f"{context.plugin} stops")

@hookimpl
async def request(request):
    return None
"""


@pytest.fixture
async def many(tmp_path, monkeypatch):
    """many(*names): a running manager with these instances of the plugin `many`, and what they log."""
    (tmp_path / "many_instances.py").write_text(INSTANCE)
    monkeypatch.syspath_prepend(tmp_path)
    managers = []

    async def many(*names):
        words = {name: PluginOverride() for name in names}
        manager = PluginManager(
            ManagerSettings(modules=("many_instances",), config_directory=tmp_path, plugins=words, startup_timeout=0.2)
        )
        manager.discover()
        await manager.start()
        managers.append(manager)
        return manager, sys.modules["many_instances"].log

    yield many
    for manager in managers:
        await manager.stop()
    sys.modules.pop("many_instances", None)


async def test_instances_come_and_go_while_others_stay(many):
    manager, log = await many("many#a", "many#b")
    assert "many#c" not in manager.records
    await change(manager, **{"many#a": {}, "many#c": {"priority": 1}})
    assert manager.plans.request.plugins[:2] == ("many#c", "many#a")
    gc.collect()
    await manager.retired("many#b")
    assert log == ["many#a starts", "many#b starts", "many#c starts", "many#b stops"]
    assert [name for name in manager.records if name.startswith("many")] == ["many#a", "many#c"]


async def test_a_plugin_gives_way_to_its_instances_and_comes_back_after_them(many):
    manager, _ = await many()
    assert "many" in manager.plans.request.plugins
    await change(manager, **{"many#a": {}})
    assert "many#a" in manager.plans.request.plugins
    assert "many" not in manager.plans.request.plugins
    assert "many" not in manager.records
    await change(manager)
    assert "many" in manager.plans.request.plugins
    assert "many#a" not in manager.records


async def test_an_instance_that_does_not_start_leaves_everything_as_it_was(many):
    manager, _ = await many("many#a")
    with pytest.raises(ChangeRefused, match="it is broken"):
        await change(manager, **{"many#a": {"mode": "audit"}, "many#broken": {}})
    assert "many#broken" not in manager.records
    assert manager.records["many#a"].mode == "enforce"
    assert [name for name in manager.plans.request.plugins if name.startswith("many")] == ["many#a"]


async def test_a_plugin_all_of_whose_instances_were_disabled_is_imported_with_the_first(many, tmp_path):
    off = PluginOverride(enabled=False)
    manager = PluginManager(
        ManagerSettings(modules=("many_instances",), config_directory=tmp_path, plugins={"many_instances": off})
    )
    manager.discover()
    async with manager:
        assert "many_instances" not in sys.modules
        await change(manager, **{"many#a": {}, "many#b": {"enabled": False}})
        records = {name: record.state.value for name, record in manager.records.items() if "many" in name}
        assert records == {"many#a": "active", "many#b": "disabled"}


async def test_what_was_disabled_at_run_time_is_found_and_not_imported_until_it_is_wanted(tmp_path, monkeypatch):
    (tmp_path / "found_unwanted.py").write_text(
        "from routeiq_plugin_sdk import *\n"
        "metadata = PluginMetadata(name='unwanted', version='1', capabilities={PluginCapability.MIDDLEWARE})\n"
        "@hookimpl\nasync def request(request): return None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    manager = PluginManager(ManagerSettings(modules=("found_unwanted",), config_directory=tmp_path))
    manager.discover(disabled=["found_unwanted"])
    assert "found_unwanted" not in sys.modules
    assert manager.records["found_unwanted"].state == "disabled"
    async with manager:  # nobody disables it any more: the operator's state says otherwise by now
        assert manager.plans.request.plugins == ("unwanted",)
