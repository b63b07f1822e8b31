from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import orjson
import pytest
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from routeiq.core.dialects import CHAT, RESPONSES, AnswerIdentity, StreamEncoder

Frame = Callable[..., bytes]
NOTHING = StreamChunk("other")
Validated = Callable[[bytes], list[dict[str, Any]]]


def chunks(frames: list[bytes]) -> list[StreamChunk]:
    return [chunk for event in RESPONSES.stream_decoder().feed(b"".join(frames)) for chunk in event.chunks]


def test_content_is_read_once_and_repetitions_are_nothing_to_read(native_response: list[bytes]) -> None:
    told = [chunk for chunk in chunks(native_response) if chunk.kind != "other"]
    assert [(chunk.kind, chunk.text or chunk.tool_call or chunk.usage) for chunk in told] == [
        ("reasoning", "thinking"),
        ("text", "Hello "),
        ("text", "world"),
        ("tool_call", ToolCall(0, "call_1", "look_up", "")),
        ("tool_call", ToolCall(0, None, None, '{"q"')),
        ("tool_call", ToolCall(0, None, None, ":1}")),
        ("usage", Usage(3, 5, 8, 1, 2)),
    ]
    assert told[-1].finish_reason == "tool_calls"


def test_only_the_final_response_is_terminal(native_response: list[bytes]) -> None:
    events = RESPONSES.stream_decoder().feed(b"".join(native_response))
    assert [event.terminal for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1].done


def test_a_done_marker_ends_a_stream_only_where_nothing_else_did(native_response: list[bytes]) -> None:
    decoder = RESPONSES.stream_decoder()
    decoder.feed(b"".join(native_response))
    assert [(e.terminal, e.done) for e in decoder.feed(b"data: [DONE]\n\n")] == [(False, False)]
    assert [(e.terminal, e.done) for e in RESPONSES.stream_decoder().feed(b"data: [DONE]\n\n")] == [(True, True)]


@pytest.mark.parametrize(
    ("details", "finish_reason"), [({"reason": "max_output_tokens"}, "length"), ({"reason": "content_filter"},) * 2]
)
def test_incomplete_responses_tell_why(details: Any, finish_reason: Any, typed_frame: Frame) -> None:
    response = {"status": "incomplete", "incomplete_details": details}
    (chunk,) = chunks([typed_frame("response.incomplete", 0, response=response)])
    wanted = "length" if details["reason"] == "max_output_tokens" else "content_filter"
    assert (chunk.kind, chunk.finish_reason) == ("other", wanted)


def test_failures_and_errors_are_told(typed_frame: Frame) -> None:
    decoder = RESPONSES.stream_decoder()
    (error,) = decoder.feed(typed_frame("error", 0, message="no", code="x"))
    (untyped,) = decoder.feed(b'data: {"error":{"message":"no"}}\n\n')
    (failed,) = decoder.feed(typed_frame("response.failed", 1, response={"error": {"message": "no"}}))
    assert error.error == {"message": "no", "code": "x"}
    assert untyped.error == failed.error == {"message": "no"}
    assert [event.terminal for event in (error, untyped, failed)] == [False, False, True]


def test_custom_tool_calls_are_read(typed_frame: Frame) -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": ""}
    told = chunks(
        [
            typed_frame("response.output_item.added", 0, output_index=4, item=item),
            typed_frame("response.custom_tool_call_input.delta", 1, output_index=4, delta="x"),
        ]
    )
    assert [chunk.tool_call for chunk in told] == [ToolCall(0, "c", "f", ""), ToolCall(0, None, None, "x")]


def test_calls_are_counted_by_their_items(typed_frame: Frame) -> None:
    told = chunks(
        [
            typed_frame("response.function_call_arguments.delta", 0, output_index=2, delta="a"),
            typed_frame("response.function_call_arguments.delta", 1, output_index=5, delta="b"),
            typed_frame("response.function_call_arguments.done", 2, output_index=7, arguments="c"),
        ]
    )
    assert [(chunk.tool_call.index, chunk.tool_call.arguments) for chunk in told if chunk.tool_call] == [
        (0, "a"), (1, "b"), (2, "c"),
    ]  # fmt: skip


@pytest.fixture
def encoder(identity: AnswerIdentity) -> StreamEncoder:
    return RESPONSES.stream_encoder(identity, native=False, include_usage=True)


def translate(encoder: StreamEncoder, stream: bytes, extra: StreamChunk = NOTHING) -> bytes:
    out = [encoder.start()]
    for event in CHAT.stream_decoder().feed(stream):
        encoder.passed(event)
        out.append(encoder.event(event, event.chunks))
    return b"".join([*out, encoder.extra(extra), encoder.end(), encoder.end()])


