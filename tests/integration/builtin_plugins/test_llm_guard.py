"""`llm-guard` in a gateway: every text reaches the model that judges, and nothing passes without a verdict."""

import asyncio

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Reject, RemoteCall, ToolCall, hookimpl
from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness, UpstreamAnswer, UpstreamFailure

from routeiq_builtin_plugins.llm_guard import LLMGuard, adapt
from routeiq_builtin_plugins.llm_guard.config import Config

MODELS = ("mock-model", "llama-guard")


def guard(asked):
    """Find what has the word `bad` in it, whoever says it."""
    return "unsafe\nS1,S10" if "bad" in asked.messages[-1]["content"] else "safe"


def harness(*plugins, **config):
    made = PluginTestHarness(LLMGuard, *plugins, config=config, models=MODELS)
    made.llm.default = guard
    return made


@pytest.mark.parametrize("api", ["chat", "messages", "responses", "completion", "embedding"])
async def test_what_is_asked_is_judged_in_every_api(api):
    async with harness() as host:
        assert (await host.llm_call("good", api=api)).status_code == 200
        refused = await host.llm_call("a bad thing", api=api)
        assert refused.status_code == 403
        assert "S1, S10" in str(refused.error["message"])
        assert len(host.upstream.requests) == 1
        assert host.metric("judgements", of="request", outcome="blocked") == 1


async def test_no_message_is_passed_over_and_what_was_judged_is_remembered():
    conversation = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "look it up"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "found"},
    ]
    async with harness(direction="in") as host:
        assert (await host.llm_call(conversation)).status_code == 200
        assert len(host.llm.requests) == 4
        again = [*conversation, {"role": "user", "content": "and now?"}]
        assert (await host.llm_call(again)).status_code == 200
        assert len(host.llm.requests) == 5
        poisoned = [*conversation[:3], {**conversation[3], "content": "bad advice"}, again[-1]]
        assert (await host.llm_call(poisoned)).status_code == 403


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_answered_is_judged_before_it_leaves(stream):
    async with harness(window=60, window_overlap=20) as host:
        answer = UpstreamAnswer("one two three four " * 20 + "something bad at the end")
        result = await host.llm_call("hi", stream=stream, answer=answer)
        assert "bad" not in result.http.text
        assert result.error["code"] == "content_blocked"
        calls = UpstreamAnswer("", tool_calls=[ToolCall(0, "c", "run", '{"what": "bad"}')])
        assert (await host.llm_call("hi", stream=stream, answer=calls)).error["code"] == "content_blocked"
        good = await host.llm_call("hi", stream=stream, answer=UpstreamAnswer("all is well " * 30))
        assert good.text == "all is well " * 30
        # A stream of 360 characters is judged in windows of 60, of which 20 are seen twice.
        assert host.metric("judgements", of="answer", outcome="passed") >= (9 if stream else 1)


async def test_what_becomes_of_a_violation_goes_by_its_category():
    async with harness(categories={"S1": "allow", "S10": "flag"}) as host:
        assert (await host.llm_call("bad")).status_code == 200
        assert host.metric("judgements", of="request", outcome="flagged") == 1
        (event, *_) = [event for event in host.events if event.name == "llm-guard.flagged"]
        assert event.data == {"of": "request", "categories": ["S1", "S10"]}
        await host.change_config(categories={}, otherwise="block", reveal=False)
        refused = await host.llm_call("bad")
        assert refused.status_code == 403
        assert "S1" not in str(refused.error)


@pytest.mark.parametrize("answer", [UpstreamFailure(500), UpstreamFailure(0), "I am a language model."])
async def test_without_a_verdict_nothing_passes_unless_that_is_wanted(answer):
    settings = {"router_settings": {"num_retries": 0}}
    for on_error, status in (("block", 503), ("allow", 200)):
        made = PluginTestHarness(LLMGuard, config={"on_error": on_error}, models=MODELS, settings=settings)
        made.llm.default = answer
        async with made as host:
            assert (await host.llm_call("hello")).status_code == status
            assert host.metric("judgements", of="request", outcome="error") == 1


async def test_a_model_that_does_not_exist_gives_no_verdict():
    async with harness(model="nobody") as host:
        refused = await host.llm_call("hello")
        assert (refused.status_code, refused.error["code"]) == (503, "guard_unavailable")


