from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from routeiq.core.dialects import RESPONSES, AnswerIdentity, StreamEncoder

Edit = Callable[[StreamChunk], StreamChunk]
Validated = Callable[[bytes], list[dict[str, Any]]]
FINAL = StreamChunk("other")


@pytest.fixture
def encoder(identity: AnswerIdentity) -> StreamEncoder:
    return RESPONSES.stream_encoder(identity, native=True, include_usage=True)


def feed(encoder: StreamEncoder, frames: list[bytes], edit: Edit = lambda chunk: chunk) -> list[bytes]:
    decoder, out = RESPONSES.stream_decoder(), []
    for frame in frames:
        for event in decoder.feed(frame):
            chunks = tuple(map(edit, event.chunks))
            same = all(new is old for new, old in zip(chunks, event.chunks, strict=True))
            out.append(encoder.event(event, event.chunks if same else chunks))
    return out


def run(encoder: StreamEncoder, frames: list[bytes], edit: Edit = lambda c: c, extra: StreamChunk = FINAL) -> bytes:
    return b"".join([encoder.start(), *feed(encoder, frames, edit), encoder.extra(extra), encoder.end()])


def upper(chunk: StreamChunk) -> StreamChunk:
    return replace(chunk, text=chunk.text.upper()) if chunk.kind == "text" else chunk


def texts(events: list[dict[str, Any]]) -> dict[str, str]:
    """Every way in which a stream tells its text."""
    final = events[-1]["response"]["output"]
    messages = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    return {
        "deltas": "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta"),
        "done": "".join(event["text"] for event in events if event["type"] == "response.output_text.done"),
        "part": "".join(
            e["part"]["text"] for e in events if e["type"] == "response.content_part.done" and "text" in e["part"]
        ),
        "item": "".join(p["text"] for item in messages if item["type"] == "message" for p in item["content"]),
        "final": "".join(p["text"] for item in final if item["type"] == "message" for p in item["content"]),
    }


def test_an_unchanged_stream_is_its_own_bytes(encoder: StreamEncoder, native_response: list[bytes]) -> None:
    assert run(encoder, native_response) == b"".join(native_response)


def test_only_ends_wait_and_only_for_the_next_event(encoder: StreamEncoder, native_response: list[bytes]) -> None:
    out = feed(encoder, native_response)
    kinds = [orjson.loads(frame.split(b"data: ")[1])["type"] for frame in native_response]
    waiting = [kind for kind, sent in zip(kinds, out, strict=True) if not sent]
    assert waiting == [kind for kind in kinds if kind.endswith(".done") or kind == "response.completed"]