@pytest.fixture
def chat_stream(chat_frame: Frame) -> bytes:
    citation = {"url": "http://x", "title": "X", "start_index": 0, "end_index": 2}
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    return b"".join(
        [
            chat_frame({"role": "assistant", "content": ""}),
            chat_frame({"reasoning_content": "think"}),
            chat_frame({"content": "Hel"}),
            chat_frame({"content": "lo", "annotations": [{"type": "url_citation", "url_citation": citation}]}),
            chat_frame({"content": "other choice"}, index=1),
            chat_frame({"refusal": "not that"}),
            chat_frame({"tool_calls": [call]}),
            chat_frame({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
            chat_frame({}, "tool_calls"),
            chat_frame(usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}),
            b"data: [DONE]\n\n",
        ]
    )


def test_a_chat_stream_becomes_a_response_of_valid_grammar(
    encoder: StreamEncoder, chat_stream: bytes, validated: Validated
) -> None:
    events = validated(translate(encoder, chat_stream))
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created", "in_progress",
        "output_item.added", "content_part.added", "reasoning_text.delta",
        "reasoning_text.done", "content_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.annotation.added", "content_part.added", "refusal.delta",
        "output_item.added", "function_call_arguments.delta",
        "output_text.done", "content_part.done", "refusal.done", "content_part.done", "output_item.done",
        "function_call_arguments.done", "output_item.done", "completed",
    ]  # fmt: skip
    final = events[-1]["response"]
    reasoning, message, call = final["output"]
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "think"}]
    assert [part.get("text") or part.get("refusal") for part in message["content"]] == ["Hello", "not that"]
    assert message["content"][0]["annotations"][0]["url"] == "http://x"
    assert (call["call_id"], call["name"], call["arguments"]) == ("c1", "f", "{}")
    assert (final["status"], final["usage"]["total_tokens"], final["model"]) == ("completed", 7, "my-model")
    assert [event["item"] for event in events if event["type"] == "response.output_item.done"] == final["output"]


def test_openais_client_reads_the_translation(
    encoder: StreamEncoder, chat_stream: bytes, client: Callable[[bytes], openai.OpenAI]
) -> None:
    with client(translate(encoder, chat_stream)).responses.stream(model="m", input="hi") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == "Hello"
    assert final.output[2].to_dict()["arguments"] == "{}"


@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_an_answer_that_was_cut_off_is_incomplete(
    encoder: StreamEncoder, chat_frame: Frame, validated: Validated, finish_reason: str, reason: str
) -> None:
    events = validated(translate(encoder, chat_frame({"content": "a"}) + chat_frame({}, finish_reason)))
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": reason}
    assert events[-1]["response"]["output"][0]["status"] == "incomplete"


def test_extra_text_belongs_to_the_message(encoder: StreamEncoder, chat_stream: bytes, validated: Validated) -> None:
    final = validated(translate(encoder, chat_stream, StreamChunk("text", "!")))[-1]["response"]
    assert [item["type"] for item in final["output"]] == ["reasoning", "message", "function_call"]
    assert final["output"][1]["content"][0]["text"] == "Hello!"


def test_an_empty_answer_is_an_empty_message(encoder: StreamEncoder, chat_frame: Frame, validated: Validated) -> None:
    encoder.usage(Usage(1, 0, 1))
    final = validated(translate(encoder, b": ping\n\n" + chat_frame({}, "stop")))[-1]["response"]
    assert final["output"][0]["content"][0]["text"] == ""
    assert final["usage"]["total_tokens"] == 1


def test_an_error_ends_the_stream(encoder: StreamEncoder, chat_stream: bytes, validated: Validated) -> None:
    broken = chat_stream[: chat_stream.index(b"data: [DONE]")] + b'data: {"error":{"message":"no","code":"x"}}\n\n'
    error, failed = validated(translate(encoder, broken))[-2:]
    assert (error["type"], error["message"], error["code"]) == ("error", "no", "x")
    assert failed["response"]["status"] == "failed"
    assert encoder.error(500, "again", None) == b""


def test_events_without_sense_are_passed_over(encoder: StreamEncoder, validated: Validated) -> None:
    stream = b'data: {oops\n\ndata: {"choices":[null]}\n\ndata: {"choices":[{"delta":{"annotations":[5]}}]}\n\n'
    events = validated(translate(encoder, stream))
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == ""
    assert orjson.dumps(events)
