"""Streams of the Messages API: read, patched and written."""

import dataclasses

import orjson
import pytest
from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from routeiq.core.assembly import Assembler
from routeiq.core.dialects import CHAT, MESSAGES, AnswerIdentity
from routeiq.core.dialects.sse import named_frame
from routeiq.core.replay import chat_events

IDENTITY = AnswerIdentity("msg_1", "m", 1, {})
TOOL = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
EVENTS = [
    {"type": "message_start", "message": {"id": "msg_up", "usage": {"input_tokens": 7, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": TOOL},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a":'}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "1}"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]
STREAM = b"".join(map(named_frame, EVENTS))


def assembled(chunks):
    assembler = Assembler(list)
    for chunk in chunks:
        assembler.add(chunk)
    return assembler.response()


def read(stream):
    decoder = MESSAGES.stream_decoder()
    return [*decoder.feed(stream), *decoder.close()]


def events_of(stream):
    return [orjson.loads(frame.split(b"data: ")[1]) for frame in stream.strip().split(b"\n\n")]


def patched(edit, extra=None, stream=STREAM):
    """Pass a stream through the native encoder, its chunks edited."""
    encoder = MESSAGES.stream_encoder(IDENTITY, native=True, include_usage=True)
    out = [encoder.start()]
    for event in read(stream):
        chunks = tuple(edit(chunk) for chunk in event.chunks)
        same = all(new is old for new, old in zip(chunks, event.chunks, strict=True))
        out.append(encoder.event(event, event.chunks if same else chunks))
    if extra is not None:
        out.append(encoder.extra(extra))
    return b"".join([*out, encoder.end(), encoder.end()])


def translated(*chunks, finish="stop", usage=None):
    """Return the events that chat chunks become."""
    encoder = MESSAGES.stream_encoder(IDENTITY, native=False, include_usage=True)
    out = [encoder.start()]
    for chunk in (*chunks, StreamChunk("usage", finish_reason=finish, usage=usage)):
        out.append(encoder.extra(chunk) if chunk.finish_reason is None else b"")
    chat = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": None}
    for event in CHAT.stream_decoder().feed(b"data: " + orjson.dumps(chat) + b"\n\n"):
        out.append(encoder.event(event, event.chunks))
    if usage is not None:
        encoder.usage(usage)
    return events_of(b"".join([*out, encoder.end(), encoder.end()]))


def test_a_stream_is_read():
    events = read(STREAM)
    answer = assembled(chunk for event in events for chunk in event.chunks)
    assert answer == LLMResponse("Hello", (ToolCall(0, "t", "f", '{"a":1}'),), "tool_calls", Usage(7, 9, 16))
    assert [event.terminal for event in events][-3:] == [False, True, True]
    assert events[-1].done


def test_an_error_of_the_upstream_is_read():
    (event,) = read(named_frame({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}))
    assert event.error["message"] == "busy"


def test_untouched_events_are_their_very_bytes():
    assert patched(lambda chunk: chunk) == STREAM


def test_changed_text_and_arguments_are_written_and_swallowed_ones_are_gone():
    def edit(chunk):
        if chunk.kind == "text":
            return dataclasses.replace(chunk, text="" if chunk.text == "lo" else "J")
        if chunk.kind == "tool_call" and chunk.tool_call.arguments:
            return dataclasses.replace(chunk, tool_call=dataclasses.replace(chunk.tool_call, arguments=" "))
        return chunk

    answer = assembled(chunk for event in read(patched(edit)) for chunk in event.chunks)
    assert (answer.text, answer.tool_calls[0].arguments) == ("J", "  ")
    assert len(events_of(patched(edit))) == len(EVENTS) - 1


def test_a_renamed_tool_and_another_end():
    def edit(chunk):
        if chunk.kind == "tool_call" and chunk.tool_call.name:
            return dataclasses.replace(chunk, tool_call=ToolCall(0, "t9", "g", "{}"))
        if chunk.finish_reason:
            return dataclasses.replace(chunk, finish_reason="length", usage=Usage(1, 2, 3))
        return chunk

    events = events_of(patched(edit))
    start = next(event for event in events if event.get("content_block", {}).get("type") == "tool_use")
    assert start["content_block"] == {"type": "tool_use", "id": "t9", "name": "g", "input": {}}
    assert events[-2]["delta"]["stop_reason"] == "max_tokens"
    assert events[-2]["usage"]["input_tokens"] == 1


def test_what_a_plugin_adds_at_the_end_is_a_block_before_the_end():
    events = events_of(patched(lambda chunk: chunk, StreamChunk("text", " Bye.")))
    kinds = [event["type"] for event in events[-5:]]
    assert kinds == [
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[-5]["index"] == 2
    assert patched(lambda chunk: chunk, StreamChunk("other")) == STREAM


def test_an_error_event_is_anthropics():
    for native in (True, False):
        encoder = MESSAGES.stream_encoder(IDENTITY, native=native, include_usage=True)
        (event,) = events_of(encoder.error(429, "slow", "x"))
        assert event == {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}
        assert encoder.end() == b""


def test_a_chat_stream_becomes_blocks_one_after_the_other():
    call = [StreamChunk("tool_call", tool_call=ToolCall(0, "t", "f", part)) for part in ("", '{"a"', ":1}")]
    events = translated(
        StreamChunk("reasoning", "hm"), StreamChunk("text", "Hel"), StreamChunk("text", "lo"), *call,
        finish="tool_calls", usage=Usage(3, 4, 7),
    )  # fmt: skip
    blocks = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert blocks == ["thinking", "text", "tool_use"]
    assert [event["index"] for event in events if event["type"] == "content_block_stop"] == [0, 1, 2]
    assert events[0]["type"] == "message_start"
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
    assert events[-2]["usage"]["output_tokens"] == 4


@pytest.mark.parametrize("interleaved", [False, True])
def test_parallel_calls_keep_their_arguments(interleaved):
    first = [StreamChunk("tool_call", tool_call=ToolCall(0, "t0", "f", part)) for part in ('{"a":', "1}")]
    second = [StreamChunk("tool_call", tool_call=ToolCall(1, "t1", "g", part)) for part in ('{"b":', "2}")]
    given = [first[0], second[0], first[1], second[1]] if interleaved else [*first, *second]
    events = translated(*given, finish="tool_calls")
    answer = assembled(chunk for event in read(b"".join(map(named_frame, events))) for chunk in event.chunks)
    assert answer.tool_calls == (ToolCall(0, "t0", "f", '{"a":1}'), ToolCall(1, "t1", "g", '{"b":2}'))


def test_an_answer_that_is_there_already_is_a_stream():
    chat = chat_events(LLMResponse("hi", usage=Usage(1, 2, 3)), id="x", model="m", created=1, include_usage=True)
    encoder = MESSAGES.stream_encoder(IDENTITY, native=False, include_usage=True)
    out = [encoder.start()]
    for event in CHAT.stream_decoder().feed(b"".join(chat)):
        out.append(encoder.event(event, event.chunks))
    events = events_of(b"".join([*out, encoder.end()]))
    assert [event["type"] for event in events] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip
    assert events[-2]["usage"]["output_tokens"] == 2
