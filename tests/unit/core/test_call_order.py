"""The order of calls within a phase."""

import types

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.call_order import CallOrder, inverted_dependencies
from routeiq.core.errors import ConfigurationError
from routeiq.core.phases import load_phases
from routeiq.core.roster import Roster
from routeiq.core.settings import ManagerSettings, PluginOverride

PHASES = load_phases()


@pytest.fixture
def roster():
    """roster(**overrides): an empty one, and the order of calls by the same word of the operator's."""

    def make(**overrides):
        settings = ManagerSettings(plugins={name.replace("_", "#"): one for name, one in overrides.items()})
        return Roster(PHASES, settings), CallOrder(settings)

    return make


def add(roster, name, phase="request", marks=None, **metadata):
    module = types.ModuleType(name)
    declared = name.partition("#")[0]
    module.metadata = PluginMetadata(name=declared, capabilities=frozenset(PluginCapability), **metadata)
    module.hook = hookimpl(specname=phase, **(marks or {}))(lambda: None)
    return roster.add(name, roster.inspect(module, name)[1], None)


def names(roster, order, phase):
    roster.resolve()
    return [plugin.name for plugin in order.plugins(PHASES[phase], roster.in_order())]


@pytest.mark.parametrize(("phase", "expected"), [("request", "cabd"), ("response", "cbad")])
def test_bands_come_first_and_outbound_phases_run_in_reverse(roster, phase, expected):
    several, order = roster()
    add(several, "a", phase, priority=1)
    add(several, "b", phase, priority=2)
    add(several, "c", phase, {"tryfirst": True}, priority=3)
    add(several, "d", phase, {"trylast": True}, priority=0)
    assert names(several, order, phase) == list(expected)


def test_the_operators_word_on_a_hook_may_name_all_instances_of_a_plugin(roster):
    several, order = roster(z=PluginOverride(hooks={"request": {"before": ["x"]}}))
    for name in ("x#a", "x#b", "z"):
        add(several, name)
    assert names(several, order, "request") == ["z", "x#a", "x#b"]
    several, order = roster(x_b=PluginOverride(hooks={"request": {"before": ["x"]}}))
    for name in ("x#a", "x#b", "x"):
        add(several, name)
    assert names(several, order, "request") == ["x#b", "x", "x#a"]


def test_words_that_contradict_each_other_are_a_mistake_in_the_settings(roster):
    several, order = roster(
        a=PluginOverride(hooks={"request": {"before": ["b"]}}), b=PluginOverride(hooks={"request": {"before": ["a"]}})
    )
    add(several, "a")
    add(several, "b")
    with pytest.raises(ConfigurationError, match=r"settings: plugins\.\*\.hooks\.request"):
        names(several, order, "request")


@pytest.mark.parametrize(
    ("phase", "mark", "wrong"),
    [
        ("request", "tryfirst", True),
        ("request", "trylast", False),
        ("response", "trylast", True),
        ("response", "tryfirst", False),
    ],
)
def test_a_band_on_the_wrong_side_of_a_dependency_is_found_in_both_directions(roster, phase, mark, wrong):
    several, _ = roster()
    base = add(several, "base", phase)
    user = add(several, "user", phase, {mark: True}, depends_on=["base"])
    assert ("user" in inverted_dependencies([base, user])) is wrong
