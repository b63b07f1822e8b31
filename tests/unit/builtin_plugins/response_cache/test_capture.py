"""A streamed answer as it came."""

import pytest
from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from routeiq_builtin_plugins.response_cache.capture import Capture


def captured(*chunks, most=1000):
    capture = Capture(most)
    for chunk in chunks:
        capture.add(chunk)
    return capture.response()


def test_texts_tool_calls_the_end_and_the_usage():
    usage = Usage(1, 2, 3)
    assert captured(
        StreamChunk("other"),
        StreamChunk(text="a"),
        StreamChunk(text="b"),
        StreamChunk("tool_call", tool_call=ToolCall(1, "c1", "g", "")),
        StreamChunk("tool_call", tool_call=ToolCall(0, "c0", "f", "{")),
        StreamChunk("tool_call", tool_call=ToolCall(0, None, None, "}")),
        StreamChunk("other", finish_reason="tool_calls"),
        StreamChunk("usage", usage=usage),
    ) == LLMResponse("ab", (ToolCall(0, "c0", "f", "{}"), ToolCall(1, "c1", "g", "")), "tool_calls", usage)


@pytest.mark.parametrize(
    "chunk", [StreamChunk("reasoning", "hm"), StreamChunk("refusal", "no"), StreamChunk(text="x", index=1)]
)
def test_what_says_more_is_not_kept(chunk):
    assert captured(StreamChunk(text="a"), chunk, StreamChunk(text="b")) is None


def test_no_more_is_kept_than_may_be():
    assert captured(*[StreamChunk(text="ab")] * 3, most=5) is None
    assert captured(*[StreamChunk("tool_call", tool_call=ToolCall())] * 3, most=2) is None
    assert captured(*[StreamChunk(text="ab")] * 3, most=6).text == "ababab"


def test_a_stream_without_an_end_has_none():
    assert captured(StreamChunk(text="a")).finish_reason == ""
