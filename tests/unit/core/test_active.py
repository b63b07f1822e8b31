"""The steps that plans call, as records and settings make them."""

import types

from routeiq_plugin_sdk import FailureMode, PluginCapability, PluginMetadata, hookimpl

from routeiq.core.phases import load_phases
from routeiq.core.roster import Roster
from routeiq.core.settings import ManagerSettings, PluginOverride


def steps_of(*hooks, override=None, **metadata):
    settings = ManagerSettings(plugins={"p": override} if override else {})
    roster = Roster(load_phases(), settings)
    module = types.ModuleType("p")
    module.metadata = PluginMetadata(name="p", capabilities=frozenset(PluginCapability), **metadata)
    for hook in hooks:
        setattr(module, hook.__name__, hook if hasattr(hook, "routeiq_impl") else hookimpl(hook))
    added = roster.add("p", roster.inspect(module, None)[1], None)
    added.make_steps(settings)
    return added, added.steps


async def request(request): ...


def test_a_step_takes_what_the_author_wrote():
    plugin, steps = steps_of(hookimpl(timeout=0.5)(request))
    step = steps["request"]
    assert (step.plugin, step.arguments, step.is_async, step.timeout) == ("p", ("request",), True, 0.5)
    assert (step.bulkhead, step.streak, step.is_wrapper) == (None, None, False)
    assert step.statistics is plugin.statistics["request"]


def test_the_operators_deadline_comes_before_the_authors_and_a_hooks_before_the_plugins():
    override = PluginOverride(timeout=2, hooks={"request": {"timeout": 1}})

    async def rewrite(request): ...

    steps = steps_of(hookimpl(timeout=9)(request), hookimpl(timeout=9)(rewrite), override=override)[1]
    assert (steps["request"].timeout, steps["rewrite"].timeout) == (1, 2)


def test_an_offloaded_hook_runs_in_the_plugins_threads():
    def blocking(request): ...

    blocking.__name__ = "request"
    plugin, steps = steps_of(hookimpl(offload=True)(blocking))
    assert steps["request"].bulkhead is plugin.bulkhead
    assert steps["request"].suspends
    plugin.close()


def test_an_audited_plugin_can_not_close_anything():
    steps = steps_of(request, override=PluginOverride(mode="audit", failure_mode="abort"))[1]
    assert steps["request"].is_audited
    assert steps["request"].fail.mode is FailureMode.CONTINUE


def test_life_cycle_hooks_are_no_steps():
    async def startup(): ...

    assert set(steps_of(startup, request)[1]) == {"request"}
