"""Laws of the dialects: packets do not matter, nothing raises, translations agree, edits stay consistent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion
from openai.types.responses import Response
from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from routeiq.core.assembly import Assembler
from routeiq.core.dialects import CHAT, COMPLETION, DIALECTS, MESSAGES, RESPONSES, AnswerIdentity, Dialect, StreamEvent

IDENTITY = AnswerIdentity("resp_1", "m", 1, {"model": "m"})
STREAMED = (CHAT, COMPLETION, RESPONSES, MESSAGES)

texts = st.text(st.characters(codec="utf-8"), max_size=12)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "choices", "delta", "content", "index", "finish_reason", "tool_calls", "function", "arguments", "usage", "error",
    "type", "item", "output_index", "content_index", "part", "response", "output", "text", "id", "name",
]  # fmt: skip
TYPES = [
    "response.created", "response.output_item.added", "response.output_item.done", "response.output_text.delta",
    "response.output_text.done", "response.content_part.done", "response.function_call_arguments.delta",
    "response.function_call_arguments.done", "response.completed", "error", "message", "function_call", "output_text",
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "text_delta",
    "input_json_delta", "tool_use", "text",
]  # fmt: skip
# JSON with the names that dialects look for, and mostly nonsense under them.
odd_json = st.recursive(
    st.none() | st.integers(-2, 3) | st.sampled_from(["", "x", *TYPES]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
odd_events = st.fixed_dictionaries({}, optional={"type": st.sampled_from(TYPES), **dict.fromkeys(FIELDS[:1], odd_json),
    "delta": odd_json, "item": odd_json, "part": odd_json, "response": odd_json, "usage": odd_json,
    "content_block": odd_json, "index": odd_json,
    "output_index": odd_json, "text": odd_json, "error": odd_json})  # fmt: skip


def frame_of(data: Any) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


def packets(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


# Frames


@st.composite
def streams_in_packets(draw: st.DrawFn) -> tuple[bytes, list[bytes], list[bytes]]:
    line = st.sampled_from(
        [b"data: {}", b"data: [1", b"data:", b"event: x", b": c", b"id: 1", b"", b"\xef\xbb\xbfdata: 1"]
    )
    end = st.sampled_from([b"\n", b"\r\n", b"\r"])
    stream = b"".join(draw(line) + draw(end) for _ in range(draw(st.integers(0, 12))))
    return stream, packets(draw, stream), packets(draw, stream)


@given(streams_in_packets())
def test_packets_do_not_matter_and_frames_joined_are_the_stream(case: tuple[bytes, list[bytes], list[bytes]]) -> None:
    stream, *cuttings = case
    results = []
    for pieces in cuttings:
        decoder = CHAT.stream_decoder()
        frames = [frame for piece in pieces for frame in decoder.split(piece)]
        results.append([*frames, *decoder.rest()])
        assert b"".join(results[-1]) == stream
    assert results[0] == results[1]


@given(st.sampled_from(STREAMED), st.lists(odd_events | json_values, max_size=6), st.data())
def test_whatever_an_upstream_sends_passes_unchanged(dialect: Dialect, events: list[Any], data: st.DataObject) -> None:
    stream = b"".join(map(frame_of, events)) + b"data: [DONE]\n\n"
    decoder = dialect.stream_decoder()
    encoder = dialect.stream_encoder(IDENTITY, native=True, include_usage=True)
    out = [encoder.start()]
    terminal: list[bytes] = []
    for piece in data.draw(st.composite(packets)(stream)):
        for event in decoder.feed(piece):
            (terminal if event.terminal else out).append(event.frame)
            encoder.event(event, event.chunks)
    sent = dialect.stream_encoder(IDENTITY, native=True, include_usage=True)
    passed = [sent.event(event, event.chunks) for event in dialect.stream_decoder().feed(stream)]
    whole = b"".join([*passed, sent.end()])
    if dialect is RESPONSES:
        assert whole == stream
    else:
        assert whole == b"".join([*out, *terminal])  # only terminal events wait


@given(st.sampled_from(STREAMED), st.lists(odd_events, max_size=6), st.data())
def test_no_edit_of_whatever_an_upstream_sends_raises(dialect: Dialect, events: list[Any], data: st.DataObject) -> None:
    edits = st.sampled_from(
        [
            lambda chunk: chunk,
            lambda chunk: replace(chunk, text=""),
            lambda chunk: replace(chunk, kind="text", text="new"),
            lambda chunk: replace(chunk, kind="tool_call", tool_call=ToolCall(0, "a", "f", "{}")),
            lambda chunk: replace(chunk, kind="other", text="", tool_call=None, usage=None, finish_reason=None),
            lambda chunk: replace(chunk, usage=Usage(1, 1, 2), finish_reason="length"),
        ]
    )
    stream = b"".join(map(frame_of, events))
    for decoded_as, native in ((dialect, True), (CHAT, False)):
        encoder = dialect.stream_encoder(IDENTITY, native=native, include_usage=True)
        out = [encoder.start()]
        for event in decoded_as.stream_decoder().feed(stream):
            out.append(encoder.event(event, tuple(data.draw(edits)(chunk) for chunk in event.chunks)))
        out += [encoder.extra(StreamChunk("text", "!")), encoder.end(), encoder.error(500, "x", None)]
        for event in dialect.stream_decoder().feed(b"".join(out)):
            assert event.data is not None or event.done


# Whole answers


tool_calls = st.lists(st.tuples(words, words, texts), max_size=3).map(
    lambda calls: tuple(
        ToolCall(n, f"call_{n}{suffix}", name, arguments) for n, (suffix, name, arguments) in enumerate(calls)
    )
)
counts = st.integers(0, 1000)
usages = st.builds(lambda p, c, x, y: Usage(p + 1, c, p + 1 + c, x, y), counts, counts, counts, counts)


@st.composite
def answers(draw: st.DrawFn, *, tools: bool = True) -> LLMResponse:
    calls = draw(tool_calls) if tools else ()
    natural = "tool_calls" if calls else "stop"
    finish_reason = draw(st.sampled_from([natural, "length", "content_filter"]))
    return LLMResponse(draw(texts), calls, finish_reason, draw(st.none() | usages))


def meaning(response: LLMResponse) -> tuple[Any, ...]:
    return response.text, response.tool_calls, response.finish_reason, response.usage


@given(answers())
def test_what_is_encoded_is_decoded_the_same(response: LLMResponse) -> None:
    for dialect in (CHAT, RESPONSES):
        encoded = dialect.encode_response(response, IDENTITY, None)
        assert meaning(dialect.decode_response(orjson.loads(orjson.dumps(encoded)))) == meaning(response)


@given(answers(tools=False))
def test_text_completions_say_all_but_tool_calls(response: LLMResponse) -> None:
    encoded = COMPLETION.encode_response(response, IDENTITY, None)
    Completion.model_validate(encoded)
    assert meaning(COMPLETION.decode_response(encoded)) == meaning(response)


@st.composite
def chat_streams(draw: st.DrawFn) -> tuple[dict[str, Any], list[bytes]]:
    """A whole chat completion, and a stream that tells the same."""
    response = draw(answers())
    reasoning, refusal = draw(texts), draw(texts)
    whole = CHAT.encode_response(response, IDENTITY, None)
    message = whole["choices"][0]["message"]
    message["reasoning_content"], message["refusal"] = reasoning, refusal
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    for field, text in (("reasoning_content", reasoning), ("content", response.text), ("refusal", refusal)):
        deltas += [{field: piece} for piece in pieces(draw, text)]
    for call in response.tool_calls:
        function = {"name": call.name, "arguments": ""}
        deltas.append({"tool_calls": [{"index": call.index, "id": call.id, "type": "function", "function": function}]})
        deltas += [
            {"tool_calls": [{"index": call.index, "function": {"arguments": piece}}]}
            for piece in pieces(draw, call.arguments)
        ]
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "up"}
    events = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": response.finish_reason}]})
    if response.usage is not None:
        events.append({**base, "choices": [], "usage": whole["usage"]})
    return whole, [*map(frame_of, events), b"data: [DONE]\n\n"]


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def encode(dialect: Dialect, stream: bytes, *, native: bool) -> bytes:
    encoder = dialect.stream_encoder(IDENTITY, native=native, include_usage=True)
    decoder = (dialect if native else CHAT).stream_decoder()
    out = [encoder.start()]
    out += [encoder.event(event, event.chunks) for event in decoder.feed(stream)]
    return b"".join([*out, encoder.end()])


def assembled(events: list[StreamEvent]) -> LLMResponse:
    assembler = Assembler(list)
    for event in events:
        for chunk in event.chunks:
            assembler.add(chunk)
    return assembler.response()


def told(response: LLMResponse) -> tuple[Any, ...]:
    return *meaning(response)[:3], None if response.usage is None or response.usage.estimated else response.usage


@given(chat_streams())
def test_a_stream_assembled_is_the_whole_answer(case: tuple[dict[str, Any], list[bytes]]) -> None:
    whole, stream = case
    events = CHAT.stream_decoder().feed(b"".join(stream))
    assert told(assembled(events)) == told(CHAT.decode_response(whole))


@given(chat_streams())
def test_a_translated_stream_ends_as_the_translated_answer(case: tuple[dict[str, Any], list[bytes]]) -> None:
    whole, stream = case
    response = CHAT.decode_response(whole)
    translated = encode(RESPONSES, b"".join(stream), native=False)
    events = RESPONSES.stream_decoder().feed(translated)
    final = events[-1].data
    assert final is not None
    expected = RESPONSES.encode_response(response, IDENTITY, whole)
    Response.model_validate(expected)
    assert final["response"] == orjson.loads(orjson.dumps(expected))
    assert told(assembled(events)) == told(RESPONSES.decode_response(expected))
    assert [event.data["sequence_number"] for event in events if event.data] == list(range(len(events)))


@given(chat_streams())
def test_a_stream_translated_into_text_completions_says_the_same(case: tuple[dict[str, Any], list[bytes]]) -> None:
    whole, stream = case
    events = COMPLETION.stream_decoder().feed(encode(COMPLETION, b"".join(stream), native=False))
    expected = COMPLETION.encode_response(CHAT.decode_response(whole), IDENTITY, whole)
    assert told(assembled(events)) == told(COMPLETION.decode_response(expected))
    assert events[-1].done


# Edits


@st.composite
def edits(draw: st.DrawFn) -> Callable[[StreamChunk], StreamChunk]:
    """A plugin: changes some texts and arguments, swallows some, leaves others."""
    choices = draw(st.lists(st.none() | texts, min_size=1, max_size=5))
    turn = 0

    def edit(chunk: StreamChunk) -> StreamChunk:
        nonlocal turn
        turn += 1
        new = choices[turn % len(choices)]
        if new is None or chunk.kind in ("other", "usage"):
            return chunk
        if chunk.tool_call is not None:
            return replace(chunk, tool_call=replace(chunk.tool_call, arguments=new))
        return replace(chunk, text=new)

    return edit


@given(chat_streams(), edits(), texts, st.sampled_from(STREAMED))
def test_what_leaves_is_what_plugins_made_of_it(
    case: tuple[dict[str, Any], list[bytes]], edit: Callable[[StreamChunk], StreamChunk], extra: str, dialect: Dialect
) -> None:
    """The assembled answer, the deltas, the ends of items and the final response are all the same."""
    stream = b"".join(case[1])
    if dialect is not CHAT:
        stream = encode(dialect, stream, native=False)
    encoder = dialect.stream_encoder(IDENTITY, native=True, include_usage=True)
    assembler = Assembler(list)
    out = []
    for event in dialect.stream_decoder().feed(stream):
        chunks = tuple(map(edit, event.chunks))
        for chunk in chunks:
            assembler.add(chunk)
        same = all(new is old for new, old in zip(chunks, event.chunks, strict=True))
        out.append(encoder.event(event, event.chunks if same else chunks))
    final = StreamChunk("text", extra)
    assembler.add(final)
    sent = b"".join([*out, encoder.extra(final), encoder.end()])
    events = dialect.stream_decoder().feed(sent)
    expected = assembler.response()
    assert told(assembled(events)) == told(expected)
    if dialect is RESPONSES:
        consistent(events, expected)


def consistent(events: list[StreamEvent], expected: LLMResponse) -> None:
    data = [event.data for event in events if event.data is not None]
    response = data[-1]["response"]
    assert told(RESPONSES.decode_response(response)) == told(expected)
    assert [event["sequence_number"] for event in data] == list(range(len(data)))
    items = {event["output_index"]: event["item"] for event in data if event["type"] == "response.output_item.done"}
    assert [items[index] for index in sorted(items)] == response["output"]
    deltas: dict[tuple[Any, ...], str] = {}
    for event in data:
        key = event.get("output_index"), event.get("content_index")
        kind = event["type"].rpartition(".")[2]
        if kind == "added" and "item" in event:
            deltas[key] = event["item"].get("arguments", "")
        elif kind == "delta":
            deltas[key] = deltas.get(key, "") + event["delta"]
        elif kind == "done" and "item" not in event and "part" not in event:
            whole = next(event[name] for name in ("text", "refusal", "arguments", "input") if name in event)
            assert deltas.get(key, "") == whole
        elif kind == "done" and "part" in event:
            assert deltas.get(key, "") == (event["part"].get("text") or event["part"].get("refusal") or "")


# Requests


user_content = texts | st.lists(
    st.fixed_dictionaries({"type": st.just("input_text"), "text": texts})
    | st.fixed_dictionaries(
        {"type": st.just("input_image"), "image_url": words, "detail": st.sampled_from(["low", "auto"])}
    ),
    min_size=1,
    max_size=3,
)
items = st.one_of(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "system", "developer"]), "content": user_content}),
    st.fixed_dictionaries(
        {
            "type": st.just("message"),
            "role": st.just("assistant"),
            "content": st.lists(
                st.fixed_dictionaries({"type": st.just("output_text"), "text": words}), min_size=1, max_size=2
            ),
        }
    ),
    st.builds(
        lambda call, name, arguments: {"type": "function_call", "call_id": call, "name": name, "arguments": arguments},
        words, words, texts,
    ),
    st.builds(lambda call, text: {"type": "function_call_output", "call_id": call, "output": text}, words, texts),
    st.just({"type": "reasoning", "id": "rs", "summary": []}),
)  # fmt: skip
prompts = texts | st.lists(texts, min_size=1, max_size=3) | st.lists(st.integers(0, 9), min_size=1, max_size=3)
bodies = st.one_of(
    st.tuples(st.just("chat"), st.fixed_dictionaries({"messages": st.lists(st.just({"role": "user"}), min_size=1)})),
    st.tuples(st.just("completion"), st.fixed_dictionaries({"prompt": prompts})),
    st.tuples(st.just("embedding"), st.fixed_dictionaries({"input": prompts})),
    st.tuples(
        st.just("responses"),
        st.fixed_dictionaries({"input": texts | st.lists(items, max_size=6)}, optional={"instructions": texts}),
    ),
)


@given(bodies, st.dictionaries(words, json_values, max_size=3))
def test_its_own_messages_and_parameters_change_nothing(case: tuple[Any, dict[str, Any]], further: Any) -> None:
    dialect = DIALECTS[case[0]]
    body = {**further, "model": "m", **case[1]}
    messages, parameters = dialect.messages(body), dialect.parameters(body)
    assert dialect.with_overrides(body, messages=messages, parameters=parameters, model="m") == body


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Messages as a plugin may make them up."""
    messages: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 5))):
        role = draw(st.sampled_from(["system", "user", "assistant", "tool"]))
        content: Any = draw(texts)
        if role == "user" and draw(st.booleans()):
            content = [{"type": "text", "text": draw(texts)}, {"type": "text", "text": draw(texts)}]
        message = {"role": role, "content": content}
        if role == "tool":
            message["tool_call_id"] = f"c{n}"
        messages.append(message)
    return messages


