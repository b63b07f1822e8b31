"""Plans and pluggy's own calls are one order, for any plugins and any sequence of registration."""

import types

from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, ResponseMetadata, hookimpl

from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings

NAMES = "abcdef"
PARTS = ("", "#1", "#2")
MARKS = st.sampled_from([None, {}, {"tryfirst": True}, {"trylast": True}, {"wrapper": True}])


@st.composite
def plugins(draw):
    """Draw up to six plugins with dependencies, soft edges, priorities, marks and instances, in any sequence."""
    others = st.frozensets(st.sampled_from(NAMES), max_size=2)
    drawn = []
    for name in draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]:
        edges = {field: draw(others) - {name} for field in ("depends_on", "before", "after")}
        parts = draw(st.lists(st.sampled_from(PARTS), min_size=1, unique=True))
        drawn.append((name, draw(st.integers(1, 3)), edges, draw(MARKS), draw(MARKS), parts))
    return drawn


def hook(phase, name, marks, calls):
    if marks is not None and marks.get("wrapper"):

        def wrapper():
            calls.append(name)
            yield

        return hookimpl(specname=phase, **marks)(wrapper)

    def plain():
        calls.append(name)

    return hookimpl(specname=phase, **(marks or {}))(plain)


def managed(drawn, calls):
    manager = PluginManager(ManagerSettings())
    for name, priority, edges, inbound, outbound, parts in drawn:
        module = types.ModuleType(name)
        capabilities = {PluginCapability.MIDDLEWARE}
        module.metadata = PluginMetadata(name=name, capabilities=capabilities, priority=priority, **edges)
        if inbound is not None:
            module.request = hook("request", name, inbound, calls)
        if outbound is not None:
            module.response = hook("response", name, outbound, calls)
        for part in parts:
            manager.register(module, name=f"{name}{part}")
    return manager


@given(plugins())
def test_plans_call_in_the_order_of_pluggy(drawn):
    calls = []
    manager = managed(drawn, calls)
    manager.records  # brings order and states up to date
    active = manager._roster.in_order()
    for plugin in active:
        plugin.make_steps(manager.settings)
    plans = manager._planner.build(active)
    request, response = PluginRequest.mock(), ResponseMetadata.mock()
    for plan, arguments in (
        (plans.request, {"request": request}),
        (plans.response, {"request": request, "response": response}),
    ):
        calls.clear()
        if plan is not None:
            plan.call(*arguments.values(), Activity("r"))
        ours = list(calls)
        calls.clear()
        native = getattr(manager.hook, "request" if len(arguments) == 1 else "response")
        native(**arguments, context=None)
        assert ours == calls
        # Instances of a module call the same function: their names tell them apart.
        names = [one.plugin_name for one in reversed(native.get_hookimpls())]
        assert names == ([] if plan is None else list(plan.plugins))


@given(plugins(), st.randoms())
def test_the_sequence_of_registration_does_not_matter(drawn, random):
    first = managed(drawn, []).hooks()
    random.shuffle(drawn)
    second = managed(drawn, []).hooks()
    assert first == second
