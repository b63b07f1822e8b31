"""`response-cache` in the gateway: hits in every form, for whom they may be, and behind the guards."""

import asyncio
import contextlib
import re

import pytest
from routeiq_plugin_sdk import (
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    Principal,
    Reject,
    StorageUnavailable,
    StreamWindow,
    ToolCall,
    hookimpl,
)
from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness, UpstreamAnswer, UpstreamFailure

from routeiq.core.storage import PluginStorage
from routeiq.storage import create_stores
from routeiq_builtin_plugins import api_key_auth, pii_guard
from routeiq_builtin_plugins.api_key_auth.keys import hash_of
from routeiq_builtin_plugins.cost_tracker import CostTracker
from routeiq_builtin_plugins.response_cache import ResponseCache
from routeiq_builtin_plugins.response_cache.config import Config

ANN, BOB = Principal("ann", metadata={"tenant": "x"}), Principal("bob", metadata={"tenant": "x"})
CONTROL = {"cache-control": "no-cache"}


class Masks:
    """Puts a placeholder into questions, and the word back into answers, as a guard of personal data does."""

    metadata = PluginMetadata(
        name="masks", capabilities={PluginCapability.MIDDLEWARE}, stream_window=StreamWindow(size=100, overlap=20)
    )

    @hookimpl
    def llm_pre_call(self, call, messages):
        text = messages[-1]["content"]
        found = re.search(r"\w+@\w+", text)
        if found is None:
            return None
        call.shared["masks"] = found[0]
        return {"messages": [{"role": "user", "content": text.replace(found[0], "<MAIL>")}]}

    @hookimpl
    def llm_stream_window(self, call, window):
        return window.text.replace("<MAIL>", call.shared.get("masks", "<MAIL>"))


class Guard:
    """Refuses what has its word, in questions or answers, and remembers what it saw."""

    metadata = PluginMetadata(
        name="guard", capabilities={PluginCapability.MIDDLEWARE}, stream_window=StreamWindow(size=100, overlap=20)
    )

    def __init__(self, word="forbidden"):
        self.word = word
        self.seen = []

    @hookimpl
    def llm_pre_call(self, messages):
        self.seen.append(messages[-1]["content"])
        if self.word in messages[-1]["content"]:
            raise Reject(403, "no", "blocked")

    @hookimpl
    def llm_stream_window(self, window):
        if self.word in window.text:
            raise Reject(403, "no", "blocked")


