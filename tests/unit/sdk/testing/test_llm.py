"""`context.llm` as a test scripts it."""

import pytest
from routeiq_plugin_sdk import LLMError, LLMResponse, ToolCall
from routeiq_plugin_sdk.testing import MockPluginContext, UpstreamAnswer, UpstreamFailure

ASKED = [{"role": "user", "content": "hello you"}]


async def test_it_echoes_until_a_test_says_otherwise():
    llm = MockPluginContext().llm
    assert (await llm.chat("m", ASKED)).text == "hello you"
    assert (await llm.chat("m", [])).text == ""
    tools = (ToolCall(0, "c", "f", "{}"),)
    llm.script("no", LLMResponse("x"), UpstreamAnswer(pieces=("a", "b"), tool_calls=tools), lambda asked: asked.model)
    assert [(await llm.chat("m", ASKED, max_tokens=1)).text for _ in range(4)] == ["no", "x", "ab", "m"]
    assert llm.requests[2].body == {"model": "m", "messages": ASKED, "max_tokens": 1}
    llm.script(UpstreamAnswer("", tool_calls=tools))
    assert (await llm.chat("m", ASKED)).finish_reason == "tool_calls"


async def test_a_scripted_failure_is_the_error_that_plugins_catch():
    llm = MockPluginContext().llm
    llm.script(UpstreamFailure(429, "later", "busy"), UpstreamFailure(0, "away"))
    with pytest.raises(LLMError) as caught:
        await llm.chat("m", ASKED)
    assert (caught.value.status_code, caught.value.message, caught.value.code) == (429, "later", "busy")
    with pytest.raises(LLMError) as caught:
        await llm.embed("m", ["a"])
    assert caught.value.status_code == 502


async def test_vectors_are_scripted_or_depend_on_the_words():
    llm = MockPluginContext().llm
    same, other, third = await llm.embed("m", ["big cat", "cat big", "dog"])
    assert same == pytest.approx(other)
    assert same != pytest.approx(third)
    assert await llm.embed("m", []) == ()
    llm.script(UpstreamAnswer(embeddings=[[1.0, 0.0]]))
    assert await llm.embed("m", ["a"]) == [[1.0, 0.0]]


async def test_misuse_is_an_error_as_in_the_host():
    llm = MockPluginContext().llm
    with pytest.raises(TypeError, match="stream"):
        await llm.chat("m", ASKED, stream=True)
    with pytest.raises(TypeError, match="several texts"):
        await llm.embed("m", "a")
