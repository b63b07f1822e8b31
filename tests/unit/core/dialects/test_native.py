from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openai
import orjson
import pytest
from routeiq_plugin_sdk import StreamChunk, Usage

from routeiq.core.dialects import CHAT, COMPLETION, AnswerIdentity, StreamEncoder

Frame = Callable[..., bytes]
Read = Callable[[bytes], list[dict[str, Any]]]
DONE = b"data: [DONE]\n\n"
TOLD = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


@pytest.fixture
def encoder(identity: AnswerIdentity) -> StreamEncoder:
    return CHAT.stream_encoder(identity, native=True, include_usage=True)


def run(encoder: StreamEncoder, stream: bytes, edit: Callable[[StreamChunk], StreamChunk] = lambda c: c) -> list[bytes]:
    out = []
    for event in CHAT.stream_decoder().feed(stream):
        chunks = tuple(map(edit, event.chunks))
        same = all(a is b for a, b in zip(chunks, event.chunks, strict=True))
        out.append(encoder.event(event, event.chunks if same else chunks))
    return out


def test_unchanged_events_are_their_own_bytes_and_terminal_ones_wait(chat_frame: Frame, encoder: StreamEncoder) -> None:
    text, finish, usage = chat_frame({"content": "a"}), chat_frame({}, "stop"), chat_frame(usage=TOLD)
    assert encoder.start() == b""
    assert run(encoder, b": ping\n\n" + text + finish + usage + DONE) == [b": ping\n\n", text, b"", b"", b""]
    assert encoder.end() == finish + usage + DONE
    assert encoder.end() == b""


def test_what_comes_after_the_end_passes(chat_frame: Frame, encoder: StreamEncoder) -> None:
    encoder.end()
    assert run(encoder, chat_frame({}, "stop")) == [chat_frame({}, "stop")]


def test_extra_text_comes_before_the_finish_reason_in_the_streams_own_form(
    chat_frame: Frame, encoder: StreamEncoder, read: Read
) -> None:
    run(encoder, chat_frame({"content": "a"}) + chat_frame({}, "stop"))
    (event,) = read(encoder.extra(StreamChunk("text", "!")))
    assert (event["id"], event["model"], event["object"]) == ("c1", "up", "chat.completion.chunk")
    assert event["choices"] == [{"index": 0, "delta": {"content": "!"}, "logprobs": None, "finish_reason": None}]
    assert encoder.end() == chat_frame({}, "stop")


@pytest.mark.parametrize("chunk", [StreamChunk("other"), StreamChunk("text", ""), StreamChunk("tool_call")])
def test_an_empty_extra_chunk_is_nothing(encoder: StreamEncoder, chunk: StreamChunk) -> None:
    assert encoder.extra(chunk) == b""


def test_extra_text_follows_content_that_came_with_the_finish_reason(
    chat_frame: Frame, encoder: StreamEncoder, read: Read
) -> None:
    run(encoder, chat_frame({"content": "a"}, "stop", usage=TOLD))
    before = read(encoder.extra(StreamChunk("text", "!")))
    after = read(encoder.end())
    assert [event["choices"][0]["delta"].get("content") for event in before] == ["a", "!"]
    assert [event["choices"][0]["finish_reason"] for event in before] == [None, None]
    assert [event.get("usage") for event in before] == [None, None]
    assert [(e["choices"][0]["delta"], e["choices"][0]["finish_reason"]) for e in after] == [({}, "stop")]
    assert after[0]["usage"]["total_tokens"] == 2


def test_content_that_came_with_the_finish_reason_is_changed(
    chat_frame: Frame, encoder: StreamEncoder, read: Read
) -> None:
    run(encoder, chat_frame({"content": "a"}, "stop"), lambda chunk: replace(chunk, text="A"))
    (event,) = read(encoder.end())
    assert (event["choices"][0]["delta"], event["choices"][0]["finish_reason"]) == ({"content": "A"}, "stop")


def test_extra_text_in_an_empty_stream_begins_the_answer(encoder: StreamEncoder, read: Read) -> None:
    (event,) = read(encoder.extra(StreamChunk("text", "!")))
    assert (event["id"], event["model"], event["created"]) == ("resp_1", "my-model", 1735689600)
    assert event["choices"][0]["delta"] == {"role": "assistant", "content": "!"}


def test_usage_is_told_where_the_stream_told_none(chat_frame: Frame, encoder: StreamEncoder, read: Read) -> None:
    run(encoder, chat_frame({}, "stop") + DONE)
    encoder.usage(Usage(3, 4, 7))
    out = encoder.end()
    finish, usage = read(out)
    assert out.endswith(DONE)
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 7)


def test_usage_that_the_stream_told_stands(chat_frame: Frame, encoder: StreamEncoder) -> None:
    run(encoder, chat_frame(usage=TOLD) + DONE)
    encoder.usage(Usage(3, 4, 7))
    assert encoder.end() == chat_frame(usage=TOLD) + DONE


def test_usage_is_not_told_to_those_who_did_not_ask(chat_frame: Frame, identity: AnswerIdentity) -> None:
    encoder = CHAT.stream_encoder(identity, native=True, include_usage=False)
    run(encoder, chat_frame({}, "stop"))
    encoder.usage(Usage(3, 4, 7))
    assert encoder.end() == chat_frame({}, "stop")


def test_text_for_an_event_that_cannot_be_read_follows_it(encoder: StreamEncoder, read: Read) -> None:
    (out,) = run(encoder, b"data: {oops\n\n", lambda chunk: replace(chunk, kind="text", text="x"))
    assert out.startswith(b"data: {oops\n\n")
    assert read(out.removeprefix(b"data: {oops\n\n"))[0]["choices"][0]["delta"]["content"] == "x"


def test_what_passed_by_the_encoder_names_the_stream(chat_frame: Frame, encoder: StreamEncoder, read: Read) -> None:
    (event,) = CHAT.stream_decoder().feed(chat_frame({"content": "a"}))
    encoder.passed(event)
    assert read(encoder.extra(StreamChunk("text", "!")))[0]["id"] == "c1"


@pytest.mark.parametrize("dialect", [CHAT, COMPLETION])
def test_an_error_reaches_openais_client(
    dialect: Any, identity: AnswerIdentity, client: Callable[[bytes], openai.OpenAI]
) -> None:
    encoder = dialect.stream_encoder(identity, native=True, include_usage=False)
    out = encoder.error(429, "too much", "slow_down")
    assert out.endswith(DONE)
    assert orjson.loads(out.split(b"\n")[0][6:])["error"]["code"] == "slow_down"
    stream = client(out).chat.completions.create(model="m", messages=[], stream=True)
    with pytest.raises(openai.APIError, match="too much"):
        list(stream)
    assert encoder.end() == b""
