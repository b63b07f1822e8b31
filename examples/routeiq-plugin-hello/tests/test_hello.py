"""What `hello` does, hook by hook: hooks are plain functions, so a test calls them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import Deployment, Event, LLMCall, LLMResponse, ResponseMetadata

from routeiq_plugin_hello import hello


class Instrument:
    def __init__(self) -> None:
        self.values: dict[tuple[tuple[str, str], ...], float] = {}

    def inc(self, amount: float = 1, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        self.values[key] = self.values.get(key, 0) + amount


class Metrics:
    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}

    def counter(self, name: str, description: str = "", labels: Any = ()) -> Instrument:
        return self.instruments.setdefault(name, Instrument())


class Events:
    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}

    def subscribe(self, pattern: str, handler: Any) -> None:
        self.handlers[pattern] = handler


@pytest.fixture
async def context() -> Any:
    silent = SimpleNamespace(info=lambda *_, **__: None, debug=lambda *_, **__: None)
    context: Any = SimpleNamespace(
        config=hello.Config(), shared={}, metrics=Metrics(), logger=silent, events=Events(), every=lambda *_: None
    )
    await hello.startup(context)
    return context


def test_the_route_greets(context: Any) -> None:
    (route,) = hello.register_routes(context)
    assert route.path == "/hello"


def test_responses_carry_the_greeting_and_keep_their_headers(context: Any) -> None:
    answer = hello.response_headers(ResponseMetadata.mock(headers={"x-other": "1"}), context)
    assert answer.headers["x-hello"] == "Hello"
    assert answer.headers["x-other"] == "1"


async def test_calls_answers_and_tokens_are_counted(context: Any) -> None:
    hello.llm_pre_call(LLMCall.mock(), context)
    hello.post_routing(Deployment("one", "model", "model"), context)
    await hello.llm_success(LLMResponse.mock(), context)
    assert hello.health_check(context) == {"status": "ok", "calls": {"begun": 1, "answered": 1, "failed": 0}}
    assert context.metrics.instruments["attempts"].values == {(("deployment", "one"),): 1}
    assert context.metrics.instruments["tokens"].values == {(): 3}


async def test_calls_that_fail_are_counted_by_their_event(context: Any) -> None:
    failed = Event.mock("llm.call.failed", {"call_id": "c", "error": "upstream"})
    context.events.handlers[failed.name](failed, context)
    assert hello.health_check(context)["calls"]["failed"] == 1
    hello.report(context)


@pytest.mark.parametrize("greeting", ["", " ", "two\r\nlines", "Grüß Gott"])
def test_a_greeting_that_could_not_be_a_header_is_refused(greeting: str) -> None:
    with pytest.raises(ValidationError):
        hello.Config(greeting=greeting)
