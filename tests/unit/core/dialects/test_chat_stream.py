from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from routeiq.core.dialects import CHAT, AnswerIdentity, StreamEncoder, StreamEvent

Frame = Callable[..., bytes]


def decode(frame: bytes) -> StreamEvent:
    (event,) = CHAT.stream_decoder().feed(frame)
    return event


@pytest.fixture
def encoder(identity: AnswerIdentity) -> StreamEncoder:
    return CHAT.stream_encoder(identity, native=True, include_usage=False)


def patched(encoder: StreamEncoder, event: StreamEvent, **changes: Any) -> dict[str, Any] | None:
    """The event after its first chunk was changed; None if it was dropped."""
    out = encoder.event(event, (replace(event.chunks[0], **changes), *event.chunks[1:])) or encoder.end()
    return orjson.loads(out.removeprefix(b"data: ")) if out else None


def test_text_is_one_chunk(chat_frame: Frame) -> None:
    event = decode(chat_frame({"content": "hi"}, index=2))
    assert event.chunks == (StreamChunk("text", "hi", index=2, raw=event.data),)
    assert not event.terminal


def test_a_role_alone_is_nothing_to_read(chat_frame: Frame) -> None:
    event = decode(chat_frame({"role": "assistant", "content": ""}))
    assert [(chunk.kind, chunk.text) for chunk in event.chunks] == [("other", "")]


def test_everything_that_one_event_carries_is_a_chunk_of_its_own(chat_frame: Frame) -> None:
    calls = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}, {"index": 1, "function": {}}]
    data = orjson.loads(chat_frame({})[6:])
    data["choices"] = [
        {"index": 0, "delta": {"reasoning_content": "why", "content": "so", "refusal": "no", "tool_calls": calls}},
        {"index": 1, "delta": {"content": "two"}, "finish_reason": "stop"},
    ]
    event = decode(b"data: " + orjson.dumps(data) + b"\n\n")
    assert [(c.kind, c.text, c.tool_call, c.index, c.finish_reason) for c in event.chunks] == [
        ("reasoning", "why", None, 0, None),
        ("text", "so", None, 0, None),
        ("refusal", "no", None, 0, None),
        ("tool_call", "", ToolCall(0, "a", "f", "{"), 0, None),
        ("tool_call", "", ToolCall(1), 0, None),
        ("text", "two", None, 1, "stop"),
    ]
    assert event.terminal


def test_usage_alone_is_recognised(chat_frame: Frame) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    event = decode(chat_frame(usage=usage))
    assert (event.usage_only, event.terminal, event.chunks[0].usage) == (True, True, Usage(1, 2, 3))


def test_usage_beside_text_holds_nothing_back(chat_frame: Frame) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    event = decode(chat_frame({"content": "x"}, usage=usage))
    assert [chunk.kind for chunk in event.chunks] == ["text", "usage"]
    assert event.chunks[1].usage == Usage(1, 2, 3)
    assert not event.terminal
    assert not event.usage_only


def test_the_older_function_call_and_custom_tools_are_tool_calls(chat_frame: Frame) -> None:
    (legacy,) = decode(chat_frame({"function_call": {"name": "f", "arguments": "1"}})).chunks
    (custom,) = decode(chat_frame({"tool_calls": [{"index": 3, "custom": {"name": "g", "input": "x"}}]})).chunks
    assert legacy.tool_call == ToolCall(0, None, "f", "1")
    assert custom.tool_call == ToolCall(3, None, "g", "x")


@pytest.mark.parametrize("error", [{"message": "broken"}, "broken"])
def test_an_error_in_the_stream_is_told(error: object) -> None:
    event = decode(b"data: " + orjson.dumps({"error": error}) + b"\n\n")
    assert event.error == {"message": "broken"}
    assert not event.terminal


@pytest.mark.parametrize(
    "data",
    [
        {"choices": None},
        {"choices": [None, 1, "x"]},
        {"choices": ["content"]},
        {"choices": {"delta": 1}},
        {"choices": [{"delta": [], "index": []}]},
        {"choices": [{"delta": {"content": 5, "tool_calls": 7}, "index": 0}]},
        {"choices": [{"delta": {"content": "x"}, "index": "0"}]},
        {"choices": [{"delta": {"tool_calls": [None, {"function": 5, "index": "x", "id": 3}]}}]},
        {"choices": [], "usage": 17},
        {"choices": [{"delta": {"content": "x"}, "index": 0, "finish_reason": 5}]},
    ],
)
def test_events_of_wrong_types_are_passed_on(data: dict[str, Any], encoder: StreamEncoder) -> None:
    event = decode(b"data: " + orjson.dumps(data) + b"\n\n")
    assert event.chunks
    assert encoder.event(event, event.chunks) == event.frame
    changed = tuple(replace(chunk, text="new") for chunk in event.chunks)
    assert b"data: " in encoder.event(event, changed)


def test_a_changed_text_leaves_the_rest_of_the_event(chat_frame: Frame, encoder: StreamEncoder) -> None:
    data = orjson.loads(chat_frame({})[6:])
    data["choices"] = [
        {"index": 0, "delta": {"content": "secret", "role": "assistant", "x": 1}, "logprobs": {"content": [1]}},
        {"index": 1, "delta": {"content": "two"}, "logprobs": {"content": [2]}},
    ]
    new = patched(encoder, decode(b"data: " + orjson.dumps(data) + b"\n\n"), text="*")
    assert new is not None
    assert new["choices"][0] == {
        "index": 0, "delta": {"content": "*", "role": "assistant", "x": 1}, "logprobs": None,
    }  # fmt: skip
    assert new["choices"][1] == data["choices"][1]
    assert {name: new[name] for name in ("id", "model", "created")} == {"id": "c1", "model": "up", "created": 1}


