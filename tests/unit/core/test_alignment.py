"""pluggy's registry, kept in step with the plans."""

import types

import pluggy
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from routeiq.core.alignment import Hookimpls, align
from routeiq.core.phases import load_phases
from routeiq.core.registration import inspect_plugin


def manager():
    made = pluggy.PluginManager(PROJECT)
    for layer in LAYERS:
        made.add_hookspecs(layer)
    return made


def hookimpls(called, **marks):
    @hookimpl(specname="request", **marks)
    def asked(request):
        called.append(1)

    module = types.ModuleType("x")
    module.metadata = PluginMetadata(name="x", version="1", capabilities={PluginCapability.MIDDLEWARE})
    module.asked = asked
    inspected = inspect_plugin(module, load_phases(), "0.1")
    return Hookimpls(inspected), Hookimpls(inspected)


def test_one_module_is_there_as_often_as_it_has_instances():
    called = []
    first, second = hookimpls(called)
    pm = manager()
    align(pm, {"x#a": first, "x#b": second}, {"request": ["x#b", "x#a"]})
    pm.hook.request(request=None, context=None)
    assert len(called) == 2
    assert [one.plugin_name for one in reversed(pm.hook.request.get_hookimpls())] == ["x#b", "x#a"]


def test_who_is_gone_or_was_replaced_is_unregistered():
    first, second = hookimpls([])
    pm = manager()
    align(pm, {"x#a": first, "x#b": second}, {"request": ["x#a", "x#b"]})
    another = hookimpls([])[0]
    align(pm, {"x#a": another}, {"request": ["x#a"]})
    assert pm.list_name_plugin() == [("x#a", another)]


def test_a_wrapper_that_pluggy_would_refuse_is_shown_by_what_stands_for_it():
    @hookimpl(specname="request", wrapper=True)
    async def around(request):
        yield

    module = types.ModuleType("x")
    module.metadata = PluginMetadata(name="x", version="1", capabilities={PluginCapability.MIDDLEWARE})
    module.around = around
    pm = manager()
    align(pm, {"x": Hookimpls(inspect_plugin(module, load_phases(), "0.1"))}, {"request": ["x"]})
    assert [one.wrapper for one in pm.hook.request.get_hookimpls()] == [True]
