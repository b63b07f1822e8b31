"""Streams as LiteLLM's callers know them."""

import dataclasses

import pytest
from routeiq_plugin_sdk import LLMResponse, Reject, Usage

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")


def failing_after(count, exception):
    """Return a stream chunk hook that raises at the chunk of that number."""
    seen = []

    def llm_stream_chunk(chunk):
        seen.append(chunk)
        if len(seen) > count:
            raise exception

    return llm_stream_chunk


async def test_it_is_litellms_own_kind_of_stream_with_its_attributes(recorder, installed, call):
    async with installed(recorder):
        stream = await litellm.acompletion(**call, stream=True)
        assert isinstance(stream, litellm.CustomStreamWrapper)
        assert stream.model == "gpt-4o-mini"
        assert stream._hidden_params
        with pytest.raises(AttributeError, match="no_such"):
            stream.no_such
        chunks = [chunk async for chunk in stream]
        built = litellm.stream_chunk_builder(chunks)
    assert built.choices[0].message.content == "one two three"
    assert all(type(chunk) is litellm.ModelResponseStream for chunk in chunks)


async def test_unchanged_chunks_are_litellms_very_objects(plugin, installed, call, monkeypatch):
    built = []
    monkeypatch.setattr(litellm, "ModelResponseStream", built.append)
    async with installed(plugin(llm_stream_chunk=lambda chunk: None)):
        assert [chunk async for chunk in await litellm.acompletion(**call, stream=True)]
    assert built == []


async def test_a_plugins_answer_is_a_stream_of_chat_chunks(plugin, installed, call):
    answering = plugin(llm_pre_call=lambda call: LLMResponse("cached", usage=Usage(1, 2, 3)))
    async with installed(answering):
        stream = await litellm.acompletion(**call, stream=True, stream_options={"include_usage": True})
        assert stream._hidden_params == {}
        chunks = [chunk async for chunk in stream]
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "cached"
        assert chunks[-1].usage.total_tokens == 3
        without = [chunk async for chunk in await litellm.acompletion(**call, stream=True)]
        assert not any(getattr(chunk, "usage", None) for chunk in without)


async def test_a_rejected_stream_raises_and_the_call_fails_once(plugin, recorder, installed, call):
    stopping = plugin(llm_stream_chunk=failing_after(1, Reject(400, "enough", "policy")))
    async with installed(stopping, recorder):
        stream = await litellm.acompletion(**call, stream=True)
        assert (await anext(stream)).choices[0].delta.content
        with pytest.raises(litellm.BadRequestError, match="enough"):
            await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    assert recorder.hooks()[-1] == "llm_failure"
    assert recorder.hooks().count("llm_failure") == 1


async def test_swallowed_chunks_are_not_there(plugin, installed, call):
    def llm_stream_chunk(chunk):
        return dataclasses.replace(chunk, text="") if chunk.kind == "text" else None

    async with installed(plugin(llm_stream_chunk=llm_stream_chunk)):
        chunks = [chunk async for chunk in await litellm.acompletion(**call, stream=True)]
    assert [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content] == []
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_synchronous_stream_is_closed_by_hand(recorder, call):
    from routeiq.adapters.litellm import LiteLLMAdapter
    from routeiq.core.manager import PluginManager
    from routeiq.core.settings import ManagerSettings

    manager = PluginManager(ManagerSettings())
    manager.register(recorder)
    adapter = LiteLLMAdapter(manager)
    adapter.install()
    try:
        stream = litellm.completion(**call, stream=True)
        assert isinstance(stream, litellm.CustomStreamWrapper)
        next(stream)
        stream.close()
        stream.close()
        assert list(stream) == []
    finally:
        adapter.uninstall()
    assert recorder.hooks().count("llm_success") == 1
    assert recorder.seen[0][1].aborted