def test_a_replaced_text_is_repaired_everywhere(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    events = validated(run(encoder, native_response, upper))
    assert set(texts(events).values()) == {"HELLO WORLD"}
    assert [event["sequence_number"] for event in events] == list(range(len(native_response)))


def test_a_swallowed_delta_is_gone_and_numbers_stay_unbroken(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        return replace(chunk, text="") if chunk.text == "Hello " else chunk

    events = validated(run(encoder, native_response, edit))
    assert set(texts(events).values()) == {"world"}
    assert len(events) == len(native_response) - 1


def test_replaced_arguments_and_names_are_repaired_everywhere(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        call = chunk.tool_call
        if call is None:
            return chunk
        name = "ask" if call.name else None
        return replace(chunk, tool_call=ToolCall(call.index, call.id, name, call.arguments.replace("1", "2")))

    events = validated(run(encoder, native_response, edit))
    added = [event["item"] for event in events if event["type"] == "response.output_item.added"][-1]
    arguments = "".join(e["delta"] for e in events if e["type"] == "response.function_call_arguments.delta")
    (done,) = [event for event in events if event["type"] == "response.function_call_arguments.done"]
    item = [event["item"] for event in events if event["type"] == "response.output_item.done"][-1]
    assert added["name"] == done["name"] == item["name"] == "ask"
    assert arguments == done["arguments"] == item["arguments"] == '{"q":2}'
    assert events[-1]["response"]["output"][2] == item
    assert b"look_up" not in orjson.dumps(events)


def test_arguments_can_be_put_into_the_announcement_of_a_call(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        call = chunk.tool_call
        if call is None:
            return chunk
        return replace(chunk, tool_call=replace(call, arguments="{}" if call.name else ""))

    events = validated(run(encoder, native_response, edit))
    assert events[-1]["response"]["output"][2]["arguments"] == "{}"


def test_reasoning_is_repaired_everywhere(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        return replace(chunk, text="hm") if chunk.kind == "reasoning" else chunk

    assert b"thinking" not in orjson.dumps(validated(run(encoder, native_response, edit)))


def test_logprobs_of_replaced_text_do_not_tell_it(encoder: StreamEncoder, native_response: list[bytes]) -> None:
    logprobs = b'"logprobs":[{"token":"Hello","logprob":-1,"bytes":[],"top_logprobs":[]}]'
    frames = [frame if b".added" in frame else frame.replace(b'"logprobs":[]', logprobs) for frame in native_response]
    assert b"Hello" not in run(encoder, frames, upper)


def test_final_text_continues_the_last_message(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    final = orjson.loads(native_response[-1].split(b"data: ")[1])
    final["response"]["output"].pop()
    final["sequence_number"] = 15
    frames = [*native_response[:15], b"event: response.completed\ndata: " + orjson.dumps(final) + b"\n\n"]
    events = validated(run(encoder, frames, extra=StreamChunk("text", "!")))
    assert set(texts(events).values()) == {"Hello world!"}
    assert len([event for event in events if event["type"] == "response.output_item.added"]) == 2


def test_final_text_after_another_item_is_a_message_of_its_own(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    events = validated(run(encoder, native_response, extra=StreamChunk("text", "!")))
    assert set(texts(events).values()) == {"Hello world!"}
    assert [event["type"] for event in events[-7:]] == [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [item["type"] for item in events[-1]["response"]["output"]] == [
        "reasoning", "message", "function_call", "message",
    ]  # fmt: skip
    assert events[-2]["output_index"] == 3


def test_a_final_tool_call_is_an_item(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    call = StreamChunk("tool_call", tool_call=ToolCall(0, "c9", "f", "{}"))
    events = validated(run(encoder, native_response, extra=call))
    assert events[-1]["response"]["output"][3]["call_id"] == "c9"


@pytest.mark.parametrize("kind", ["response.created", "response.output_item.done", "response.completed"])
def test_text_for_an_event_without_a_place_for_it_leaves_with_the_next_text_or_at_the_end(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated, kind: str
) -> None:
    done: list[str] = []

    def edit(chunk: StreamChunk) -> StreamChunk:
        if chunk.raw is None or chunk.raw["type"] != kind or done:
            return chunk
        done.append(kind)
        return replace(chunk, kind="text", text="Note. ")

    events = validated(run(encoder, native_response, edit, StreamChunk("text", "!")))
    told = "Hello worldNote. !" if kind == "response.completed" else "Note. Hello world!"
    assert set(texts(events).values()) == {told}


def test_usage_and_finish_reason_are_written_back(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        return chunk if chunk.usage is None else replace(chunk, usage=Usage(1, 1, 2), finish_reason="content_filter")

    final = validated(run(encoder, native_response, edit))[-1]
    assert final["type"] == "response.incomplete"
    assert final["response"]["status"] == "incomplete"
    assert final["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert final["response"]["usage"]["total_tokens"] == 2


def test_usage_is_told_where_the_stream_told_none(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    final = orjson.loads(native_response[-1].split(b"data: ")[1])
    final["response"]["usage"] = None
    frames = [*native_response[:-1], b"event: response.completed\ndata: " + orjson.dumps(final) + b"\n\n"]
    encoder.usage(Usage(3, 4, 7))
    assert validated(run(encoder, frames))[-1]["response"]["usage"]["total_tokens"] == 7


def test_content_that_only_ends_tell_is_seen_and_repaired(
    encoder: StreamEncoder, native_response: list[bytes], read: Validated
) -> None:
    frames = [frame for frame in native_response if b".delta" not in frame]
    seen: list[str] = []

    def edit(chunk: StreamChunk) -> StreamChunk:
        seen.append(chunk.text or (chunk.tool_call.arguments if chunk.tool_call else ""))
        return upper(chunk)

    events = read(run(encoder, frames, edit, StreamChunk("text", "!")))
    assert [text for text in seen if text] == ["thinking", "Hello world", '{"q":1}']
    assert {name: text for name, text in texts(events).items() if name != "deltas"} == dict.fromkeys(
        ("done", "part", "item", "final"), "HELLO WORLD!"
    )


def test_content_that_only_items_or_only_the_final_response_tell_is_seen_and_repaired(
    identity: AnswerIdentity, native_response: list[bytes], read: Validated
) -> None:
    items = [frame for frame in native_response if b"output_item.done" in frame]
    for frames in ([*items, native_response[-1]], [native_response[0], native_response[-1]]):
        seen: list[Any] = []

        def edit(chunk: StreamChunk, seen: list[Any] = seen) -> StreamChunk:
            seen.append(chunk.tool_call or chunk.text)
            return upper(chunk)

        encoder = RESPONSES.stream_encoder(identity, native=True, include_usage=True)
        events = read(run(encoder, frames, edit))
        assert [told for told in seen if told] == [
            "thinking", "Hello world", ToolCall(0, "call_1", "look_up", '{"q":1}'),
        ]  # fmt: skip
        assert texts(events)["final"] == "HELLO WORLD"


def test_a_final_response_that_leaves_items_out_is_repaired_by_their_ids(
    encoder: StreamEncoder, native_response: list[bytes], read: Validated
) -> None:
    final = orjson.loads(native_response[-1].split(b"data: ")[1])
    del final["response"]["output"][0]
    final["response"]["output_text"] = "Hello world"
    frames = [*native_response[:-1], b"data: " + orjson.dumps(final) + b"\n\n"]
    response = read(run(encoder, frames, upper))[-1]["response"]
    assert response["output"][0]["content"][0]["text"] == response["output_text"] == "HELLO WORLD"


def test_an_error_continues_the_numbers_of_what_passed(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    for event in RESPONSES.stream_decoder().feed(b"".join(native_response[:12])):
        encoder.passed(event)
    error, failed = validated(encoder.error(403, "not allowed", "blocked"))
    assert (error["sequence_number"], error["message"], error["code"]) == (12, "not allowed", "blocked")
    assert (failed["response"]["id"], failed["response"]["status"]) == ("resp_up", "failed")
    assert encoder.end() == b""


def test_an_error_after_events_drops_what_was_held(
    encoder: StreamEncoder, native_response: list[bytes], validated: Validated
) -> None:
    out = b"".join(feed(encoder, native_response[:13]))
    assert [e["type"] for e in validated(out + encoder.error(500, "x", None))[-2:]] == ["error", "response.failed"]


def test_an_error_before_the_first_event_names_the_answer(encoder: StreamEncoder, validated: Validated) -> None:
    error, failed = validated(encoder.error(429, "slow down", None))
    assert error["sequence_number"] == 0
    assert failed["response"]["id"] == "resp_1"
    assert failed["response"]["error"]["code"] == "rate_limit_exceeded"


def test_what_cannot_be_read_passes(encoder: StreamEncoder, native_response: list[bytes]) -> None:
    frames = [b": ping\n\n", b"data: {oops\n\n", *native_response, b"data: [DONE]\n\n"]
    assert run(encoder, frames) == b"".join(frames)
    late = RESPONSES.stream_decoder().feed(b": late\n\n")[0]
    assert encoder.event(late, late.chunks) == b": late\n\n"


def test_text_for_what_cannot_be_read_leaves_at_the_end(
    encoder: StreamEncoder, native_response: list[bytes], read: Validated
) -> None:
    def edit(chunk: StreamChunk) -> StreamChunk:
        return chunk if chunk.raw is not None else replace(chunk, kind="text", text="Note. ")

    out = run(encoder, [b"data: {oops\n\n", *native_response], edit)
    assert out.startswith(b"data: {oops\n\n")
    assert texts(read(out.removeprefix(b"data: {oops\n\n")))["final"] == "Note. Hello world"


@pytest.mark.parametrize(
    "data",
    [
        {"type": 5},
        {"type": "response.output_text.delta"},
        {"type": "response.output_text.delta", "delta": 5, "output_index": [], "content_index": "x"},
        {"type": "response.output_item.added", "item": 5},
        {"type": "response.output_item.done", "item": {"type": "message", "content": [None, {"type": []}]}},
        {"type": "response.output_item.done", "item": {"type": ["x"]}},
        {"type": "response.content_part.done", "part": 7},
        {"type": "response.content_part.added", "part": 7},
        {"type": "response.completed"},
        {"type": "response.completed", "response": {"output": [5, {"type": "function_call", "arguments": 5}]}},
        {"type": "response.created", "response": 5},
        {"type": "response.failed", "response": {"error": 7}},
    ],
)
def test_events_of_wrong_types_are_passed_on(data: dict[str, Any], identity: AnswerIdentity) -> None:
    frames = [b"data: " + orjson.dumps(data) + b"\n\n"]
    assert run(RESPONSES.stream_encoder(identity, native=True, include_usage=True), frames) == frames[0]
    encoder = RESPONSES.stream_encoder(identity, native=True, include_usage=True)
    run(encoder, frames * 2, lambda chunk: replace(chunk, text="new", tool_call=ToolCall(0, "a", "b", "c")))