def test_logprobs_of_a_replaced_text_do_not_tell_it(chat_frame: Frame, encoder: StreamEncoder) -> None:
    data = orjson.loads(chat_frame({"content": "secret"})[6:])
    data["choices"][0]["logprobs"] = {"content": [{"token": "secret"}]}
    new = patched(encoder, decode(b"data: " + orjson.dumps(data) + b"\n\n"), text="*")
    assert b"secret" not in orjson.dumps(new)


def test_reasoning_that_is_told_three_times_is_replaced_everywhere(chat_frame: Frame, encoder: StreamEncoder) -> None:
    delta = {"reasoning_content": "secret", "reasoning": "secret", "reasoning_details": [{"text": "secret"}]}
    event = decode(chat_frame(delta))
    assert [chunk.kind for chunk in event.chunks] == ["reasoning"]
    new = patched(encoder, event, text="*")
    assert new is not None
    assert new["choices"][0]["delta"] == {"reasoning_content": "*", "reasoning": "*"}


def test_a_swallowed_text_takes_its_event_along(chat_frame: Frame, encoder: StreamEncoder) -> None:
    assert patched(encoder, decode(chat_frame({"content": "x"})), text="") is None


def test_a_swallowed_text_leaves_the_role(chat_frame: Frame, encoder: StreamEncoder) -> None:
    new = patched(encoder, decode(chat_frame({"role": "assistant", "content": "x"})), text="")
    assert new is not None
    assert new["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_a_chunk_of_another_kind_replaces_the_text(chat_frame: Frame, encoder: StreamEncoder) -> None:
    new = patched(encoder, decode(chat_frame({"content": "x"})), kind="refusal", text="no")
    assert new is not None
    assert new["choices"][0]["delta"] == {"refusal": "no"}


def test_text_can_be_put_into_an_event_that_has_none(chat_frame: Frame, encoder: StreamEncoder) -> None:
    new = patched(encoder, decode(chat_frame({"role": "assistant"})), kind="text", text="Note: ")
    assert new is not None
    assert new["choices"][0]["delta"] == {"role": "assistant", "content": "Note: "}


def test_tool_call_parts_are_replaced_where_they_were(chat_frame: Frame, encoder: StreamEncoder) -> None:
    calls = [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "1"}},
        {"index": 1, "type": "custom", "custom": {"name": "g", "input": "2"}},
    ]
    event = decode(chat_frame({"tool_calls": calls}))
    new = patched(encoder, event, tool_call=ToolCall(0, "b", "h", "9"))
    assert new is not None
    assert new["choices"][0]["delta"]["tool_calls"] == [
        {"index": 0, "id": "b", "type": "function", "function": {"name": "h", "arguments": "9"}},
        calls[1],
    ]
    changed = (event.chunks[0], replace(event.chunks[1], tool_call=ToolCall(1, None, None, "3")))
    again = orjson.loads(encoder.event(event, changed)[6:])
    assert again["choices"][0]["delta"]["tool_calls"][1]["custom"] == {"name": "g", "input": "3"}


def test_a_tool_call_can_be_swallowed_or_become_text(chat_frame: Frame, encoder: StreamEncoder) -> None:
    event = decode(chat_frame({"tool_calls": [{"index": 0, "function": {"arguments": "1"}}]}))
    assert patched(encoder, event, kind="other", tool_call=None) is None
    new = patched(encoder, event, kind="text", tool_call=None, text="no")
    assert new is not None
    assert new["choices"][0]["delta"] == {"content": "no"}


def test_the_older_function_call_is_replaced_and_swallowed(chat_frame: Frame, encoder: StreamEncoder) -> None:
    event = decode(chat_frame({"function_call": {"name": "f", "arguments": "1"}}))
    new = patched(encoder, event, tool_call=ToolCall(0, None, "g", "2"))
    assert new is not None
    assert new["choices"][0]["delta"] == {"function_call": {"name": "g", "arguments": "2"}}
    assert patched(encoder, event, kind="other", tool_call=None) is None


def test_finish_reason_and_usage_are_written_back(chat_frame: Frame, identity: AnswerIdentity) -> None:
    encoder = CHAT.stream_encoder(identity, native=True, include_usage=True)
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "vendor": 9}
    event = decode(chat_frame({}, "stop", usage=usage))
    finish, told = event.chunks
    assert encoder.event(event, (replace(finish, finish_reason="length"), replace(told, usage=Usage(5, 5, 10)))) == b""
    data = orjson.loads(encoder.end()[6:])
    assert data["choices"][0]["finish_reason"] == "length"
    assert (data["usage"]["total_tokens"], data["usage"]["vendor"]) == (10, 9)


def test_swallowed_usage_takes_its_event_along(chat_frame: Frame, encoder: StreamEncoder) -> None:
    event = decode(chat_frame(usage={"prompt_tokens": 1}))
    assert patched(encoder, event, usage=None) is None


def test_a_tool_call_that_no_event_stands_for_is_an_event(encoder: StreamEncoder) -> None:
    out = encoder.extra(StreamChunk("tool_call", tool_call=ToolCall(0, "a", "f", "{}")))
    assert orjson.loads(out[6:])["choices"][0]["delta"] == {
        "role": "assistant",
        "tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
