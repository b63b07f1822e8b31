"""Who is there, and whose state follows from whom."""

import types

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.discovery import Candidate, Loaded
from routeiq.core.errors import DuplicatePluginError
from routeiq.core.phases import load_phases
from routeiq.core.records import PluginState
from routeiq.core.roster import Roster
from routeiq.core.settings import ManagerSettings, PluginOverride


def plugin(name, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities=frozenset(PluginCapability), **metadata)
    return module


def roster(**settings):
    return Roster(load_phases(), ManagerSettings(**settings))


def found(name, loaded=None, **rest):
    return Loaded(Candidate(name, f"{name}.module", f"entry point {name}"), loaded, **rest)


def test_what_could_not_be_loaded_has_a_record_with_the_reason():
    one = roster()
    record = one.admit(found("broken", state=PluginState.FAILED, reason="no such module"))
    assert (record.state, record.reason, one.plugins) == (PluginState.FAILED, "no such module", {})
    one.add("user", one.inspect(plugin("user", depends_on=["broken"]), None)[1], None)
    one.resolve()
    assert "no such module" in one.records["user"].reason


def test_a_mistake_found_after_the_import_is_a_reason_too():
    record = roster().admit(found("odd", types.ModuleType("odd")))
    assert record.state is PluginState.REFUSED
    assert "metadata" in record.reason


def test_a_plugin_that_is_not_enabled_by_default_waits_for_the_operator():
    assert roster().admit(found("shy", plugin("shy", enabled_by_default=False))).state is PluginState.DISABLED
    enabled = roster(plugins={"shy": PluginOverride(enabled=True)})
    assert enabled.admit(found("shy", plugin("shy", enabled_by_default=False))).state is PluginState.ACTIVE


def test_a_second_plugin_of_a_name_is_refused_and_the_first_one_stays():
    one = roster()
    one.admit(found("same", plugin("same")))
    module = Loaded(Candidate("other.module", "other.module", "module other.module"), plugin("same"))
    assert one.admit(module).state is PluginState.REFUSED
    assert one.records["same"].state is PluginState.ACTIVE
    with pytest.raises(DuplicatePluginError):
        one.inspect(plugin("same"), None)


def test_a_provider_that_is_gone_still_asks_for_credentials_and_a_disabled_one_does_not():
    one = roster()

    async def authenticate(request): ...

    provider = plugin("auth")
    provider.authenticate = hookimpl(authenticate)
    record = one.add("auth", one.inspect(provider, None)[1], None).record
    assert one.authenticates()
    record.leave_out(PluginState.QUARANTINED, "x")
    assert one.authenticates()
    record.leave_out(PluginState.FAILED, "x")
    assert one.authenticates()
    record.leave_out(PluginState.DISABLED, "x")
    assert not one.authenticates()
