"""One call of LiteLLM: every hook once, in the SDK and in the Router, whole and streamed, whatever becomes of it."""

import asyncio
import dataclasses

import pytest
from routeiq_plugin_sdk import LLMResponse, PluginRequest, Reject, Usage

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from tests.fakes.tracer import Noted, NotingTracer  # noqa: E402

from routeiq.core.attempts import AttemptError  # noqa: E402
from routeiq.core.logging import Activity, current_activity  # noqa: E402

ONCE = ["pre_routing", "llm_pre_call", "post_routing", "llm_success"]
TEXT = "one two three"


def text(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


async def read(stream):
    return text([chunk async for chunk in stream])


def router(call, **settings):
    params = {name: value for name, value in call.items() if name != "messages"}
    return litellm.Router(model_list=[{"model_name": "group", "litellm_params": params}], **settings)


async def sdk(call):
    return (await litellm.acompletion(**call)).choices[0].message.content


async def sdk_streamed(call):
    return await read(await litellm.acompletion(**call, stream=True))


async def sdk_sync(call):
    return (await asyncio.to_thread(litellm.completion, **call)).choices[0].message.content


async def sdk_sync_streamed(call):
    return await asyncio.to_thread(lambda: text(litellm.completion(**call, stream=True)))


async def sdk_sync_in_a_loop(call):
    return litellm.completion(**call).choices[0].message.content


async def routed(call):
    return (await router(call).acompletion(model="group", messages=call["messages"])).choices[0].message.content


async def routed_streamed(call):
    return await read(await router(call).acompletion("group", call["messages"], stream=True))


async def routed_sync(call):
    answer = await asyncio.to_thread(router(call).completion, model="group", messages=call["messages"])
    return answer.choices[0].message.content


async def routed_sync_streamed(call):
    ask = router(call).completion
    return await asyncio.to_thread(lambda: text(ask(model="group", messages=call["messages"], stream=True)))


async def routed_sync_in_a_loop(call):
    return router(call).completion(model="group", messages=call["messages"]).choices[0].message.content


SDK = [sdk, sdk_streamed, sdk_sync, sdk_sync_streamed, sdk_sync_in_a_loop]
ROUTER = [routed, routed_streamed, routed_sync, routed_sync_streamed, routed_sync_in_a_loop]
EVERYWHERE = pytest.mark.parametrize("make", [*SDK, *ROUTER], ids=lambda one: one.__name__)


@EVERYWHERE
async def test_each_event_exactly_once(make, recorder, installed, call):
    async with installed(recorder):
        assert await make(call) == TEXT
    assert recorder.hooks() == ONCE
    calls = {id(entry[1]) for entry in recorder.seen}
    assert len(calls) == 1
    seen = recorder.seen[0][1]
    assert (seen.api, seen.stream, seen.request, seen.attempts) == ("chat", "streamed" in make.__name__, None, 1)
    response = recorder.seen[-1][2]
    assert response.text == TEXT
    assert response.usage.completion_tokens > 0
    assert response.cost > 0


@EVERYWHERE
async def test_a_plugins_answer_ends_the_call(make, recorder, plugin, installed, call):
    answering = plugin("answering", llm_pre_call=lambda call: LLMResponse("a cached answer", usage=Usage(1, 2, 3)))
    async with installed(answering, recorder):
        assert await make(call) == "a cached answer"
    assert recorder.hooks() == ["pre_routing", "llm_success"]
    assert recorder.seen[0][1].answered_by == "answering"


@EVERYWHERE
async def test_a_rejection_reaches_the_caller_as_litellms_own_exception(make, recorder, plugin, installed, call):
    def llm_pre_call(call):
        raise Reject(429, "too much", "quota", {"retry-after": "7"})

    async with installed(plugin(llm_pre_call=llm_pre_call), recorder):
        with pytest.raises(litellm.RateLimitError, match="too much") as caught:
            await make(call)
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.code == "quota"
    assert recorder.hooks() == ["pre_routing", "llm_failure"]


@EVERYWHERE
async def test_overrides_are_what_litellm_is_called_with(make, plugin, installed, call):
    async with installed(plugin(llm_pre_call=lambda call: {"mock_response": "overridden", "temperature": 0.5})):
        assert await make(call) == "overridden"


@EVERYWHERE
async def test_stream_chunks_can_be_replaced(make, plugin, installed, call):
    def llm_stream_chunk(chunk):
        return dataclasses.replace(chunk, text=chunk.text.upper()) if chunk.text else None

    async with installed(plugin(llm_stream_chunk=llm_stream_chunk)):
        assert await make(call) == (TEXT.upper() if "streamed" in make.__name__ else TEXT)


@EVERYWHERE
@pytest.mark.parametrize("mode", ["continue", "abort", "quarantine"])
async def test_a_plugin_that_raises_in_every_phase(make, mode, recorder, plugin, installed, call):
    def broken():
        def hook(call):
            raise RuntimeError("a plugin's own fault")

        return hook

    phases = ("pre_routing", "llm_pre_call", "post_routing", "llm_stream_chunk", "llm_success", "llm_failure")
    one = plugin("broken", **{phase: broken() for phase in phases})
    one.metadata = one.metadata.model_copy(update={"failure_mode": mode})
    async with installed(recorder, one):
        if mode == "abort":
            with pytest.raises(litellm.InternalServerError, match="plugin"):
                await make(call)
        else:
            assert await make(call) == TEXT
    assert [hook for hook in recorder.hooks() if hook in ("llm_success", "llm_failure")] == [
        "llm_failure" if mode == "abort" else "llm_success"
    ]


async def test_a_stream_closed_early_is_a_success_with_what_was_read(recorder, installed, call):
    async with installed(recorder):
        stream = await litellm.acompletion(**call, stream=True)
        first = await anext(stream)
        await stream.aclose()
        await stream.aclose()
        assert [chunk async for chunk in stream] == []
    assert recorder.hooks() == ONCE
    assert recorder.seen[-1][2].text == first.choices[0].delta.content
    assert recorder.seen[0][1].aborted


async def test_a_stream_that_nobody_reads_ends_all_the_same(recorder, installed, call):
    async with installed(recorder):
        stream = await litellm.acompletion(**call, stream=True)
        await stream.aclose()
        assert recorder.hooks() == ONCE
        stream = await litellm.acompletion(**call, stream=True)
        del stream
        await asyncio.sleep(0.01)
        assert recorder.hooks() == ONCE * 2


async def test_an_abandoned_synchronous_stream_ends_when_it_is_finalised(recorder, installed, call):
    def abandon():
        stream = litellm.completion(**call, stream=True)
        next(stream)

    async with installed(recorder):
        await asyncio.to_thread(abandon)
        for _ in range(100):
            if "llm_success" in recorder.hooks():
                break
            await asyncio.sleep(0.01)
    assert recorder.hooks() == ONCE


async def test_a_cancelled_call_is_a_failure(recorder, installed, call):
    async with installed(recorder):
        task = asyncio.create_task(litellm.acompletion(**call, mock_delay=30))
        while "post_routing" not in recorder.hooks():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert recorder.hooks()[-1] == "llm_failure"
    assert isinstance(recorder.seen[-1][2], asyncio.CancelledError)


@pytest.mark.parametrize("make", SDK, ids=lambda one: one.__name__)
async def test_the_sdk_fails_once_with_its_own_exception(make, recorder, installed, call):
    failing = {**call, "mock_response": "litellm.RateLimitError"}
    async with installed(recorder):
        with pytest.raises(litellm.RateLimitError):
            await make(failing)
    assert recorder.hooks() == ["pre_routing", "llm_pre_call", "post_routing", "llm_failure"]
    error = recorder.seen[-1][2]
    assert isinstance(error, AttemptError)
    assert error.status_code == 429
    assert isinstance(error.__cause__, litellm.RateLimitError)


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_router_fails_once_though_each_attempt_is_seen(asynchronous, recorder, installed, call):
    failing = router({**call, "mock_response": Exception("down")}, num_retries=2, retry_after=0)
    async with installed(recorder):
        with pytest.raises(litellm.InternalServerError, match="down"):
            if asynchronous:
                await failing.acompletion(model="group", messages=call["messages"])
            else:
                await asyncio.to_thread(failing.completion, model="group", messages=call["messages"])
    assert recorder.hooks() == ["pre_routing", "llm_pre_call", *["post_routing"] * 3, "llm_failure"]
    assert recorder.seen[0][1].attempts == 3


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize(("decision", "attempts"), [("stop", 1), ("retry", 3), ("fallback", 3), (None, 3)])
async def test_attempt_failed_decides_within_the_routers_limits(
    decision, attempts, asynchronous, recorder, plugin, installed, call
):
    failing = router({**call, "mock_response": Exception("down")}, num_retries=2, retry_after=0)
    asked = []

    def attempt_failed(exception, attempt):
        asked.append((attempt, exception.status_code))
        return decision

    async with installed(recorder, plugin(attempt_failed=attempt_failed)):
        with pytest.raises(litellm.InternalServerError, match="down"):
            if asynchronous:
                await failing.acompletion(model="group", messages=call["messages"])
            else:
                await asyncio.to_thread(failing.completion, model="group", messages=call["messages"])
    assert recorder.hooks().count("post_routing") == attempts
    assert recorder.hooks().count("llm_failure") == 1
    assert asked == [(number, 500) for number in range(1, attempts + 1)]


async def test_a_router_falls_back_and_the_call_is_one(recorder, installed, call):
    params = {name: value for name, value in call.items() if name != "messages"}
    models = [
        {"model_name": "first", "litellm_params": {**params, "mock_response": Exception("down")}},
        {"model_name": "second", "litellm_params": params, "model_info": {"id": "the-second"}},
    ]
    falling = litellm.Router(model_list=models, fallbacks=[{"first": ["second"]}], num_retries=0)
    async with installed(recorder):
        await falling.acompletion(model="first", messages=call["messages"])
    assert recorder.hooks() == ["pre_routing", "llm_pre_call", "post_routing", "post_routing", "llm_success"]
    assert recorder.seen[3][2].name == "the-second"
    assert recorder.seen[3][2].model == "second"


async def test_pre_routing_sees_the_routers_deployments_and_chooses_one(recorder, plugin, installed, call):
    params = {name: value for name, value in call.items() if name != "messages"}
    models = [
        {"model_name": "group", "litellm_params": {**params, "mock_response": name}, "model_info": {"id": name}}
        for name in ("left", "right")
    ]
    one = litellm.Router(model_list=models)
    offered = []

    def pre_routing(models):
        offered.append(sorted(deployment.name for deployment in models))
        return "right"

    async with installed(recorder, plugin(pre_routing=pre_routing)):
        for _ in range(5):
            answer = await one.acompletion(model="group", messages=call["messages"])
            assert answer.choices[0].message.content == "right"
    assert offered == [["left", "right"]] * 5
    assert {entry[2].name for entry in recorder.seen if entry[0] == "post_routing"} == {"right"}


async def test_routers_made_before_the_install_are_covered_but_for_what_they_made_themselves(recorder, installed, call):
    before = router(call)
    async with installed(recorder):
        await before.acompletion(model="group", messages=call["messages"])
        assert recorder.hooks() == ONCE
        await before.aresponses(model="group", input="x")  # this one is attempts only: no part of a Router's call
        assert recorder.hooks()[len(ONCE) :] in ([], ONCE)
        await router(call).aresponses(model="group", input="x")
    assert [entry[1].api for entry in recorder.seen[-4:]] == ["responses"] * 4
    assert recorder.hooks()[-4:] == ONCE


async def test_the_other_apis(recorder, installed, call):
    key = {"api_key": "k"}
    async with installed(recorder):
        await litellm.aembedding(model="text-embedding-3-small", input="hi", mock_response=[[1.0]], **key)
        await asyncio.to_thread(
            litellm.embedding, model="text-embedding-3-small", input=["hi"], mock_response=[[1.0]], **key
        )
        completion = {"model": "gpt-3.5-turbo-instruct", "prompt": "hi", "mock_response": "hello", **key}
        await litellm.atext_completion(**completion)
        assert [chunk async for chunk in await litellm.atext_completion(**completion, stream=True)]
        await asyncio.to_thread(litellm.text_completion, **completion)
        await litellm.aresponses(model="openai/gpt-4o-mini", input="hi", mock_response="hello", **key)
        await asyncio.to_thread(litellm.responses, "hi", "openai/gpt-4o-mini", mock_response="hello", **key)
    assert recorder.hooks() == ONCE * 7
    apis = [entry[1].api for entry in recorder.seen[::4]]
    assert apis == ["embedding"] * 2 + ["completion"] * 3 + ["responses"] * 2
    assert [entry[3] for entry in recorder.seen if entry[0] == "llm_pre_call"] == [
        [{"role": "user", "content": "hi"}]
    ] * 7
    assert [entry[2].text for entry in recorder.seen if entry[0] == "llm_success"] == [""] * 2 + ["hello"] * 5


async def test_a_call_inside_a_request_is_that_requests(recorder, installed, call):
    outer = Activity("request-1")
    outer.request = PluginRequest.mock()
    async with installed(recorder) as adapter:
        outer.plans = adapter.manager.plans
        token = current_activity.set(outer)
        try:
            await litellm.acompletion(**call)
        finally:
            current_activity.reset(token)
    assert recorder.seen[0][1].request is outer.request


@EVERYWHERE
async def test_a_tracer_is_told_of_calls_that_no_plugin_looks_at(make, installed, call):
    tracer = NotingTracer(wants_answers=True)
    async with installed() as adapter:
        adapter.manager.add_tracer(tracer)
        assert await make(call) == TEXT
    assert [told for told in tracer.told if told != "first piece"] == [f"begin call {tracer.model}", "end call"]
    ((response, error),) = tracer.ends
    assert (response.text, error) == (TEXT, None)


async def test_hooks_of_a_call_inside_a_request_are_told_to_the_requests_trace(recorder, installed, call):
    tracer = NotingTracer()
    async with installed(recorder) as adapter:
        adapter.manager.add_tracer(tracer)
        outer = Activity("request-1")
        outer.request = PluginRequest.mock()
        for plans, traces in ((adapter.manager.plans, 0), (None, 1)):
            outer.plans, outer.trace = plans, Noted()
            token = current_activity.set(outer)
            try:
                await litellm.acompletion(**call)
            finally:
                current_activity.reset(token)
            assert [hook for hook, _, _ in outer.trace.hooks] == (ONCE if plans is not None else [])
            assert len(tracer.traces) == traces


async def test_five_hundred_streams_at_once(recorder, installed, call):
    async with installed(recorder):
        texts = await asyncio.gather(*(sdk_streamed(call) for _ in range(500)))
    assert set(texts) == {TEXT}
    assert {hook: recorder.hooks().count(hook) for hook in ONCE} == dict.fromkeys(ONCE, 500)


class TestScopes:
    """Plugins narrowed by scopes: the model is known at once, path and headers only within a request."""

    HOOKS = ("pre_routing", "llm_pre_call", "llm_stream_chunk", "llm_success")

    def noting(self, plugin):
        calls = []

        def hook(name):
            def noted(context):
                calls.append((context.plugin, name))

            return noted

        return plugin("p", **{name: hook(name) for name in self.HOOKS}), calls

    @pytest.mark.parametrize("ask", [sdk, sdk_streamed, sdk_sync, sdk_sync_streamed, routed, routed_streamed])
    async def test_the_model_decides_from_the_beginning_of_a_call(self, installed, plugin, call, ask):
        one, calls = self.noting(plugin)
        scopes = {
            "p_gpt": {"when": {"model": ["*gpt-4o*", "group"]}},
            "p_other": {"when": {"model": "claude*"}},
            "p_path": {"when": {"path": "*"}},
            "p_key": {"when": {"key": "*", "model": "*"}},
        }
        async with installed(one, **scopes):
            assert (await ask(call)).strip() == TEXT
            # The end of a synchronous stream comes from another thread.
            async with asyncio.timeout(5):
                while ("p#gpt", "llm_success") not in calls:
                    await asyncio.sleep(0.005)
        assert {name for name, _ in calls} == {"p#gpt"}
        seen = list(dict.fromkeys(hook for _, hook in calls))
        assert seen == [hook for hook in self.HOOKS if hook in seen]
        assert ("llm_stream_chunk" in seen) is ("stream" in ask.__name__)

    async def test_a_call_that_nobody_is_narrowed_to_passes(self, installed, plugin, call):
        one, calls = self.noting(plugin)
        async with installed(one, p_a={"when": {"model": "claude*"}}):
            assert await sdk(call) == TEXT
        assert calls == []

    async def test_within_a_request_its_path_counts_and_its_rest_goes_by_the_first_call(self, installed, plugin, call):
        one, calls = self.noting(plugin)
        scopes = {
            "p_path": {"when": {"path": "/v1/*"}},
            "p_other": {"when": {"path": "/x"}},
            "p_gpt": {"when": {"model": "*gpt-4o*"}},
            "p_mini": {"when": {"model": "openai/gpt-5"}},
        }
        async with installed(one, **scopes) as adapter:
            request = PluginRequest.mock("POST", "/v1/chat/completions")
            outer = Activity("r")
            outer.request = request
            scopes = adapter.manager.plans.scopes
            outer.plans = scopes.identified(scopes.at_entry(request), request)
            token = current_activity.set(outer)
            try:
                await sdk(call)
                first = outer.plans
                assert {name for name, _ in calls} == {"p#path", "p#gpt"}
                calls.clear()
                await sdk({**call, "model": "openai/gpt-5"})
            finally:
                current_activity.reset(token)
            assert {name for name, _ in calls} == {"p#path", "p#mini"}
            assert outer.plans is first
            assert first.llm_success.plugins == ("p#path", "p#gpt")

    async def test_a_request_of_another_manager_is_judged_by_this_ones_scopes(self, installed, plugin, call):
        one, calls = self.noting(plugin)
        async with installed(one, p_path={"when": {"path": "/v1/*"}}):
            outer = Activity("r")
            outer.request = PluginRequest.mock("POST", "/v1/chat/completions")
            token = current_activity.set(outer)
            try:
                await sdk(call)
            finally:
                current_activity.reset(token)
        assert {name for name, _ in calls} == {"p#path"}
        assert outer.plans is None

    async def test_conditions_over_the_call_are_asked_and_those_over_requests_do_not_hold(
        self, installed, plugin, call
    ):
        pytest.importorskip("cel", reason="needs routeiq[cel]")
        one, calls = self.noting(plugin)
        scopes = {
            "p_stream": {"when": {"condition": "stream"}},
            "p_whole": {"when": {"condition": "!stream && model.contains('gpt')"}},
            "p_request": {"when": {"condition": "request.path == '' || !stream"}},
        }
        async with installed(one, **scopes):
            await sdk(call)
        assert {name for name, _ in calls} == {"p#whole"}
