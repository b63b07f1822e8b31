from __future__ import annotations

from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from routeiq.core.assembly import Assembler, Meter, estimate_usage


def assembled(*chunks: StreamChunk) -> LLMResponse:
    assembler = Assembler(lambda: [{"role": "user", "content": "twelve chars"}])
    for chunk in chunks:
        assembler.add(chunk)
    return assembler.response()


def test_text_and_tool_calls_of_the_first_choice_are_put_together() -> None:
    response = assembled(
        StreamChunk("text", "Hel"),
        StreamChunk("text", "other", index=1),
        StreamChunk("reasoning", "hm"),
        StreamChunk("text", "lo"),
        StreamChunk("tool_call", tool_call=ToolCall(1, "b", "g", "")),
        StreamChunk("tool_call", tool_call=ToolCall(0, "a", "f", '{"q"')),
        StreamChunk("tool_call", tool_call=ToolCall(0, None, None, ":1}")),
        StreamChunk("other", finish_reason="stop", index=1),
        StreamChunk("other", finish_reason="tool_calls"),
        StreamChunk("usage", usage=Usage(1, 2, 3)),
    )
    assert response == LLMResponse(
        "Hello", (ToolCall(0, "a", "f", '{"q":1}'), ToolCall(1, "b", "g", "")), "tool_calls", Usage(1, 2, 3)
    )


def test_the_last_usage_counts() -> None:
    assert assembled(StreamChunk(usage=Usage(1, 1, 2)), StreamChunk(usage=Usage(1, 9, 10))).usage == Usage(1, 9, 10)


def test_missing_usage_is_estimated_with_all_that_was_generated() -> None:
    response = assembled(
        StreamChunk("text", "1234"),
        StreamChunk("reasoning", "5678"),
        StreamChunk("tool_call", tool_call=ToolCall(0, "a", "fn", "{}")),
    )
    assert response.usage == Usage(3, 3, 6, estimated=True)


def test_an_empty_stream_is_an_empty_answer() -> None:
    assert assembled() == LLMResponse("", (), "stop", Usage(3, 0, 3, estimated=True))


def test_the_conversation_is_asked_for_only_where_it_is_needed() -> None:
    def messages() -> list[dict[str, object]]:
        raise AssertionError

    assembler = Assembler(messages)
    assembler.add(StreamChunk("usage", usage=Usage(1, 2, 3)))
    assert assembler.response().usage == Usage(1, 2, 3)


def test_an_estimate_counts_bytes_in_every_script() -> None:
    assert estimate_usage([], "abcde") == Usage(0, 2, 2, estimated=True)
    assert estimate_usage([], "日本語文").completion_tokens == 3
    assert estimate_usage([], "half \ud83d").completion_tokens == 2
    assert estimate_usage([{"content": [{"type": "text", "text": "abcd"}]}, {"content": None}], "").prompt_tokens == 1


def test_a_meter_keeps_the_usage_that_was_told_last() -> None:
    meter = Meter()
    assert meter.response() is None
    for chunk in (StreamChunk("text", "Hello"), StreamChunk("usage", usage=Usage(1, 2, 3)), StreamChunk("other")):
        meter.add(chunk)
    assert meter.response() == LLMResponse(usage=Usage(1, 2, 3))