class Embeds:
    """Embeds texts by the letters that they begin with."""

    metadata = PluginMetadata(name="embeds", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def startup(self, context):
        context.shared["embed"] = lambda texts: [[float(text[0] == letter) for letter in "AW1"] for text in texts]


def cached(*more, **config):
    return PluginTestHarness(ResponseCache, *more, config=config, principal=ANN)


def source(result):
    return result.headers.get("cache-status").removeprefix("RouteIQ; ").partition(";")[0]


def upstream(harness):
    return len(harness.upstream.requests)


@pytest.mark.parametrize("api", ["chat", "completion", "messages"])
@pytest.mark.parametrize(("first", "second"), [(False, False), (True, True), (False, True), (True, False)])
async def test_a_hit_in_each_form_serves_both(api, first, second):
    async with cached() as harness:
        one = await harness.llm_call("one two three", api=api, stream=first)
        other = await harness.llm_call("one two three", api=api, stream=second)
        assert (source(one), source(other)) == ("fwd=miss", "hit")
        assert (one.text, one.finish_reason, other.text, other.finish_reason) == (
            "one two three", one.finish_reason, "one two three", one.finish_reason,
        )  # fmt: skip
        assert other.status_code == 200
        assert bool(other.chunks) == second
        assert int(other.headers["age"]) >= 0
        assert upstream(harness) == 1
        assert harness.metric("lookups", outcome="hit") == 1
        if not second:
            assert other.usage == one.usage or first


async def test_the_responses_api_where_nothing_is_stored_at_the_provider():
    async with cached() as harness:
        for _ in range(2):
            last = await harness.llm_call("hi", api="responses", store=False)
        assert (source(last), last.text, upstream(harness)) == ("hit", "hi", 1)
        assert "detail=state" in (await harness.llm_call("hi", api="responses")).headers["cache-status"]


async def test_by_default_nobody_gets_what_was_made_for_another_key():
    keys = [{"id": name, "hash": hash_of(f"riq_{name}{'x' * 40}")} for name in ("ann", "bob")]
    async with PluginTestHarness(ResponseCache, api_key_auth, configs={"api-key-auth": {"keys": keys}}) as harness:

        async def ask(name):
            headers = {"authorization": f"Bearer riq_{name}{'x' * 40}"}
            return source(await harness.llm_call("hi", headers=headers))

        assert [await ask(name) for name in ("ann", "bob", "ann", "bob")] == ["fwd=miss", "fwd=miss", "hit", "hit"]


@pytest.mark.parametrize(("share", "hits"), [("tenant", [True, False, False]), ("all", [True, True, True])])
async def test_answers_are_shared_as_far_as_configured(share, hits):
    others = [BOB, Principal("eve", metadata={"tenant": "y"}), Principal("tom")]
    async with cached(share=share) as harness:
        await harness.llm_call("hi")
        found = [source(await harness.llm_call("hi", principal=other)) == "hit" for other in others]
    assert found == hits


@pytest.mark.parametrize("stream", [False, True])
async def test_a_guard_that_masks_words_gives_each_client_its_own_back(stream):
    async with cached(Masks, share="all") as harness:
        one = await harness.llm_call("I am ann@x", answer="hello <MAIL>", stream=stream)
        other = await harness.llm_call("I am bob@y", principal=BOB, stream=stream)
        cross = await harness.llm_call("I am tom@z", principal=BOB, stream=not stream)
    assert (one.text, other.text, cross.text) == ("hello ann@x", "hello bob@y", "hello tom@z")
    assert (source(other), source(cross)) == ("hit", "hit")


async def test_pii_guard_gives_each_client_its_own_values_back():
    async with cached(pii_guard, share="all", semantic={"model": "embedder"}) as harness:
        one = await harness.llm_call("Write to ann@example.org and ann@example.org, please.")
        other = await harness.llm_call("Write to bob@example.com and bob@example.com, please.", principal=BOB)
        both = await harness.llm_call("Write to bob@example.com and ann@example.org, please.", stream=True)
        assert harness.upstream.requests[0].messages[0]["content"] == "Write to <EMAIL_1> and <EMAIL_1>, please."
        assert all("@" not in str(request.body) for request in harness.llm.requests)
    assert one.text == "Write to ann@example.org and ann@example.org, please."
    assert other.text == "Write to bob@example.com and bob@example.com, please."
    assert both.text == "Write to bob@example.com and ann@example.org, please."
    assert [source(result) for result in (one, other, both)] == ["fwd=miss", "hit", "fwd=miss"]


async def test_a_hit_passes_every_guard_of_both_ways():
    guard = Guard()
    async with cached(guard) as harness:
        await harness.llm_call("hi", answer="some words")
        assert source(await harness.llm_call("hi")) == "hit"
        assert guard.seen == ["hi", "hi"]
        guard.word = "some"
        assert (await harness.llm_call("hi")).status_code == 403
        assert (await harness.llm_call("hi", stream=True)).text == ""
        guard.word = "hi"
        assert (await harness.llm_call("hi")).error["code"] == "blocked"
        assert upstream(harness) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        UpstreamFailure(400),
        UpstreamAnswer("cut", finish_reason="length"),
        UpstreamAnswer("filtered", finish_reason="content_filter"),
        UpstreamAnswer("x", reasoning="because"),
        UpstreamAnswer("kept by nobody", headers={"cache-control": "no-store"}),
        UpstreamAnswer("", tool_calls=[ToolCall(0, "c", "f", "{}")]),
        UpstreamAnswer("x" * 2000),
        UpstreamAnswer("forbidden"),
    ],
    ids=["error", "cut", "filtered", "reasoning", "no-store", "tool call", "large", "refused"],
)
async def test_what_is_not_whole_plain_and_allowed_is_not_kept(answer, stream):
    async with cached(Guard(), max_answer=1000) as harness:
        harness.upstream.default = answer
        for _ in range(2):
            assert source(await harness.llm_call("hi", stream=stream)) == "fwd=miss"


