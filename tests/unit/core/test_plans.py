"""The planner: one order for plans and pluggy, plans that stay where nothing changed, and withdrawal."""

import types

import pluggy
import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, hookimpl
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from routeiq.core.errors import ConfigurationError
from routeiq.core.logging import Activity
from routeiq.core.phases import load_phases
from routeiq.core.plans import Planner
from routeiq.core.roster import Roster
from routeiq.core.settings import ManagerSettings, PluginOverride

PHASES = load_phases()


class Bench:
    """A roster and a planner without a manager."""

    def __init__(self, **settings):
        self.settings = ManagerSettings(**settings)
        self.pluggy = pluggy.PluginManager(PROJECT)
        for layer in LAYERS:
            self.pluggy.add_hookspecs(layer)
        self.roster = Roster(PHASES, self.settings)
        self.planner = Planner(PHASES, self.settings, self.pluggy)

    def add(self, name, *hooks, **metadata):
        module = types.ModuleType(name)
        module.metadata = PluginMetadata(name=name, capabilities=frozenset(PluginCapability), **metadata)
        for hook in hooks:
            setattr(module, hook.__name__, hook if hasattr(hook, "routeiq_impl") else hookimpl(hook))
        added = self.roster.add(name, self.roster.inspect(module, name)[1], None)
        added.make_steps(self.settings)
        return added

    def build(self):
        self.roster.resolve()
        self.planner.align_pluggy(self.roster.in_order())
        return self.planner.build(self.roster.in_order())


def request(request): ...


def response(response): ...


def test_phases_that_did_not_change_keep_their_plan():
    bench = Bench()
    bench.add("a", request, response)
    first = bench.build()
    bench.add("b", request)
    second = bench.build()
    assert second.response is first.response
    assert second.request is not first.request
    assert second.generation == first.generation + 1
    assert second.rewrite is None


def test_a_withdrawn_plugin_leaves_every_plan_that_is_still_held():
    called = []
    bench = Bench()
    bench.add("a", hookimpl(specname="request")(lambda request: called.append("a")))
    bench.add("b", hookimpl(specname="request")(lambda request: called.append("b")))
    held = bench.build()
    bench.planner.withdraw("a")
    held.request.call(PluginRequest.mock(), Activity("r"))
    assert called == ["b"]
    assert held.request.plugins == ("b",)


def test_pluggy_knows_exactly_the_plugins_of_the_plans():
    bench = Bench()
    bench.add("a", request)
    bench.add("b", request)
    bench.build()
    del bench.roster.plugins["a"], bench.roster.records["a"]
    bench.build()
    assert [name for name, _ in bench.pluggy.list_name_plugin()] == ["b"]


def test_wrappers_are_called_first_and_the_first_plugins_is_the_outermost_also_outbound():
    bench = Bench()

    @hookimpl(wrapper=True, specname="response")
    def wraps(response):
        yield

    bench.add("a", wraps, priority=1)
    bench.add("b", wraps, priority=2)
    bench.add("c", response, priority=3)
    bench.add("d", response, priority=4)
    assert bench.build().response.plugins == ("a", "b", "d", "c")


def test_an_operators_orders_that_contradict_each_other_are_a_mistake_in_the_settings():
    bench = Bench(
        plugins={
            "a": PluginOverride(hooks={"request": {"before": ["b"]}}),
            "b": PluginOverride(hooks={"request": {"before": ["a"]}}),
        }
    )
    bench.add("a", request)
    bench.add("b", request)
    with pytest.raises(ConfigurationError, match=r"hooks\.request"):
        bench.build()
