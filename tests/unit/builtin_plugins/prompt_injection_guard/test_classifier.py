"""A model's opinion."""

import asyncio

import pytest
from routeiq_plugin_sdk.testing import ScriptedLLM, UpstreamFailure

from routeiq_builtin_plugins.prompt_injection_guard.classifier import is_injection
from routeiq_builtin_plugins.prompt_injection_guard.config import Classifier

SETTINGS = Classifier(model="judge", max_characters=100, timeout=0.05)


@pytest.mark.parametrize(
    ("answer", "opinion"),
    [("YES", True), (" yes.\n", True), ("No", False), ("Maybe", None), ("", None), (UpstreamFailure(503), None)],
)
async def test_it_says_yes_or_no_or_nothing(answer, opinion):
    llm = ScriptedLLM()
    llm.script(answer)
    assert await is_injection(llm, SETTINGS, "a text") is opinion


async def test_a_model_that_takes_too_long_says_nothing():
    class Slow:
        async def chat(self, model, messages, **parameters):
            await asyncio.sleep(30)

    assert await is_injection(Slow(), SETTINGS, "a text") is None


async def test_the_text_stands_between_marks_that_it_cannot_know_and_is_cut():
    llm = ScriptedLLM()
    llm.default = "NO"
    for _ in range(2):
        await is_injection(llm, SETTINGS, "begin" + "x" * 500 + "end")
    one, other = (request.body["messages"] for request in llm.requests)
    mark = one[1]["content"].splitlines()[0]
    assert mark in one[0]["content"]
    assert mark not in other[1]["content"]
    assert len(one[1]["content"]) < 220
    assert "begin" in one[1]["content"]
    assert "xend" in one[1]["content"]