@given(st.lists(items, max_size=6) | texts, st.none() | words, conversations(), st.data())
def test_messages_written_into_a_responses_request_are_read_back(
    given_input: Any, instructions: Any, new: list[dict[str, Any]], data: st.DataObject
) -> None:
    body = {"model": "m", "input": given_input, "instructions": instructions}
    old = RESPONSES.messages(body)
    kept = [message for message in old if data.draw(st.booleans())]
    position = data.draw(st.integers(0, len(kept)))
    messages = [*kept[:position], *new, *kept[position:]]
    written = RESPONSES.with_overrides(body, messages=messages)
    assert plain(RESPONSES.messages(written)) == plain(messages)


def plain(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What messages mean: text and calls of the assistant may be told in one message or in several."""
    merged: list[tuple[Any, ...]] = []
    for message in messages:
        content = message.get("content")
        merged += [(message["role"], message.get("tool_call_id"), content)] if content not in (None, "") else []
        merged += [("call", call) for call in map(orjson.dumps, message.get("tool_calls", ()))]
    return merged


@given(dialect=st.sampled_from(STREAMED), usage=st.none() | st.builds(Usage, *[st.integers(0, 10**6)] * 5))
def test_usage_alone_is_what_the_whole_answer_says_of_it(dialect: Dialect, usage: Usage | None) -> None:
    document = dialect.encode_response(LLMResponse("text", usage=usage), IDENTITY, None)
    assert dialect.decode_usage(document) == dialect.decode_response(document).usage
