from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openai.types.responses import Response
from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from routeiq.core.dialects import AnswerIdentity
from routeiq.core.dialects.responses_output import (
    OutputBuilder,
    ending,
    failed_events,
    finish_reason_of,
    response_object,
)
from routeiq.core.dialects.sse import named_frame


def test_a_response_repeats_what_the_request_said() -> None:
    request = {"temperature": 0.5, "tools": [], "metadata": {"a": "b"}, "instructions": "s", "input": "secret"}
    response = response_object(AnswerIdentity("resp_1", "m", 7, request), "completed", [], Usage(1, 2, 3))
    Response.model_validate(response)
    assert (response["temperature"], response["metadata"], response["instructions"]) == (0.5, {"a": "b"}, "s")
    assert (response["created_at"], response["usage"]["output_tokens"]) == (7, 2)
    assert "input" not in response


@pytest.mark.parametrize(
    ("finish_reason", "status", "reason"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        (None, "completed", None),
    ],
)
def test_finish_reasons_and_statuses(finish_reason: str | None, status: str, reason: str | None) -> None:
    told, details = ending(finish_reason)
    assert (told, details) == (status, reason and {"reason": reason})
    response = {"status": told, "incomplete_details": details}
    calls = finish_reason == "tool_calls"
    assert finish_reason_of(response, has_calls=calls) == (finish_reason or "stop")


def test_a_cut_off_response_without_a_reason_met_its_limit() -> None:
    assert finish_reason_of({"status": "incomplete"}, has_calls=True) == "length"


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate_limit_exceeded"), (403, "invalid_prompt"), (502, "server_error")]
)
def test_failures_have_a_code_that_the_api_knows(status: int, code: str, identity: AnswerIdentity) -> None:
    error, failed = failed_events(response_object(identity, "in_progress", [], None), status, "no", "own")
    assert (error["code"], failed["response"]["error"]) == ("own", {"code": code, "message": "no"})
    Response.model_validate(failed["response"])


def told(builder: OutputBuilder, *chunks: StreamChunk, status: str = "completed") -> list[dict[str, Any]]:
    events = [event for chunk in chunks for event in builder.add(chunk)]
    return [*events, *builder.close(status)]


def test_events_and_items_agree(identity: AnswerIdentity, validated: Callable[[bytes], list[dict[str, Any]]]) -> None:
    builder = OutputBuilder(identity)
    events = told(
        builder,
        StreamChunk("reasoning", "hm"),
        StreamChunk("text", "a"),
        StreamChunk("reasoning", "more"),
        StreamChunk("text", "b"),
        StreamChunk("tool_call", tool_call=ToolCall(0, None, "f", "")),
        StreamChunk("tool_call", tool_call=ToolCall(1, "c1", "g", "1")),
        StreamChunk("tool_call", tool_call=ToolCall(0, None, "ff", "{}")),
        StreamChunk("other", "nothing"),
        StreamChunk("text", ""),
        status="incomplete",
    )
    numbered = b"".join(named_frame({**event, "sequence_number": n}) for n, event in enumerate(events))
    validated(numbered)
    done = {event["output_index"]: event["item"] for event in events if event["type"] == "response.output_item.done"}
    assert [done[index] for index in sorted(done)] == builder.output()
    assert [(item["type"], item["status"]) for item in builder.output()] == [
        ("reasoning", "completed"), ("message", "completed"), ("reasoning", "completed"),
        ("function_call", "completed"), ("function_call", "incomplete"),
    ]  # fmt: skip
    assert builder.output()[3]["name"] == "ff"
    assert builder.output()[3]["call_id"]
    assert len({item["id"] for item in builder.output()}) == 5
    assert builder.close() == []


def test_custom_tools_of_the_request_are_called_as_such() -> None:
    request = {"tools": [{"type": "custom", "name": "g"}, 5]}
    builder = OutputBuilder(AnswerIdentity("resp_1", "m", 1, request), first_index=3)
    events = told(builder, StreamChunk("tool_call", tool_call=ToolCall(0, "c", "g", "x")))
    assert [event["type"].removeprefix("response.") for event in events] == [
        "output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done",
    ]  # fmt: skip
    assert builder.output() == [
        {"id": "ctc_1_3", "type": "custom_tool_call", "call_id": "c", "name": "g", "input": "x"}
    ]
    assert {event["output_index"] for event in events} == {3}


def test_annotations_are_told_and_kept(identity: AnswerIdentity) -> None:
    builder = OutputBuilder(identity)
    events = builder.annotate({"type": "url_citation", "url": "u"})
    assert [event["type"] for event in events][-1] == "response.output_text.annotation.added"
    builder.close()
    assert builder.output()[0]["content"][0]["annotations"] == [{"type": "url_citation", "url": "u"}]
