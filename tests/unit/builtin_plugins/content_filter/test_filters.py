"""The rules of a configuration at work, called by themselves."""

import pytest
from routeiq_plugin_sdk import Reject, ToolCall, WindowText
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins import content_filter
from routeiq_builtin_plugins.content_filter.config import Config
from routeiq_builtin_plugins.content_filter.filters import Filters
from routeiq_builtin_plugins.edits import Refused

REDACT = {"name": "word", "words": ["secret"], "action": "redact"}
BLOCK = {"name": "bad", "words": ["numbskull"]}


def test_of_a_streamed_argument_no_structure_is_replaced():
    filters = Filters(Config.model_validate({"rules": [{"name": "wide", "pattern": 'a":"b', "action": "redact"}]}))
    context, call = MockPluginContext(filters.config), content_filter.LLMCall.mock(stream=True)
    window = WindowText('{"a":"b"}       ', kind="tool_call", tool_call=ToolCall())
    with pytest.raises(Reject) as refused:
        content_filter.llm_stream_window(call, window, False, context)
    assert refused.value.code == "content_filter_tool_call"


async def test_tools_and_agents_are_looked_at_both_ways():
    context = MockPluginContext(Config.model_validate({"rules": [REDACT, BLOCK]}))
    assert await content_filter.tool_pre_call({"q": "a secret"}, context) == {"q": "a [redacted]"}
    result = {"content": [{"type": "text", "text": "secret"}], "structuredContent": {"n": 1}}
    assert (await content_filter.tool_post_call(result, context))["content"][0]["text"] == "[redacted]"
    assert await content_filter.agent_pre_call({"parts": [{"text": "fine"}]}, context) is None
    with pytest.raises(Reject):
        await content_filter.agent_post_call({"parts": [{"text": "numbskull"}]}, context)


def test_what_is_found_is_counted_also_where_it_is_refused():
    filters = Filters(Config.model_validate({"rules": [REDACT, BLOCK]}))
    context = MockPluginContext(filters.config)
    with pytest.raises(Refused) as refused:
        filters.incoming.changed([("a secret", False), ("numbskull", False)], context)
    assert (refused.value.code, refused.value.found.name) == ("content_filter", "bad")
    counted = {(labels["rule"], labels["action"]) for labels in (event.data for event in context.events.emitted)}
    assert counted == {("word", "redact"), ("bad", "block")}


def test_paths_are_looked_at_as_they_are_listed():
    one = Filters(Config(bodies=("/files/*", "/one"))).incoming
    assert [one.looks_at(path) for path in ("/files/a/b", "/one", "/one/two", "/")] == [True, True, False, False]
    assert not one
