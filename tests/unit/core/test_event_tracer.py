"""Requests and LLM calls as events, in hosts made for the test."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import (
    Deployment,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    PluginResponse,
    Reject,
    Usage,
    hookimpl,
)

from routeiq.core.attempts import AttemptError, UnknownModelError
from routeiq.core.calls import LogicalCall
from routeiq.core.errors import PluginAborted
from routeiq.core.event_names import HOST_EVENTS
from routeiq.core.event_tracer import TRACED, EventTracer
from routeiq.core.events import EventBus
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings

REQUEST = types.SimpleNamespace(messages=[{"role": "user", "content": "a secret"}], parameters={"temperature": 1})


class Answer:
    headers = ()

    def response(self):
        return LLMResponse("an answer that nobody may read", usage=Usage(1, 2, 3, 4, 5), cost=0.5)

    def usage(self):
        return self.response().usage

    async def close(self):
        pass


class Host:
    """One deployment of `m`; `fails` says with what an attempt fails."""

    def __init__(self, fails=None):
        self.fails = fails

    def deployments(self, model):
        return (Deployment("m:1", "m", "up", "openai"),) if model == "m" else ()

    async def attempt(self, call, deployment, changes):
        if self.fails is not None:
            raise self.fails
        return Answer()

    def decide(self, error, deployment, attempt, others):
        return types.SimpleNamespace(action="stop", delay=0)

    def attempts_left(self, deployment, attempt):
        return False


def plugin(name, *hooks, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, version="1", capabilities=frozenset(PluginCapability), **metadata)
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


@pytest.fixture
async def listening():
    """listening(pattern, *plugins) -> manager, and the events that a subscriber gets."""
    managers = []

    async def start(pattern, *plugins):
        manager, events = PluginManager(ManagerSettings()), []
        for one in plugins:
            manager.register(one)
        await manager.start()
        managers.append(manager)
        manager.events.subscribe(pattern, events.append)
        return manager, events

    yield start
    for manager in managers:
        await manager.stop()


async def call(manager, host, model="m", **options):
    logical = LogicalCall(manager.plans, Activity("r-1"), LLMCall("c-1", "chat", model, **options), host, REQUEST)
    try:
        return await logical.open()
    finally:
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def test_the_events_that_are_traced_are_those_of_requests_and_calls():
    assert {
        name for name in HOST_EVENTS if name.startswith(("request.", "response.", "llm.", "tool.", "agent."))
    } == TRACED


async def test_a_call_that_is_answered_is_told_from_its_begin_to_its_end_without_its_words(listening):
    manager, events = await listening("llm.*")
    await call(manager, Host())
    assert [event.name for event in events] == ["llm.call.started", "llm.call.completed"]
    assert {event.request_id for event in events} == {"r-1"}
    for event in events:
        assert tuple(event.data) == HOST_EVENTS[event.name]
        assert "secret" not in str(event)
        assert "nobody may read" not in str(event)
    started, completed = (dict(event.data) for event in events)
    assert started == {"call_id": "c-1", "api": "chat", "model": "m", "stream": False, "origin": None}
    assert completed.pop("duration") >= 0
    assert completed == {
        **started,
        "deployment": "m:1",
        "provider": "openai",
        "upstream_model": "up",
        "attempts": 1,
        "time_to_first_token": None,
        "aborted": False,
        "answered_by": None,
        "finish_reason": "stop",
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "cached_tokens": 4,
            "reasoning_tokens": 5,
            "estimated": False,
        },
        "cost": 0.5,
    }


async def test_what_a_plugin_answers_is_told_with_its_name(listening):
    def llm_pre_call():
        return LLMResponse("cached")

    manager, events = await listening("llm.call.completed", plugin("cache", llm_pre_call))
    await call(manager, Host())
    (event,) = events
    assert (event.data["answered_by"], event.data["deployment"], event.data["usage"]) == ("cache", None, None)


def refusing():
    raise Reject(429, "a secret reason", "over_budget")


def breaking():
    raise ValueError("a secret message")


refusing.__name__ = breaking.__name__ = "llm_pre_call"


@pytest.mark.parametrize(
    ("host", "plugins", "model", "raised", "failure"),
    [
        (Host(AttemptError(503, "secret", "busy")), [], "m", AttemptError, ("upstream", 503, "busy", None)),
        (Host(), [], "nothing", UnknownModelError, ("unknown_model", None, None, None)),
        (Host(), [plugin("budget", refusing)], "m", Reject, ("rejected", 429, "over_budget", "budget")),
        (Host(), [plugin("p", breaking, failure_mode="abort")], "m", PluginAborted, ("plugin", 500, None, "p")),
        (Host(asyncio.CancelledError()), [], "m", asyncio.CancelledError, ("cancelled", None, None, None)),
        (Host(RuntimeError("secret")), [], "m", RuntimeError, ("internal", None, None, None)),
    ],
)
async def test_a_call_that_fails_is_told_by_the_kind_of_its_failure(listening, host, plugins, model, raised, failure):
    manager, events = await listening("llm.call.failed", *plugins)
    with pytest.raises(raised):
        await call(manager, host, model)
    (event,) = events
    data = event.data
    assert tuple(data) == HOST_EVENTS["llm.call.failed"]
    assert (data["error"], data["status_code"], data["code"], data["plugin"]) == failure
    assert "secret" not in str(event)


async def test_an_answer_is_decoded_only_for_those_who_want_to_know_of_it(listening):
    for pattern, observed in (("llm.call.failed", False), ("llm.call.completed", True)):
        manager, _ = await listening(pattern)
        logical = LogicalCall(manager.plans, Activity("r"), LLMCall("c", "chat", "m"), Host(), REQUEST)
        await logical.open()
        assert logical.observed is observed


async def test_a_call_that_began_before_anybody_listened_is_not_told(listening):
    manager, events = await listening("config.changed")
    plans = manager.plans
    manager.events.subscribe("*", events.append)
    await LogicalCall(plans, Activity("r"), LLMCall("c", "chat", "m"), Host(), REQUEST).open()
    await asyncio.sleep(0)
    assert events == []


async def test_outside_of_http_there_is_no_request_to_tell_of():
    bus, heard = EventBus(), []
    bus.open()
    bus.subscribe("*", heard.append)
    tracer = EventTracer(bus)
    assert tracer.request_began(Activity("r")) is None
    tracer.request_ended(None, Activity("r"), PluginResponse(), None, 0)
    await asyncio.sleep(0)
    await bus.close()
    assert heard == []