async def test_a_stream_that_broke_or_was_left_is_not_kept():
    async with cached() as harness:
        await harness.llm_call("a b c", stream=True, answer=UpstreamAnswer("a b c", breaks_after=1))
        body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "a b c"}]}
        async with harness.stream_request("POST", "/v1/chat/completions", body) as response:
            assert response.headers["cache-status"] == "RouteIQ; fwd=miss"
        # The harness' upstream answers at once: what was left may have been whole.
        assert harness.metric("answers", outcome="kept") in (None, 1)


async def test_calls_of_tools_are_kept_if_the_operator_wants_it():
    answer = UpstreamAnswer("", tool_calls=[ToolCall(0, "c1", "f", '{"a": 1}')])
    async with cached(tool_calls=True) as harness:
        for stream in (True, False, True):
            last = await harness.llm_call("hi", answer=answer, stream=stream, tools=[])
            assert [(call.id, call.name, call.arguments) for call in last.tool_calls] == [("c1", "f", '{"a": 1}')]
        assert (source(last), last.finish_reason) == ("hit", "tool_calls")


async def test_what_the_client_says_of_caching_holds():
    async with cached() as harness:

        async def ask(control=None):
            result = await harness.llm_call("hi", headers={"cache-control": control} if control else {})
            return source(result) if result.status_code == 200 else result.error["code"]

        assert await ask("only-if-cached") == "not_cached"
        assert await ask("no-store") == "fwd=miss"
        assert await ask() == "fwd=miss"
        assert await ask("no-store") == "hit"
        assert await ask("no-cache") == "fwd=request"
        assert await ask("only-if-cached") == "hit"
        assert await ask("max-age=1000, min-fresh=10") == "hit"
        assert await ask("min-fresh=100000") == "fwd=miss"
        await asyncio.sleep(0.01)
        assert await ask("max-age=0") == "fwd=miss"


async def test_an_answer_holds_as_long_as_it_may():
    async with cached(ttl=60) as harness:
        await harness.llm_call("hi")
        await harness.llm_call("ho", answer=UpstreamAnswer("x", headers={"cache-control": "max-age=10"}))
        await harness.advance_time(11)
        assert source(await harness.llm_call("hi")) == "hit"
        assert source(await harness.llm_call("ho")) == "fwd=miss"
        await harness.advance_time(50)
        assert source(await harness.llm_call("hi")) == "fwd=miss"


async def test_another_version_forgets_everything():
    async with cached() as harness:
        await harness.llm_call("hi")
        await harness.change_config(version="2")
        assert source(await harness.llm_call("hi")) == "fwd=miss"
        await harness.change_config(headers=False)
        assert "cache-status" not in (await harness.llm_call("hi")).headers


@pytest.mark.parametrize("stream", [False, True])
async def test_of_many_at_once_one_asks_the_model(stream):
    async with cached() as harness:

        async def slow(request):
            await asyncio.sleep(0.02)
            return "slowly"

        harness.upstream.default = slow
        results = await asyncio.gather(*(harness.llm_call("hi", stream=stream) for _ in range(8)))
        assert {result.text for result in results} == {"slowly"}
        assert upstream(harness) == 1
        assert harness.metric("lookups", outcome="collapsed") == 7


async def test_those_who_waited_for_what_failed_ask_themselves():
    async with cached() as harness:

        async def fails_first(request):
            await asyncio.sleep(0.02)
            return UpstreamFailure(400) if upstream(harness) == 1 else "fine"

        harness.upstream.default = fails_first
        results = await asyncio.gather(*(harness.llm_call("hi") for _ in range(4)))
        assert sorted(result.status_code for result in results) == [200, 200, 200, 400]


async def test_who_waits_too_long_asks_itself():
    async with cached(wait=0.01) as harness:

        async def slow(request):
            await asyncio.sleep(0.2 if upstream(harness) == 1 else 0)
            return "x"

        harness.upstream.default = slow
        first = asyncio.ensure_future(harness.llm_call("hi"))
        await asyncio.sleep(0.01)
        assert source(await harness.llm_call("hi")) == "fwd=miss"
        await first