@pytest.mark.parametrize("parallel", [False, True])
async def test_who_may_not_have_the_model_asked_is_told_why(parallel):
    class Limit:
        metadata = PluginMetadata(name="limit", capabilities={PluginCapability.MIDDLEWARE})

        @hookimpl
        def llm_pre_call(self, call):
            if call.origin:
                raise Reject(429, "too many", "limited", {"retry-after": "3600"})

    async with harness(Limit(), parallel=parallel) as host:
        refused = await host.llm_call("hello")
        assert (refused.status_code, refused.error["code"]) == (429, "limited")
        assert refused.error["message"] == "too many"
        assert refused.http.headers["retry-after"] == "3600"
    async with harness(Limit(), parallel=parallel, on_error="allow") as host:
        assert (await host.llm_call("hello")).status_code == 200


async def test_a_model_that_is_too_late_is_not_waited_for():
    async def slow(asked):
        await asyncio.sleep(600)
        return "safe"

    async with harness(timeout=5) as host:
        host.llm.default = slow
        call = asyncio.ensure_future(host.llm_call("hello"))
        await asyncio.sleep(0.01)
        await host.advance_time(6)
        assert (await call).status_code == 503


@pytest.mark.parametrize("stream", [False, True])
async def test_in_parallel_the_model_works_meanwhile_and_nothing_leaves_before_the_verdict(stream):
    released = asyncio.Event()

    async def when_released(asked):
        await released.wait()
        return guard(asked)

    async with harness(parallel=True, direction="in") as host:
        host.llm.default = when_released
        for text, status in (("bad", 403), ("good", 200)):
            released.clear()
            host.upstream.requests.clear()
            call = asyncio.ensure_future(host.llm_call(text, stream=stream))
            while not host.upstream.requests:
                await asyncio.sleep(0.001)
            assert not call.done()
            released.set()
            result = await call
            assert (result.error is None) is (status == 200)
            assert (result.text == text) is (status == 200)
        embedding = await host.llm_call("bad embedding", api="embedding")
        assert embedding.status_code == 403


async def test_in_parallel_a_call_that_fails_leaves_no_question_behind():
    going = []

    async def for_ever(asked):
        going.append(asked)
        try:
            await asyncio.sleep(600)
        finally:
            going.remove(asked)
        return "safe"

    async with harness(parallel=True, timeout=600) as host:
        host.llm.default = for_ever
        assert (await host.llm_call("hello", answer=UpstreamFailure(400))).status_code == 400
        await asyncio.sleep(0.01)
        assert going == []


async def test_answers_are_shown_with_what_was_said_before_them():
    async with harness(context_messages=2, direction="out") as host:
        conversation = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]
        asked = [*conversation, {"role": "user", "content": "three"}]
        assert (await host.llm_call(asked, answer="four")).status_code == 200
        (request,) = host.llm.requests
        assert [message["content"] for message in request.messages] == [
            "(nothing was said before)",
            "two",
            "three",
            "four",
        ]


async def test_traffic_of_tools_and_agents_is_judged_both_ways():
    plugin, context = LLMGuard(), MockPluginContext(Config())
    context.llm.default = guard
    call, good, bad = RemoteCall.mock(), {"a": ["good", 7]}, {"a": [{"b": "very bad"}]}
    for hook in (plugin.tool_pre_call, plugin.tool_post_call, plugin.agent_pre_call, plugin.agent_post_call):
        assert await hook(call, good, context) is None
        with pytest.raises(Reject):
            await hook(call, bad, context)
    assert len(context.llm.requests) == 2  # each text once, whoever says it
    assert context.metrics.value("judgements", of="tool result", outcome="blocked") == 1


@pytest.mark.parametrize(
    ("config", "unused"),
    [
        ({}, set()),
        ({"direction": "in"}, {"tool_post_call", "agent_post_call", "llm_stream_window", "llm_success", "llm_failure"}),
        ({"direction": "in", "parallel": True}, {"tool_post_call", "agent_post_call"}),
        ({"direction": "out"}, {"tool_pre_call", "agent_pre_call", "llm_pre_call", "llm_success", "llm_failure"}),
        ({"direction": "out", "context_messages": 1}, {"tool_pre_call", "agent_pre_call"}),
    ],
)
def test_what_has_nothing_to_do_is_not_called(config, unused):
    assert adapt(Config(**config)).unused_hooks == unused


async def test_what_plugins_ask_is_not_judged():
    class Asker:
        metadata = PluginMetadata(name="asker", capabilities={PluginCapability.MIDDLEWARE}, priority=1)

        @hookimpl
        async def llm_pre_call(self, context):
            await context.llm.chat("mock-model", [{"role": "user", "content": "a bad question"}])

    async with harness(Asker()) as host:
        assert (await host.llm_call("hello")).status_code == 200
