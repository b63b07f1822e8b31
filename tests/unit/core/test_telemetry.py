"""Several tracers as one: each is given what it returned itself."""

from types import SimpleNamespace

from routeiq_plugin_sdk import Deployment, LLMCall, PluginRequest, ResponseMetadata
from tests.fakes.tracer import NotingTracer

from routeiq import PluginManager
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings
from routeiq.core.telemetry import joined


def exchange():
    activity = Activity("r")
    activity.request = PluginRequest.mock()
    return activity


def logical(request=None):
    call = LLMCall("c", "chat", "m", True, request)
    call.attempts = 1
    deployment = Deployment("m:1", "m", "up")
    return SimpleNamespace(
        call=call,
        model="m",
        deployment=deployment,
        began=1,
        attempt_began=1,
        first_piece=2,
        observed=False,
        metered=False,
    )


def test_no_tracer_is_none_and_a_single_one_is_itself():
    one = NotingTracer()
    assert joined([]) is None
    assert joined([one]) is one


def test_a_request_is_told_to_all_and_each_keeps_its_own_trace():
    plain, quiet, other = NotingTracer(), NotingTracer(traces=False), NotingTracer(exemplar={"trace_id": "7"})
    tracer, activity = joined([plain, quiet, other]), exchange()
    activity.trace = tracer.request_began(activity)
    activity.trace.hook("request", "p", 1, 2, "passed", None)
    activity.trace.held("p", 1, 2)
    assert activity.trace.exemplar == {"trace_id": "7"}
    call = logical(activity.request)
    activity.trace = tracer.call_began(activity.trace, call)
    tracer.attempt_failed(activity.trace, call, ValueError())
    activity.trace = tracer.stream_began(activity.trace, call)
    activity.trace = tracer.call_ended(activity.trace, call, None, None)
    tracer.request_ended(activity.trace, activity, ResponseMetadata.mock(), None, 1)
    for one in (plain, quiet, other):
        calls = ["begin call m", "attempt 1 failed at m:1", "first piece", "end call"]
        assert one.told == ["begin GET", *calls, "end GET"]
    for one in (plain, other):
        (trace,) = one.traces
        assert (trace.hooks, trace.holds) == ([("request", "p", "passed")], [("p", 1, 2)])


def test_where_no_tracer_keeps_a_trace_hooks_are_not_told():
    tracer, activity = joined([NotingTracer(traces=False), NotingTracer(traces=False)]), exchange()
    assert tracer.request_began(activity) is None
    assert tracer.call_began(None, logical()) is None


def test_traces_without_an_exemplar_have_none():
    assert joined([NotingTracer(), NotingTracer()]).request_began(exchange()).exemplar is None


async def test_a_tracer_that_is_added_stands_in_the_plans_of_requests_to_come():
    manager, first, second = PluginManager(ManagerSettings()), NotingTracer(), NotingTracer()
    assert manager.plans.tracer is None
    manager.add_tracer(first)
    assert manager.plans.tracer is first
    async with manager:
        before = manager.plans
        manager.add_tracer(second)
        assert before.tracer is first
        manager.plans.tracer.request_began(exchange())
    assert first.told == second.told == ["begin GET"]


async def test_a_tracer_that_is_removed_is_told_the_end_of_what_it_was_told_the_begin_of():
    manager, first, second = PluginManager(ManagerSettings()), NotingTracer(), NotingTracer()
    manager.add_tracer(first)
    manager.add_tracer(second)
    async with manager:
        before, activity = manager.plans, exchange()
        activity.trace = before.tracer.request_began(activity)
        manager.remove_tracer(first)
        assert manager.plans.tracer is second
        before.tracer.request_ended(activity.trace, activity, ResponseMetadata.mock(), None, 1)
    manager.remove_tracer(second)
    assert manager.plans.tracer is None
    assert first.told == second.told == ["begin GET", "end GET"]
