from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects import InvalidRequest
from routeiq.core.dialects.responses_input import item_type, new_items, read_input, written_input

REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
ANSWER = {
    "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
    "content": [{"type": "output_text", "text": "hello", "annotations": []}],
}  # fmt: skip
BODY: dict[str, Any] = {
    "instructions": "Be kind.",
    "input": [
        {"role": "user", "content": "hi"},
        SEARCH,
        ANSWER,
        REASONING,
        CALL,
        CUSTOM,
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "y"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "thanks"}]},
        {"type": "item_reference", "id": "z"},
    ],
}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "hi"},
    {
        "role": "assistant",
        "content": "hello",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "c2", "type": "custom", "custom": {"name": "g", "input": "x"}},
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "42"},
    {"role": "tool", "tool_call_id": "c2", "content": "y"},
    {"role": "user", "content": "thanks"},
]


def changed(position: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**message, **changes} if n == position else message for n, message in enumerate(MESSAGES)]


def rewritten(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The body with messages written into it; they must read as they were given."""
    body = {**BODY, **written_input(BODY, messages)}
    assert read_input(body).messages == messages
    return body


def test_items_are_read_as_messages() -> None:
    conversation = read_input(BODY)
    assert conversation.messages == MESSAGES
    assert (conversation.instructed, conversation.trailing) == (True, [BODY["input"][-1]])


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"input": "hi"}, [{"role": "user", "content": "hi"}]),
        ({"input": "hi", "instructions": ""}, [{"role": "user", "content": "hi"}]),
        ({"input": "hi", "instructions": "s"}, [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]),
        ({"input": [CALL]}, [{"role": "assistant", "content": None, "tool_calls": MESSAGES[2]["tool_calls"][:1]}]),
        ({"input": []}, []),
        ({}, []),
        ({"input": [5, {"type": 7}]}, []),
    ],
)
def test_inputs_of_every_form_are_read(body: dict[str, Any], messages: list[Any]) -> None:
    assert read_input(body).messages == messages


def test_unchanged_messages_change_nothing() -> None:
    assert written_input(BODY, read_input(BODY).messages) == {}


def test_a_changed_message_keeps_what_plugins_do_not_see() -> None:
    body = rewritten(changed(2, content="*"))
    old, new = BODY["input"], body["input"]
    assert new[2] == {**ANSWER, "content": [{"type": "output_text", "text": "*", "annotations": []}]}
    assert [item is was for item, was in zip(new, old, strict=True)] == [True, True, False] + [True] * 7


def test_a_changed_tool_call_keeps_its_id_and_reasoning() -> None:
    calls = MESSAGES[2]["tool_calls"]
    arguments = {**calls[0], "function": {"name": "f", "arguments": "[]"}}
    body = rewritten(changed(2, tool_calls=[arguments, calls[1]]))
    assert body["input"][3] is REASONING
    assert body["input"][4] == {**CALL, "arguments": "[]"}
    assert body["input"][5] is CUSTOM


def test_a_removed_tool_call_takes_the_reasoning_for_it_along() -> None:
    body = rewritten(changed(2, tool_calls=MESSAGES[2]["tool_calls"][1:]))
    assert REASONING not in body["input"]
    assert SEARCH in body["input"]


def test_a_changed_tool_result_keeps_its_type() -> None:
    body = rewritten(changed(4, content="*"))
    expected = {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "*"}]}
    assert body["input"][7] == expected


def test_instructions_are_changed_and_removed() -> None:
    body = rewritten(changed(0, content="Be brief."))
    assert (body["instructions"], body["input"]) == ("Be brief.", BODY["input"])
    assert rewritten(MESSAGES[1:])["instructions"] is None


def test_instructions_that_became_the_users_words_are_input() -> None:
    body = rewritten(changed(0, role="user"))
    assert body["instructions"] is None
    assert body["input"][0] == {"type": "message", "role": "user", "content": "Be kind."}


def test_messages_are_added_and_removed() -> None:
    added = {"role": "system", "content": "Mind the step."}
    body = rewritten([MESSAGES[0], added, *MESSAGES[1:]])
    assert body["input"][0] == {"type": "message", **added}
    assert body["input"][1:] == BODY["input"]
    assert len(rewritten(MESSAGES[:2])["input"]) == 2


def test_a_text_stays_a_text() -> None:
    body = {"input": "hi", "instructions": "s"}
    system = {"role": "system", "content": "s"}
    assert written_input(body, [system, {"role": "user", "content": "bye"}]) == {"input": "bye"}
    assert written_input({"input": "hi"}, [system, {"role": "user", "content": "hi"}]) == {
        "input": [{"type": "message", **system}, {"type": "message", "role": "user", "content": "hi"}]
    }


def test_new_messages_become_items() -> None:
    assert new_items(MESSAGES[2]) == [
        {"type": "message", "role": "assistant", "content": "hello"},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        CUSTOM,
    ]
    assert new_items({"role": "tool", "tool_call_id": "c2", "content": "y"}, frozenset({"c2"})) == [
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "y"}
    ]
    assert new_items({"role": "user", "content": None}) == [{"type": "message", "role": "user", "content": ""}]
    with pytest.raises(InvalidRequest, match="role"):
        new_items({"content": "x"})


def test_strict_reading_leaves_out_reasoning_and_refuses_the_rest() -> None:
    assert read_input({"input": [REASONING, ANSWER]}, strict=True).messages == [
        {"role": "assistant", "content": "hello"}
    ]
    for item in (SEARCH, {"type": "item_reference", "id": "z"}, {}):
        with pytest.raises(InvalidRequest, match="no equivalent"):
            read_input({"input": [item]}, strict=True)


def test_messages_may_leave_their_type_out() -> None:
    assert [item_type(item) for item in ({"role": "user"}, {"type": "x"}, {}, 5)] == ["message", "x", None, None]
