"""Figures of calls of tools and agents."""

import types

from routeiq_plugin_sdk import Reject, RemoteCall

from routeiq.adapters.prometheus.recorder import Recorder
from routeiq.adapters.prometheus.remote import MOST_NAMES, RemoteFigures
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall


def call(name="search", kind="tool", tracer=None):
    plans = types.SimpleNamespace(tracer=tracer, evaluation=None)
    logical = LogicalRemoteCall(plans, Activity("r"), RemoteCall.mock(kind, "github"), name, {})
    logical.begin()
    return logical


def series(figures):
    return {family.name: family.series for family in figures.families()}


def test_calls_are_counted_by_how_they_ended():
    recorder = Recorder()
    call(tracer=recorder).succeed()
    call(tracer=recorder).fail(Reject())
    failed = call(tracer=recorder)
    failed.is_error = True
    failed.succeed()
    call("SendMessage", "agent", recorder).succeed()
    told = series(recorder)
    assert told["routeiq_tool_calls"] == {
        ("github", "search", "success"): 1,
        ("github", "search", "rejected"): 1,
        ("github", "search", "tool_error"): 1,
    }
    assert told["routeiq_agent_calls"] == {("github", "SendMessage", "success"): 1}
    assert sum(told["routeiq_tool_call_duration_seconds"]["github", "search"][1:]) == 3


def test_a_tool_that_nobody_has_called_with_success_has_no_name():
    figures = RemoteFigures()
    figures.ended(call("made up by a client"), RuntimeError(), None)
    assert series(figures)["routeiq_tool_calls"] == {("github", "other", "failed"): 1}


def test_only_so_many_tools_are_told_apart():
    figures = RemoteFigures()
    for number in range(MOST_NAMES + 5):
        figures.ended(call(f"t{number}"), None, None)
    assert series(figures)["routeiq_tool_calls"]["github", "other", "success"] == 5