async def test_a_hit_costs_nothing():
    prices = [{"model": "mock-model", "input": 1000, "output": 1000}]
    async with cached(CostTracker) as harness:
        await harness.change_config("cost-tracker", prices=prices)
        for _ in range(2):
            await harness.llm_call("one two")
        charged = [event.data for event in harness.events if event.name == "cost-tracker.charged"]
        assert [data["source"] for data in charged] == ["table", "plugin"]
        assert harness.metric("saved_tokens") == 4


async def test_without_its_storage_the_model_is_asked():
    async with cached() as harness:
        await harness.llm_call("hi")
        harness.fail_next("storage", StorageUnavailable("away"), times=3)
        assert source(await harness.llm_call("hi")) == "fwd=miss"
        assert harness.metric("outages") == 2
        assert source(await harness.llm_call("ho")) == "fwd=miss"


SEMANTIC = {"plugin": "embeds", "threshold": 0.9999}


async def test_other_words_are_found_but_no_other_numbers_or_clients():
    async with cached(Embeds, semantic=SEMANTIC) as harness:

        async def ask(text, **more):
            return (await harness.llm_call(text, **more)).headers["cache-status"]

        assert "fwd=miss" in await ask("What is a cat?")
        assert "detail=semantic" in await ask("We ask: what is a cat?")
        assert "detail=semantic" in await ask("What is a cat", stream=True)
        assert "fwd=miss" in await ask("Another thing")
        assert "fwd=miss" in await ask("What is 1 cat?")
        assert "fwd=miss" in await ask("What is a cat?", temperature=0)
        assert "fwd=miss" in await ask("What is a cat?", principal=BOB)
        assert "fwd=request" in await ask("What is a cat!", headers=CONTROL)


async def test_a_model_of_the_gateway_embeds_and_without_it_the_model_is_asked():
    vectors = {"one": [1.0, 0.0], "a one": [0.99, 0.01], "two": [0.0, 1.0]}

    def answer(request):
        vector = vectors.get(request.body["input"][0])
        return UpstreamFailure(400) if vector is None else UpstreamAnswer(embeddings=[vector])

    config = {"semantic": {"model": "embedder"}}
    async with PluginTestHarness(ResponseCache, models=("mock-model", "embedder"), config=config) as harness:
        harness.llm.default = answer
        asked = [(await harness.llm_call(text)).headers["cache-status"] for text in ("one", "a one", "two", "three")]
        assert ["detail=semantic" in status for status in asked] == [False, True, False, False]
        assert (harness.metric("embeddings", outcome="done"), harness.metric("embeddings", outcome="failed")) == (3, 1)


async def test_a_plugin_that_embeds_nothing_is_told_of():
    async with cached(semantic={"plugin": "nobody"}) as harness:
        assert (await harness.llm_call("hi")).status_code == 200
        assert any("has no function `embed`" in str(line.fields) for line in harness.logs)


async def test_replicas_that_share_redis_share_answers(redis_server, tmp_path, monkeypatch):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    monkeypatch.chdir(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        replicas = []
        for _ in range(2):
            stores = create_stores(f"{redis_server.url}?cluster=answers")
            await stores.state.open()
            stack.push_async_callback(stores.state.close)
            context = MockPluginContext(config=Config(ttl=0.5), plugin="response-cache")
            context.storage = PluginStorage("response-cache", stores.values)
            replicas.append((ResponseCache(), context))

        async def ask(replica, number):
            plugin, context = replicas[replica]
            call = LLMCall(number, "chat", "m", principal=ANN)
            hit = await plugin.llm_pre_call(call, "m", [{"role": "user", "content": "hi"}], {}, context)
            if hit is None:
                await plugin.llm_success(call, LLMResponse(f"answer {number}"), context)
            return hit

        assert await ask(0, "1") is None
        assert (await ask(1, "2")).text == "answer 1"
        await asyncio.sleep(0.6)
        assert await ask(1, "3") is None
        assert (await ask(0, "4")).text == "answer 3"
