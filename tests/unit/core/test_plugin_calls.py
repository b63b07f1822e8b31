"""Calls of models that plugins make: what they inherit, whose hooks they go through, how they fail."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from routeiq_plugin_sdk import (
    LLMError,
    LLMResponse,
    LLMUnavailable,
    PluginCapability,
    PluginMetadata,
    Principal,
    Reject,
    hookimpl,
)
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer, UpstreamFailure

from routeiq import PluginManager
from routeiq.core.plugin_calls import DEEPEST, PluginCalls, PluginLLM, callers
from routeiq.core.settings import ManagerSettings

MESSAGES = [{"role": "user", "content": "is it?"}]
MODEL = "mock-model"


class Asker:
    """Asks a model in `llm_pre_call`, of every call that it sees."""

    def __init__(self, name: str = "asker", ask: Callable[[Any], Any] | None = None, **metadata: Any) -> None:
        self.metadata = PluginMetadata(
            name=name, capabilities={PluginCapability.MIDDLEWARE, PluginCapability.ROUTING_STRATEGY}, **metadata
        )
        self.seen: list[Any] = []
        self.answers: list[Any] = []
        self.ask = ask or (lambda context: context.llm.chat(MODEL, MESSAGES, temperature=0))

    @hookimpl
    async def llm_pre_call(self, call: Any, context: Any) -> None:
        self.seen.append(call)
        try:
            self.answers.append(await self.ask(context))
        except LLMError as error:
            self.answers.append(error)


class Watcher:
    """Notes the ends of calls."""

    metadata = PluginMetadata(name="watcher", capabilities={PluginCapability.MIDDLEWARE})

    def __init__(self) -> None:
        self.ends: list[tuple[str, Any, Any]] = []

    @hookimpl
    def llm_success(self, call: Any, response: Any) -> None:
        self.ends.append(("success", call, response))

    @hookimpl
    def llm_failure(self, call: Any, exception: Any) -> None:
        self.ends.append(("failure", call, exception))


async def test_a_call_is_the_plugins_own_and_keeps_the_request_but_none_of_its_credentials() -> None:
    asker, watcher = Asker(), Watcher()
    async with PluginTestHarness(asker, watcher, principal=Principal("alice")) as harness:
        harness.llm.script("yes")
        result = await harness.llm_call("hi", answer="client's", headers={"authorization": "Bearer secret"})
        [asked], [sent] = harness.llm.requests, harness.upstream.requests
    assert result.text == "client's"
    assert [answer.text for answer in asker.answers] == ["yes"]
    assert asker.answers[0].usage.completion_tokens == 1
    assert (asked.body["temperature"], asked.messages) == (0, MESSAGES)
    assert not asked.headers.raw
    assert len(asker.seen) == 1  # its own call does not come back to it
    (_, inner, _), (_, outer, _) = watcher.ends
    assert (inner.origin, outer.origin, sent.messages[0]["content"]) == ("asker", None, "hi")
    assert inner.request is outer.request
    assert inner.principal.id == "alice"
    assert inner.id != outer.id


async def test_other_plugins_of_the_same_module_are_left_out_too() -> None:
    seen: list[str] = []

    class Twice:
        metadata = PluginMetadata(name="twice", capabilities={PluginCapability.MIDDLEWARE})

        @hookimpl
        async def llm_pre_call(self, call: Any, context: Any) -> None:
            seen.append(f"{context.plugin} of {call.origin}")
            if context.plugin == "twice#a":
                await context.llm.chat(MODEL, MESSAGES)

    async with PluginTestHarness(Twice, settings={"plugins": {"twice#a": {}, "twice#b": {}}}) as harness:
        await harness.llm_call()
    assert seen == ["twice#a of None", "twice#b of None"]


async def test_nested_calls_come_back_to_nobody_who_waits_for_them() -> None:
    first, second = Asker("first"), Asker("second")
    async with PluginTestHarness(first, second) as harness:
        await harness.llm_call("hi")
        assert len(harness.llm.requests) == 4
    # Each of the two asks of the client's call, and of the other's question; never of its own, nor of one within it.
    assert [call.origin for call in first.seen] == [None, "second"]
    assert [call.origin for call in second.seen] == ["first", None]


async def test_nesting_is_bounded_with_an_error_that_names_the_chain() -> None:
    plugins = [Asker(f"p{number}", priority=number) for number in range(DEEPEST + 1)]
    async with PluginTestHarness(*plugins) as harness:
        await harness.llm_call("hi")
    errors = [answer for one in plugins for answer in one.answers if isinstance(answer, LLMError)]
    assert errors
    assert {error.status_code for error in errors} == {508}
    assert any("p0 -> p1 -> p2 -> p3 -> p4" in error.message for error in errors)


async def test_calls_that_run_side_by_side_know_nothing_of_each_other() -> None:
    async def ask(context: Any) -> list[str]:
        questions = [[{"role": "user", "content": str(number)}] for number in range(8)]
        return [answer.text for answer in await asyncio.gather(*(context.llm.chat(MODEL, one) for one in questions))]

    async def slowly(request: Any) -> str:
        await asyncio.sleep(0.01 / (1 + int(request.messages[0]["content"])))
        return f"answer {request.messages[0]['content']}"

    asker, watcher = Asker(ask=ask), Watcher()
    async with PluginTestHarness(asker, watcher) as harness:
        harness.llm.default = slowly
        await harness.llm_call()
    assert asker.answers == [[f"answer {number}" for number in range(8)]]
    assert len({call.id for _, call, _ in watcher.ends}) == 9
    assert [call.origin for _, call, _ in watcher.ends].count("asker") == 8


async def test_a_client_that_leaves_ends_the_call_that_is_made_for_it() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def for_ever(request: Any) -> str:
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()
        return "late"

    asker = Asker()
    async with PluginTestHarness(asker) as harness:
        harness.llm.default = for_ever
        call = asyncio.ensure_future(harness.llm_call())
        await begun.wait()
        call.cancel()
        async with asyncio.timeout(5):
            await ended.wait()
        await asyncio.gather(call, return_exceptions=True)
    assert asker.answers == []


async def test_scopes_choose_by_the_model_that_a_plugin_calls() -> None:
    watcher = Watcher()
    settings = {"plugins": {"watcher": {"when": {"model": ["guard"]}}}}
    asker = Asker(ask=lambda context: context.llm.chat("guard", MESSAGES))
    async with PluginTestHarness(asker, watcher, models=(MODEL, "guard"), settings=settings) as harness:
        await harness.llm_call()
    assert [call.model for _, call, _ in watcher.ends] == ["guard"]


async def test_outside_of_requests_it_works_as_well() -> None:
    answers: list[LLMResponse] = []

    class Timed:
        metadata = PluginMetadata(name="timed")

        @hookimpl
        def startup(self, context: Any) -> None:
            context.every(5, self.ask)

        async def ask(self, context: Any) -> None:
            answers.append(await context.llm.chat(MODEL, MESSAGES))

    watcher = Watcher()
    async with PluginTestHarness(Timed(), watcher) as harness:
        await harness.advance_time(5)
    assert [answer.text for answer in answers] == ["is it?"]
    assert [(call.origin, call.request, call.principal) for _, call, _ in watcher.ends] == [("timed", None, None)]


@pytest.mark.parametrize(
    ("ask", "answers", "status", "code"),
    [
        (lambda llm: llm.chat("nobody", MESSAGES), (), 404, "model_not_found"),
        (lambda llm: llm.chat("", MESSAGES), (), 400, "invalid_request"),
        (lambda llm: llm.chat(MODEL, [{"role": "user", "content": object()}]), (), 400, "invalid_request"),
        (lambda llm: llm.chat(MODEL, MESSAGES), (UpstreamFailure(429, "later", "busy"),) * 3, 429, "busy"),
        (lambda llm: llm.chat(MODEL, MESSAGES), (UpstreamFailure(0),) * 3, 502, "upstream_unreachable"),
        (lambda llm: llm.embed(MODEL, ["a", "b"]), (UpstreamAnswer(embeddings=[[1]]),), 502, "upstream_answer_invalid"),
        (lambda llm: llm.embed(MODEL, ["a"]), (UpstreamAnswer(embeddings=[["x"]]),), 502, "upstream_answer_invalid"),
    ],
)
async def test_what_goes_wrong_is_one_kind_of_error(
    ask: Callable[[Any], Any], answers: Sequence[Any], status: int, code: str
) -> None:
    asker = Asker(ask=lambda context: ask(context.llm))
    settings = {"router_settings": {"num_retries": 0}}
    async with PluginTestHarness(asker, settings=settings) as harness:
        harness.llm.script(*answers)
        await harness.llm_call()
    [error] = asker.answers
    assert isinstance(error, LLMError)
    assert (error.status_code, error.code) == (status, code)


async def test_another_plugins_refusal_and_failure_reach_the_caller() -> None:
    class Strict:
        metadata = PluginMetadata(name="strict", capabilities={PluginCapability.MIDDLEWARE}, failure_mode="abort")
        failure: Exception = Reject(403, "Not this.", "blocked")

        @hookimpl
        def llm_pre_call(self, call: Any) -> None:
            if call.origin is not None:
                raise self.failure

    asker, strict = Asker(), Strict()
    async with PluginTestHarness(asker, strict) as harness:
        assert (await harness.llm_call()).status_code == 200
        strict.failure = RuntimeError("broken")
        assert (await harness.llm_call()).status_code == 200
    assert [(error.status_code, error.code) for error in asker.answers] == [(403, "blocked"), (500, "plugin_failed")]
    assert [error.rejection and error.rejection.plugin for error in asker.answers] == ["strict", None]


async def test_a_deadline_of_the_caller_ends_the_call() -> None:
    async def slow(request: Any) -> str:
        await asyncio.sleep(60)
        return "late"

    async def ask(context: Any) -> str:
        try:
            async with asyncio.timeout(1):
                await context.llm.chat(MODEL, MESSAGES)
        except TimeoutError:
            return "in time"
        return "late"

    asker, watcher = Asker(ask=ask), Watcher()
    async with PluginTestHarness(asker, watcher) as harness:
        harness.llm.default = slow
        call = asyncio.ensure_future(harness.llm_call("hi", answer="ok"))
        await asyncio.sleep(0.01)
        await harness.advance_time(2)
        assert (await call).text == "ok"
    assert asker.answers == ["in time"]
    assert [(kind, call.origin) for kind, call, _ in watcher.ends] == [("failure", "asker"), ("success", None)]
    assert isinstance(watcher.ends[0][2], asyncio.CancelledError)
    assert callers.get() == ()


async def test_embeddings_come_in_the_order_of_the_texts() -> None:
    asker = Asker(ask=lambda context: context.llm.embed(MODEL, ["big cat", "Cat, big!", "dog"], dimensions=8))
    async with PluginTestHarness(asker) as harness:
        await harness.llm_call()
        assert harness.llm.requests[0].api == "embedding"
    [(one, two, other)] = asker.answers
    assert one == pytest.approx(two)
    assert one != pytest.approx(other)
    assert len(one) == 8


async def test_embeddings_are_read_in_both_of_their_forms() -> None:
    class Canned:
        def __init__(self, data: Any) -> None:
            self.data = data

        async def make(self, plugin: str, api: str, body: Any) -> LLMResponse:
            return LLMResponse(raw={"data": self.data})

    def llm(data: Any) -> PluginLLM:
        return PluginLLM("p", Canned(data))  # type: ignore[arg-type]

    packed = base64.b64encode(struct.pack("<2f", 0.5, 1)).decode()
    data = [{"index": 1, "embedding": [3]}, {"index": 0, "embedding": packed}]
    assert await llm(data).embed("m", ["a", "b"]) == [(0.5, 1.0), [3.0]]
    assert await llm(data).embed("m", []) == ()
    for wrong in ([{"embedding": "?"}], [{}], None):
        with pytest.raises(LLMError, match="vectors"):
            await llm(wrong).embed("m", ["a"])


async def test_misuse_is_said_at_once() -> None:
    llm = PluginLLM("p", PluginCalls())
    with pytest.raises(TypeError, match="whole"):
        await llm.chat(MODEL, MESSAGES, stream=True)
    with pytest.raises(TypeError, match="list of one"):
        await llm.embed(MODEL, "text")


async def test_a_host_without_models_says_so() -> None:
    manager = PluginManager(ManagerSettings())
    manager.register(Asker())
    async with manager:
        with pytest.raises(LLMUnavailable, match="plugin 'asker' calls the model 'm', and this host has no models"):
            await manager.plugin("asker").context.llm.chat("m", MESSAGES)
