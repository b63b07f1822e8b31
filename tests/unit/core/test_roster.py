"""Who is there, and whose state follows from whom."""

import types

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.discovery import Candidate, Loaded
from routeiq.core.errors import DuplicatePluginError, RegistrationError
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


def states(records):
    return {record.name: record.state.value for record in records}


def test_what_could_not_be_loaded_has_a_record_with_the_reason():
    one = roster()
    [record] = one.admit(found("broken", state=PluginState.FAILED, reason="no such module"))
    assert (record.state, record.reason, one.plugins) == (PluginState.FAILED, "no such module", {})
    one.add("user", one.inspect(plugin("user", depends_on=["broken"]), None)[1], None)
    one.resolve()
    assert "no such module" in one.records["user"].reason


def test_a_mistake_found_after_the_import_is_a_reason_too():
    [record] = roster().admit(found("odd", types.ModuleType("odd")))
    assert record.state is PluginState.REFUSED
    assert "metadata" in record.reason


def test_a_plugin_that_is_not_enabled_by_default_waits_for_the_operator():
    assert states(roster().admit(found("shy", plugin("shy", enabled_by_default=False)))) == {"shy": "disabled"}
    enabled = roster(plugins={"shy": PluginOverride(enabled=True)})
    assert states(enabled.admit(found("shy", plugin("shy", enabled_by_default=False)))) == {"shy": "active"}


def test_a_second_plugin_of_a_name_is_refused_and_the_first_one_stays():
    one = roster()
    one.admit(found("same", plugin("same")))
    module = Loaded(Candidate("other.module", "other.module", "module other.module"), plugin("same"))
    assert states(one.admit(module)) == {"other.module": "refused"}
    assert one.admit(module) == []
    assert one.records["same"].state is PluginState.ACTIVE
    with pytest.raises(DuplicatePluginError):
        one.inspect(plugin("same"), None)


def test_a_provider_that_is_gone_still_asks_for_credentials_and_a_disabled_one_does_not():
    one = roster()

    async def authenticate(request): ...

    provider = plugin("auth")
    provider.authenticate = hookimpl(authenticate)
    record = one.add("auth", one.inspect(provider, None)[1], None).record
    assert one.providers()
    record.leave_out(PluginState.QUARANTINED, "x")
    assert one.providers()
    record.leave_out(PluginState.FAILED, "x")
    assert one.providers()
    record.leave_out(PluginState.DISABLED, "x")
    assert not one.providers()


