"""The order of a phase as people are shown it."""

import types

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride


def plugin(name, mark=hookimpl, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities={PluginCapability.MIDDLEWARE}, **metadata)

    @mark
    def request(request): ...

    module.request = request
    return module


def listed(manager, phase="request"):
    entry = next(one for one in manager.hooks() if one["name"] == phase)
    return {one["name"]: one["because"] for one in entry["plugins"]}


def test_each_plugin_stands_with_the_rule_that_put_it_there():
    manager = PluginManager(ManagerSettings())
    for one in (
        plugin("a", priority=5),
        plugin("b", depends_on=["a"]),
        plugin("c"),
        plugin("z", hookimpl(trylast=True)),
    ):
        manager.register(one)
    reasons = listed(manager)
    assert list(reasons) == ["a", "b", "c", "z"]
    assert reasons["a"] == "priority 5"
    assert "depends on a" in reasons["b"]
    assert "by name" in reasons["c"]
    assert reasons["z"] == "marked trylast"


def test_an_operators_word_on_one_hook_is_the_reason_there():
    manager = PluginManager(ManagerSettings(plugins={"b": PluginOverride(hooks={"request": {"priority": 1}})}))
    for name in "ab":
        manager.register(plugin(name))
    assert listed(manager) == {"b": "priority 1", "a": "b comes before a by priority 1 < 1000"}


def test_every_phase_is_listed_with_its_kind_and_direction():
    phases = {
        one["name"]: (one["kind"], one["direction"], one["plugins"]) for one in PluginManager(ManagerSettings()).hooks()
    }
    assert phases["llm_stream_chunk"] == ("chain", "outbound", [])
    assert phases["authenticate"] == ("first", "inbound", [])
    assert phases["startup"] == ("observe", "inbound", [])
