"""Texts of calls through one function and back, and what guards are made of once for each configuration."""

import threading
from types import SimpleNamespace

import pytest
from routeiq_plugin_sdk import LLMCall, Reject, WindowText
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins import edits
from routeiq_builtin_plugins.edits import Refused, edited, edited_messages, edited_value, made_of, place_of, window_for
from routeiq_builtin_plugins.matching import Matcher, Pattern, regexp

CONFIG = SimpleNamespace(status_code=451, message="Not here.")


@pytest.fixture
def context():
    return MockPluginContext(config=CONFIG)


def shouted(texts):
    return {number: text.upper() for number, (text, _) in enumerate(texts) if text != text.upper()}


def refusing(texts):
    raise Refused("too_loud", "shouting")


async def test_messages_come_back_as_an_override_with_their_changed_texts(context):
    messages = [{"role": "system", "content": "QUIET"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    changed = await edited_messages(messages, shouted, context)
    assert changed == {"messages": [messages[0], {"role": "user", "content": [{"type": "text", "text": "HI"}]}]}
    assert messages[1]["content"][0]["text"] == "hi"


async def test_arguments_of_tools_in_messages_are_told_to_be_json_text(context):
    seen = []
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": "b"}'}}
    message = {"role": "assistant", "content": "so", "tool_calls": [call]}
    assert await edited_messages([message], lambda texts: seen.extend(texts) or {}, context) is None
    assert seen == [("so", False), ('{"a": "b"}', True)]


async def test_texts_of_a_value_are_edited_where_they_stand(context):
    assert await edited_value({"a": ["b", 1], "c": "D"}, shouted, context) == {"a": ["B", 1], "c": "D"}
    assert await edited_value({"c": "D"}, shouted, context) is None


async def test_a_refusal_is_told_in_the_words_of_the_configuration(context):
    with pytest.raises(Reject) as raised:
        await edited_value({"a": "b"}, refusing, context)
    assert (raised.value.status_code, raised.value.message, raised.value.code) == (451, "Not here.", "too_loud")


async def test_large_texts_are_looked_at_in_a_thread(context):
    seen = []

    def edit(texts):
        seen.append(threading.current_thread() is threading.main_thread())
        return {}

    await edited([("x", False)], edit, context)
    await edited([("x" * edits.LARGE, False)], edit, context)
    assert seen == [True, False]


def test_a_configuration_is_made_ready_once_and_the_one_before_is_kept():
    made = []
    shared = MockPluginContext().shared

    def of(config):
        return made_of(SimpleNamespace(config=config, shared=shared), lambda one: made.append(one) or len(made))

    first, second, third = object(), object(), object()
    assert [of(first), of(first), of(second), of(first), of(third), of(second)] == [1, 1, 2, 1, 3, 2]
    assert made == [first, second, third]


@pytest.mark.parametrize(("longest", "size"), [(3, 4096), (5000, 4 * 4999)])
def test_windows_are_as_short_as_the_longest_match_allows(longest, size):
    window = window_for(Matcher([Pattern("owner", "a+", regexp("a+"), 0, longest, folds=False)], 8))
    assert window.size >= size
    assert (window.size >= 4 * window.overlap, window.max_hold) == (True, window.overlap + 1)


def test_texts_of_calls_of_plugins_are_told_apart_though_they_share():
    window = WindowText.mock("x")
    assert place_of(LLMCall.mock(id="a"), window) != place_of(LLMCall.mock(id="b"), window)