class TestInstances:
    def test_only_what_is_listed_of_a_plugin_runs_and_the_plugin_itself_if_nothing_is(self):
        one = roster(plugins={"x#a": PluginOverride(priority=1), "x#b": PluginOverride(enabled=False)})
        assert states(one.admit(found("x", plugin("x")))) == {"x#a": "active", "x#b": "disabled"}
        assert states(one.admit(found("y", plugin("y")))) == {"y": "active"}
        assert "x" not in one.records
        both = roster(plugins={"x#a": PluginOverride(), "x": PluginOverride()})
        assert states(both.admit(found("x", plugin("x")))) == {"x#a": "active", "x": "active"}

    def test_each_has_the_operators_word_of_its_own(self):
        one = roster(
            plugins={
                "x#a": PluginOverride(priority=1, mode="audit", failure_mode="abort"),
                "x#b": PluginOverride(before=["z"]),
            }
        )
        first, second = one.admit(found("x", plugin("x", priority=9)))
        assert (first.priority, first.mode, first.failure_mode, first.before) == (1, "audit", "abort", set())
        assert (second.priority, second.mode, second.failure_mode, second.before) == (9, "enforce", "continue", {"z"})
        assert first.instance_of == second.instance_of == "x"

    def test_a_named_instance_runs_although_its_plugin_is_not_enabled_by_default(self):
        one = roster(plugins={"x#a": PluginOverride(), "x": PluginOverride()})
        admitted = one.admit(found("x", plugin("x", enabled_by_default=False)))
        assert states(admitted) == {"x#a": "active", "x": "disabled"}

    def test_what_keeps_a_plugin_out_keeps_all_of_its_instances_out(self):
        one = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride(enabled=False)})
        admitted = one.admit(found("x", state=PluginState.REFUSED, reason="not in the allowlist"))
        assert states(admitted) == {"x#a": "refused", "x#b": "disabled"}
        assert "allowlist" in admitted[0].reason

    def test_of_a_class_each_gets_an_object_and_of_a_module_all_share_the_globals(self):
        class Plugin:
            metadata = PluginMetadata(name="x")

        one = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride()})
        first, second = one.admit(found("x", Plugin))
        assert first.plugin is not second.plugin
        other = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride()})
        first, second = other.admit(found("x", plugin("x")))
        assert first.plugin is second.plugin

    def test_an_object_serves_once(self):
        class Plugin:
            metadata = PluginMetadata(name="x")

        one = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride()})
        admitted = one.admit(found("x", Plugin()))
        assert states(admitted) == {"x#a": "active", "x#b": "refused"}
        assert "is one object, which serves as 'x#a' already: several instances need a class or a module" in (
            admitted[1].reason
        )

    def test_one_more_is_made_and_taken_away_while_others_stay(self):
        one = roster(plugins={"x#a": PluginOverride()})
        one.admit(found("x", plugin("x")))
        made = one.instantiate("x#b")
        assert (made.name, "x#b" in one.records) == ("x#b", False)
        one.put(made)
        one.resolve()
        assert (made.record.state, one.order) == (PluginState.DISABLED, ("x#a",))
        one.follow(ManagerSettings(plugins={"x#a": PluginOverride(), "x#b": PluginOverride(priority=3)}))
        assert one.order == ("x#b", "x#a")
        one.remove("x#b")
        one.remove("x#b")
        one.resolve()
        assert one.order == ("x#a",)

    def test_of_what_is_not_there_or_not_imported_none_can_be_made(self):
        one = roster()
        one.admit(found("rate-limit", plugin("rate-limit")))
        one.admit(found("broken", state=PluginState.FAILED, reason="no such module"))
        with pytest.raises(RegistrationError, match="no plugin 'rate-limt' is installed; did you mean 'rate-limit'"):
            one.instantiate("rate-limt#free")
        with pytest.raises(RegistrationError, match="was not imported: no such module"):
            one.instantiate("broken#a")

    def test_a_plugins_name_means_all_of_its_instances(self):
        one = roster(
            plugins={
                "x#a": PluginOverride(priority=3000),
                "x#b": PluginOverride(priority=1, after=["x"]),
                "x#off": PluginOverride(enabled=False),
            }
        )
        one.admit(found("x", plugin("x")))
        one.admit(found("user", plugin("user", depends_on=["x"], priority=1)))
        one.admit(found("first", plugin("first", before=["x"], priority=5000)))
        one.admit(found("particular", plugin("particular", before=["x#b"], after=["x#a"], priority=5000)))
        one.resolve()
        assert one.order == ("first", "x#a", "particular", "x#b", "user")

    def test_a_plugin_needs_all_the_instances_that_are_not_disabled(self):
        one = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride()})
        first, second = one.admit(found("x", plugin("x")))
        [user] = one.admit(found("user", plugin("user", depends_on=["x"])))
        first.leave_out(PluginState.FAILED, "its database is away")
        one.resolve()
        assert user.state is PluginState.FAILED
        assert "depends on 'x#a', but it is failed: its database is away" in user.reason
        first.leave_out(PluginState.DISABLED, "by the operator")
        one.resolve()
        assert user.state is PluginState.ACTIVE
        second.leave_out(PluginState.DISABLED, "by the operator")
        one.resolve()
        assert "depends on 'x#a', but it is disabled" in user.reason

    def test_the_last_instance_that_others_depend_on_stays(self):
        one = roster(plugins={"x#a": PluginOverride(), "x#b": PluginOverride()})
        one.admit(found("x", plugin("x")))
        one.admit(found("any", plugin("any", depends_on=["x"])))
        one.admit(found("one", plugin("one", depends_on=["x#b"])))
        assert one.dependents("x#a") == []
        assert one.dependents("x#b") == ["one"]
        one.remove("x#a")
        assert one.dependents("x#b") == ["any", "one"]

    def test_a_name_that_is_none_is_refused(self):
        with pytest.raises(RegistrationError, match="did you mean 'x#a-b'"):
            roster().inspect(plugin("x"), "x#A_b")
