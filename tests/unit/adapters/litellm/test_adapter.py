"""Plugins in LiteLLM: installing and uninstalling, in scripts and in programs with a loop of their own."""

import asyncio
import sys
import threading
import types

import pytest
from routeiq_plugin_sdk import EvaluationPolicy, EvaluationResult, PluginCapability, PluginMetadata, hookimpl

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm import LiteLLMAdapter  # noqa: E402
from routeiq.core.manager import PluginManager  # noqa: E402
from routeiq.core.outbound import OutboundSettings  # noqa: E402
from routeiq.core.settings import ManagerSettings  # noqa: E402

ONCE = ["pre_routing", "llm_pre_call", "post_routing", "llm_success"]


def callbacks():
    return {
        name: list(value) for name, value in vars(litellm).items() if "callback" in name and isinstance(value, list)
    }


def test_uninstall_leaves_litellm_as_it_was(recorder):
    manager = PluginManager(ManagerSettings())
    manager.register(recorder)
    names = ("completion", "acompletion", "text_completion", "aembedding", "responses", "anthropic_messages")
    before = [getattr(litellm, name) for name in names], dict(vars(litellm.Router)), callbacks()
    adapter = LiteLLMAdapter(manager)
    adapter.install()
    assert litellm.acompletion is not before[0][1]
    adapter.uninstall()
    adapter.uninstall()
    assert ([getattr(litellm, name) for name in names], dict(vars(litellm.Router)), callbacks()) == before
    assert not manager.running


def test_a_script_needs_one_line(recorder, call):
    manager = PluginManager(ManagerSettings())
    manager.register(recorder)
    LiteLLMAdapter(manager).install()
    adapter = LiteLLMAdapter(PluginManager(ManagerSettings()))  # one without plugins does not matter
    try:
        adapter.install()
        assert litellm.completion(**call).choices[0].message.content == "one two three"
    finally:
        adapter.uninstall()
        for one in litellm.acompletion.routeiq_interception.adapters:
            one.uninstall()
    assert recorder.hooks() == ONCE
    assert not hasattr(litellm.acompletion, "routeiq_interception")


async def test_installing_twice_fires_once(recorder, installed, call):
    async with installed(recorder) as adapter:
        adapter.install()
        await litellm.acompletion(**call)
    assert recorder.hooks() == ONCE


async def test_managers_side_by_side_each_see_the_call_once(recorders, call):
    managers = [PluginManager(ManagerSettings()) for _ in range(2)]
    seen = [recorders(), recorders()]
    for manager, recorder in zip(managers, seen, strict=True):
        manager.register(recorder)
    async with managers[0], managers[1]:
        adapters = [LiteLLMAdapter(manager) for manager in managers]
        for adapter in adapters:
            adapter.install()
        try:
            await litellm.acompletion(**call)
            router = litellm.Router(model_list=[{"model_name": "g", "litellm_params": {**call, "messages": None}}])
            await router.acompletion(model="g", messages=call["messages"])
            adapters[0].uninstall()
            await litellm.acompletion(**call)
        finally:
            for adapter in adapters:
                adapter.uninstall()
    assert seen[0].hooks() == ONCE * 2
    assert seen[1].hooks() == ONCE * 3


async def test_names_imported_before_the_install_are_covered_and_given_back(recorder, installed, call, monkeypatch):
    module = types.ModuleType("an_application")
    module.acompletion = original = litellm.acompletion
    monkeypatch.setitem(sys.modules, "an_application", module)
    async with installed(recorder):
        await module.acompletion(**call)
        kept = module.acompletion
    assert recorder.hooks() == ONCE
    assert module.acompletion is original
    await kept(**call)  # who kept the name calls LiteLLM all the same
    assert recorder.hooks() == ONCE


async def test_names_kept_where_no_module_has_them_fire_once_or_not_at_all(recorder, installed, call):
    class Application:
        complete = staticmethod(litellm.acompletion)

    async with installed(recorder):
        await Application.complete(**call)
    # Covered where the function that was kept calls another one of LiteLLM's that is replaced.
    assert recorder.hooks() in (ONCE, [])


