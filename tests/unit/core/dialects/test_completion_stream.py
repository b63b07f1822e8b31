from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from openai.types import Completion
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from routeiq.core.dialects import CHAT, COMPLETION, AnswerIdentity, StreamEvent

Frame = Callable[..., bytes]
Read = Callable[[bytes], list[dict[str, Any]]]


def frame(*choices: Any, **further: Any) -> bytes:
    data = {"id": "c1", "object": "text_completion", "created": 1, "model": "up", "choices": choices, **further}
    return b"data: " + orjson.dumps(data) + b"\n\n"


def decode(given: bytes) -> StreamEvent:
    (event,) = COMPLETION.stream_decoder().feed(given)
    return event


def test_each_choice_is_a_chunk() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    event = decode(frame({"text": "a", "index": 0}, {"text": "", "index": 1, "finish_reason": "stop"}, usage=usage))
    assert [(c.kind, c.text, c.index, c.finish_reason, c.usage) for c in event.chunks] == [
        ("text", "a", 0, None, None),
        ("other", "", 1, "stop", None),
        ("usage", "", 0, None, Usage(1, 2, 3)),
    ]
    assert event.terminal
    assert not event.usage_only


def test_usage_alone_and_errors_are_recognised() -> None:
    assert decode(frame(usage={"prompt_tokens": 1})).usage_only
    assert decode(b'data: {"error":{"message":"no"}}\n\n').error == {"message": "no"}
    assert decode(b'data: {"error":"no"}\n\n').error == {"message": "no"}


@pytest.mark.parametrize("data", [b"{}", b'{"choices":7}', b'{"choices":[null,{"text":5,"index":"x"}]}'])
def test_events_of_wrong_types_are_passed_on(data: bytes, identity: AnswerIdentity) -> None:
    event = decode(b"data: " + data + b"\n\n")
    encoder = COMPLETION.stream_encoder(identity, native=True, include_usage=False)
    assert [chunk.kind for chunk in event.chunks] == ["other"]
    assert encoder.event(event, event.chunks) == event.frame


def test_a_changed_text_leaves_the_rest_of_the_event(identity: AnswerIdentity, read: Read) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=True, include_usage=False)
    event = decode(frame({"text": "secret", "index": 0, "logprobs": {"tokens": ["secret"]}}, {"text": "b", "index": 1}))
    (data,) = read(encoder.event(event, (replace(event.chunks[0], text="*"), event.chunks[1])))
    assert data["choices"] == [{"text": "*", "index": 0, "logprobs": None}, {"text": "b", "index": 1}]


def test_swallowed_text_takes_its_event_along(identity: AnswerIdentity) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=True, include_usage=False)
    event = decode(frame({"text": "a", "index": 0}))
    assert encoder.event(event, (replace(event.chunks[0], text=""),)) == b""


def test_finish_reason_and_usage_are_written_back(identity: AnswerIdentity, read: Read) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=True, include_usage=True)
    event = decode(frame({"text": "", "index": 0, "finish_reason": "stop"}, usage={"prompt_tokens": 1}))
    first, usage = event.chunks
    encoder.event(event, (replace(first, finish_reason="length"), replace(usage, usage=Usage(1, 1, 2))))
    (data,) = read(encoder.end())
    assert (data["choices"][0]["finish_reason"], data["usage"]["total_tokens"]) == ("length", 2)


def test_extra_text_is_a_completion_event(identity: AnswerIdentity, read: Read) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=True, include_usage=False)
    (data,) = read(encoder.extra(StreamChunk("text", "!")))
    assert (data["object"], data["choices"][0]["text"]) == ("text_completion", "!")


def translate(stream: bytes, identity: AnswerIdentity, *, include_usage: bool = False) -> bytes:
    encoder = COMPLETION.stream_encoder(identity, native=False, include_usage=include_usage)
    out = [encoder.start()]
    out += [encoder.event(event, event.chunks) for event in CHAT.stream_decoder().feed(stream)]
    return b"".join([*out, encoder.end(), encoder.end()])


def test_a_chat_stream_becomes_text_completions(chat_frame: Frame, identity: AnswerIdentity, read: Read) -> None:
    stream = (
        b": ping\n\n"
        + chat_frame({"role": "assistant", "content": ""})
        + chat_frame({"reasoning_content": "why"})
        + chat_frame({"content": "a"})
        + chat_frame({"content": "x"}, index=1)
        + chat_frame({"tool_calls": [{"index": 0, "function": {"name": "f"}}]})
        + chat_frame({"refusal": "no"}, "tool_calls")
        + chat_frame({}, "length", index=1)
        + chat_frame(usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
        + b"data: [DONE]\n\n"
    )
    out = translate(stream, identity, include_usage=True)
    assert out.startswith(b": ping\n\n")
    assert out.endswith(b"data: [DONE]\n\n")
    events = read(out)
    for event in events[:-3]:
        Completion.model_validate({**event, "choices": [{**event["choices"][0], "finish_reason": "stop"}]})
    told = [(c["text"], c["index"], c["finish_reason"]) for event in events for c in event["choices"]]
    assert told == [("a", 0, None), ("x", 1, None), ("no", 0, None), ("", 0, "stop"), ("", 1, "length")]
    assert events[-1]["usage"]["total_tokens"] == 3
    assert {event["id"] for event in events} == {"resp_1"}
    assert translate(stream, identity).count(b"usage") == 0


def test_a_translated_stream_tells_estimates_and_extra_text(identity: AnswerIdentity, read: Read) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=False, include_usage=True)
    assert read(encoder.extra(StreamChunk("text", "!")))[0]["choices"][0]["text"] == "!"
    assert encoder.extra(StreamChunk("tool_call", tool_call=ToolCall())) == b""
    encoder.usage(Usage(1, 1, 2))
    finish, usage = read(encoder.end())
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"]["total_tokens"] == 2


def test_an_error_in_the_chat_stream_is_one_in_the_translation(identity: AnswerIdentity) -> None:
    encoder = COMPLETION.stream_encoder(identity, native=False, include_usage=False)
    (event,) = CHAT.stream_decoder().feed(b'data: {"error":{"message":"no"}}\n\n')
    encoder.passed(event)
    assert encoder.event(event, event.chunks) == b'data: {"error":{"message":"no"}}\n\n'
    assert b'"message":"late"' in encoder.error(500, "late", None)
    assert encoder.end() == b""
