"""What the tests of dialects share: streams as events, and OpenAI's own types and client as judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import httpx
import openai
import orjson
import pytest
from openai.types.responses import ResponseStreamEvent

from routeiq.core.dialects import AnswerIdentity


def _event_classes(union: Any) -> Iterator[type[Any]]:
    for member in get_args(union):
        if hasattr(member, "model_fields"):
            yield member
        else:
            yield from _event_classes(member)


EVENT_CLASSES = {
    literal: cls
    for cls in _event_classes(ResponseStreamEvent)
    for literal in get_args(cls.model_fields["type"].annotation)
}


@pytest.fixture
def identity() -> AnswerIdentity:
    return AnswerIdentity("resp_1", "my-model", 1735689600, {"model": "my-model", "input": "hi"})


@pytest.fixture
def read() -> Callable[[bytes], list[dict[str, Any]]]:
    """read(stream): the data of all events but [DONE]."""

    def read(stream: bytes) -> list[dict[str, Any]]:
        return [
            orjson.loads(line[6:])
            for line in stream.split(b"\n")
            if line.startswith(b"data: ") and line != b"data: [DONE]"
        ]

    return read


@pytest.fixture
def validated(read: Callable[[bytes], list[dict[str, Any]]]) -> Callable[[bytes], list[dict[str, Any]]]:
    """validated(stream): the events of a Responses stream, each valid for OpenAI's types, numbered without a gap."""

    def validated(stream: bytes) -> list[dict[str, Any]]:
        events = read(stream)
        for event in events:
            EVENT_CLASSES[event["type"]].model_validate(event)
        numbers = [event["sequence_number"] for event in events]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        names = [line[7:].decode() for line in stream.split(b"\n") if line.startswith(b"event: ")]
        assert names == [event["type"] for event in events]
        return events

    return validated


@pytest.fixture
def client() -> Callable[[bytes], openai.OpenAI]:
    """client(stream): OpenAI's client, to which every request is answered with these bytes."""

    def client(stream: bytes) -> openai.OpenAI:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

        transport = httpx.MockTransport(answer)
        return openai.OpenAI(
            api_key="none", base_url="http://upstream/v1", http_client=httpx.Client(transport=transport), max_retries=0
        )

    return client


@pytest.fixture
def chat_frame() -> Callable[..., bytes]:
    """chat_frame(delta, ...): an event of a chat stream."""

    def chat_frame(
        delta: dict[str, Any] | None = None, finish_reason: str | None = None, index: int = 0, **further: Any
    ) -> bytes:
        choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": finish_reason}]
        data = {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "up",
            "choices": choices,
            **further,
        }
        return b"data: " + orjson.dumps(data) + b"\n\n"

    return chat_frame


@pytest.fixture
def typed_frame() -> Callable[..., bytes]:
    """typed_frame(type, number, ...): an event of a Responses stream."""

    def typed_frame(type: str, number: int, **fields: Any) -> bytes:
        data = {"type": type, "sequence_number": number, **fields}
        return b"event: " + type.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"

    return typed_frame


@pytest.fixture
def native_response(typed_frame: Callable[..., bytes]) -> list[bytes]:
    """The frames of a Responses stream: reasoning, "Hello world" in two deltas, and one tool call."""
    frame = typed_frame
    text = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    part = {"type": "output_text", "text": "Hello world", "annotations": [], "logprobs": []}
    reasoning: dict[str, Any] = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "thinking"}],
    }
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    call = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look_up", "status": "completed"}
    response: dict[str, Any] = {
        "id": "resp_up", "object": "response", "created_at": 1, "model": "up", "parallel_tool_calls": True,
        "tool_choice": "auto", "tools": [], "status": "in_progress", "output": [],
    }  # fmt: skip
    usage = {
        "input_tokens": 3, "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0}, "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 8,
    }  # fmt: skip
    output = [reasoning, message, {**call, "arguments": '{"q":1}'}]
    final = {**response, "status": "completed", "output": output, "usage": usage}
    summary = {"item_id": "rs_1", "output_index": 0, "summary_index": 0}
    spoken: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": response}),
        ("response.in_progress", {"response": response}),
        ("response.output_item.added", {"output_index": 0, "item": {**reasoning, "summary": []}}),
        ("response.reasoning_summary_part.added", {**summary, "part": {"type": "summary_text", "text": ""}}),
        ("response.reasoning_summary_text.delta", {**summary, "delta": "thinking"}),
        ("response.reasoning_summary_text.done", {**summary, "text": "thinking"}),
        ("response.reasoning_summary_part.done", {**summary, "part": reasoning["summary"][0]}),
        ("response.output_item.done", {"output_index": 0, "item": reasoning}),
        ("response.output_item.added", {"output_index": 1, "item": {**message, "content": []}}),
        ("response.content_part.added", {**text, "part": {**part, "text": ""}}),
        ("response.output_text.delta", {**text, "delta": "Hello ", "logprobs": []}),
        ("response.output_text.delta", {**text, "delta": "world", "logprobs": []}),
        ("response.output_text.done", {**text, "text": "Hello world", "logprobs": []}),
        ("response.content_part.done", {**text, "part": part}),
        ("response.output_item.done", {"output_index": 1, "item": message}),
        ("response.output_item.added", {"output_index": 2, "item": {**call, "arguments": ""}}),
        ("response.function_call_arguments.delta", {"item_id": "fc_1", "output_index": 2, "delta": '{"q"'}),
        ("response.function_call_arguments.delta", {"item_id": "fc_1", "output_index": 2, "delta": ":1}"}),
        (
            "response.function_call_arguments.done",
            {"item_id": "fc_1", "output_index": 2, "name": "look_up", "arguments": '{"q":1}'},
        ),
        ("response.output_item.done", {"output_index": 2, "item": {**call, "arguments": '{"q":1}'}}),
        ("response.completed", {"response": final}),
    ]
    return [frame(kind, number, **fields) for number, (kind, fields) in enumerate(spoken)]
