"""Records of plugins."""

import json

from routeiq_plugin_sdk import PluginCapability

from routeiq.core.records import PluginRecord, PluginState


def test_a_record_is_what_programs_are_shown():
    record = PluginRecord("p", capabilities=frozenset({PluginCapability.ROUTES}), depends_on=frozenset({"b", "a"}))
    shown = json.loads(json.dumps(record.to_dict()))
    assert shown["capabilities"] == ["routes"]
    assert shown["depends_on"] == ["a", "b"]
    assert (shown["state"], shown["reason"], shown["mode"], shown["failure_mode"]) == (
        "active",
        "",
        "enforce",
        "continue",
    )


def test_a_plugin_in_quarantine_can_be_depended_on_and_a_failed_one_cannot():
    record = PluginRecord("p")
    assert record.usable
    record.leave_out(PluginState.QUARANTINED, "5 failures")
    assert record.usable
    record.leave_out(PluginState.FAILED, "no disk")
    assert not record.usable
    assert record.reason == "no disk"