async def test_hooks_run_in_the_callers_loop_and_those_of_synchronous_calls_in_the_adapters_thread(
    plugin, installed, call
):
    threads = []
    async with installed(plugin(llm_pre_call=lambda call: threads.append(threading.current_thread()))) as adapter:
        await litellm.acompletion(**call)
        await asyncio.to_thread(litellm.completion, **call)
        litellm.completion(**call)
        assert not adapter.hooks.is_current
    assert threads[0] is threading.main_thread()
    assert threads[1] is threads[2] is not threading.main_thread()


async def test_a_plugin_may_call_litellm_itself(plugin, installed, call):
    calls = []

    async def llm_pre_call(call, kwargs):
        calls.append(call.model)
        answer = await litellm.acompletion(model="openai/judge", api_key="k", messages=[], mock_response="fine")
        return {"user": answer.choices[0].message.content}

    async with installed(plugin(llm_pre_call=llm_pre_call)):
        await litellm.acompletion(**call)
    assert calls == ["openai/gpt-4o-mini"]


async def test_calls_of_litellms_own_are_part_of_the_call_that_makes_them(recorder, installed, call):
    failing = {**call, "mock_response": RuntimeError("down")}
    async with installed(recorder):
        with pytest.raises(Exception, match="down"):
            await litellm.acompletion(**failing, fallbacks=["openai/gpt-4o"])
    assert recorder.hooks() == [*ONCE[:3], "llm_failure"]


async def test_plugins_have_an_http_client_in_either_loop_and_leave_nothing_in_the_adapters(plugin, call):
    peers = []

    async def serve(reader, writer):
        peers.append(writer)
        while await reader.readline() not in (b"\r\n", b""):
            pass
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.read()
        writer.close()
        peers.remove(writer)

    async def llm_pre_call(call, context):
        answers.append((await context.http.get(f"http://127.0.0.1:{port}/")).text)

    answers = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    manager = PluginManager(ManagerSettings(outbound=OutboundSettings(allow=("127.0.0.1",))))
    manager.register(plugin(llm_pre_call=llm_pre_call))
    adapter = LiteLLMAdapter(manager)
    async with manager:
        adapter.install()
        await litellm.acompletion(**call)
        await asyncio.to_thread(litellm.completion, **call)
        assert answers == ["ok", "ok"]
        await asyncio.to_thread(adapter.uninstall)
        await until(lambda: len(peers) == 1)
    await until(lambda: not peers)
    server.close()


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_calls_are_told_as_events_also_where_no_plugin_has_a_hook(plugin, installed, call):
    events = []
    async with installed(plugin()) as adapter:
        subscription = adapter.manager.events.subscribe("llm.*", events.append)
        await litellm.acompletion(**call)
        await asyncio.to_thread(lambda: list(litellm.completion(**call, stream=True)))
        await until(lambda: len(events) == 4)
        subscription.cancel()
        await litellm.acompletion(**call)
    whole, streamed = events[1].data, events[3].data
    assert [event.name.rpartition(".")[2] for event in events] == ["started", "completed"] * 2
    assert (whole["model"], whole["provider"], whole["stream"]) == ("openai/gpt-4o-mini", "openai", False)
    assert whole["usage"]["completion_tokens"] > 0
    assert streamed["stream"] is True


class Judge:
    """Keeps what it judges, and says how many calls are evaluated: all."""

    metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

    def __init__(self):
        self.judged = []

    @hookimpl
    def register_evaluation_policy(self):
        return EvaluationPolicy()

    @hookimpl
    async def evaluate(self, invocation):
        self.judged.append(invocation)
        return EvaluationResult(1, "passed")


async def test_calls_are_evaluated_whether_they_are_awaited_or_not(installed, call):
    judge = Judge()
    async with installed(judge):
        await litellm.acompletion(**call)
        stream = await litellm.acompletion(**call, stream=True)
        assert [part async for part in stream]
        await asyncio.to_thread(litellm.completion, **call)
        async with asyncio.timeout(10):
            while len(judge.judged) < 3:
                await asyncio.sleep(0.01)
    assert [(one.output.text, one.input, one.error) for one in judge.judged] == [
        ("one two three", call["messages"], None)
    ] * 3


def test_calls_of_a_script_are_evaluated(call):
    judge, manager = Judge(), PluginManager(ManagerSettings())
    manager.register(judge)
    adapter = LiteLLMAdapter(manager)
    adapter.install()
    try:
        litellm.completion(**call)
    finally:
        adapter.uninstall()
    assert [one.output.text for one in judge.judged] == ["one two three"]
