"""Calls of tools and agents: one begin and one end, told to whoever traces."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import Reject, RemoteCall
from tests.fakes.tracer import NotingTracer

from routeiq.core.errors import PluginAborted
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError, failure_of, outcome_of


def logical(tracer=None, activity=None, evaluation=None):
    plans = types.SimpleNamespace(tracer=tracer, evaluation=evaluation)
    return LogicalRemoteCall(plans, activity or Activity("r"), RemoteCall.mock(), "search", {"q": "x"})


def test_a_call_is_told_its_begin_and_one_end():
    tracer = NotingTracer()
    call = logical(tracer)
    call.begin()
    call.output = {"content": []}
    call.succeed()
    call.fail(RuntimeError("too late"))
    call.succeed()
    assert tracer.told == ["begin tool mock-server search", "end tool"]
    assert tracer.ends == [({"content": []}, None)]
    assert call.ended
    assert call.seconds > 0


class Judged(list):
    """Stands for the evaluation of calls: keeps what was submitted."""

    def samples(self, kind):
        return kind == "tool"

    def submit(self, invocation, activity, plans, trace):
        self.append((invocation, trace))


def test_a_sampled_call_is_evaluated_once_with_its_own_trace():
    judged, tracer = Judged(), NotingTracer()
    call = logical(tracer, evaluation=judged)
    call.begin()
    call.fail(RemoteError("upstream_timeout", "late", 504))
    call.succeed()
    ((invocation, trace),) = judged
    assert (invocation.name, invocation.input, invocation.error) == ("search", {"q": "x"}, "RemoteError: late")
    assert invocation.metadata["failure"] == "upstream"
    assert trace is tracer.traces[0]


def test_what_never_began_has_no_end():
    tracer = NotingTracer()
    logical(tracer).fail(RuntimeError())
    assert tracer.told == []


def test_without_a_tracer_nothing_is_told():
    call = logical()
    call.begin()
    call.fail(RuntimeError())
    assert call.ended


def test_hooks_are_told_to_the_trace_of_their_own_call():
    tracer, activity = NotingTracer(), Activity("r")
    first, second = logical(tracer, activity), logical(tracer, activity)
    first.begin()
    second.begin()
    assert activity.trace is None
    with second.phase():
        assert activity.trace is tracer.traces[1]
        with first.phase():
            assert activity.trace is tracer.traces[0]
    assert activity.trace is None


def test_a_refusal_names_who_answered():
    call, refusal = logical(), Reject(403, "no")
    call.begin()
    refusal.plugin = "guard"
    call.fail(refusal)
    assert call.call.answered_by == "guard"


@pytest.mark.parametrize(
    ("error", "outcome", "kind"),
    [
        (Reject(), "rejected", "rejected"),
        (asyncio.CancelledError(), "cancelled", "cancelled"),
        (PluginAborted("p", "tool_pre_call"), "failed", "plugin"),
        (RemoteError("upstream_timeout", "late", 504), "failed", "upstream"),
        (RuntimeError("secret"), "failed", "internal"),
    ],
)
def test_an_end_has_a_word_and_no_sentence(error, outcome, kind):
    call = logical()
    assert outcome_of(call, error) == outcome
    told = failure_of(error)
    assert told["error"] == kind
    assert told["status_code"] == getattr(error, "status_code", None)
    assert "secret" not in str(told)


def test_a_tools_own_error_is_an_answer():
    call = logical()
    assert outcome_of(call, None) == "success"
    call.is_error = True
    assert outcome_of(call, None) == "tool_error"
