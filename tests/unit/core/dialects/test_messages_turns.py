"""Turns of the Messages API as chat messages, and back: what nobody changed stays itself."""

import copy

import pytest

from routeiq.core.dialects.dialect import InvalidRequest
from routeiq.core.dialects.messages_turns import read_parts, written

BODY = {
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "What is in it?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "read", "input": {"file": "a"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "bread"}]},
                {"type": "text", "text": "And this?", "cache_control": {"type": "ephemeral"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
            ],
        },
    ],
}


def messages(body=BODY):
    return [part.message for part in read_parts(body)]


def test_plugins_see_chat_messages():
    assert messages() == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is in it?"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "read", "arguments": '{"file":"a"}'}}],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "bread"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            ],
        },
    ]


def test_what_nobody_changed_is_not_written():
    assert written(BODY, copy.deepcopy(messages())) == {}


def test_a_changed_message_leaves_the_other_turns_their_very_objects():
    new = copy.deepcopy(messages())
    new[1]["content"] = "[redacted]"
    changes = written(BODY, new)
    assert changes.keys() == {"messages"}
    assert changes["messages"][0] == {"role": "user", "content": "[redacted]"}
    assert changes["messages"][1] is BODY["messages"][1]
    assert changes["messages"][2] is BODY["messages"][2]


def test_a_changed_tool_result_keeps_its_turn_and_what_stands_beside_it():
    new = copy.deepcopy(messages())
    new[3]["content"] = "[redacted]"
    turn = written(BODY, new)["messages"][2]
    assert turn["role"] == "user"
    assert turn["content"][0] == {
        "type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "[redacted]"}],
    }  # fmt: skip
    assert turn["content"][1:] == BODY["messages"][2]["content"][1:]


def test_changed_arguments_and_text_of_the_assistant():
    new = copy.deepcopy(messages())
    new[2]["content"] = "I looked."
    new[2]["tool_calls"][0]["function"]["arguments"] = '{"file": "b"}'
    turn = written(BODY, new)["messages"][1]
    assert [block["type"] for block in turn["content"]] == ["text", "tool_use"]  # the signature holds no more
    assert turn["content"][0]["text"] == "I looked."
    assert turn["content"][1] == {"type": "tool_use", "id": "t1", "name": "read", "input": {"file": "b"}}


def test_one_text_changed_keeps_the_image_and_one_block_its_cache_control():
    new = copy.deepcopy(messages())
    new[4]["content"][0]["text"] = "And that?"
    content = written(BODY, new)["messages"][2]["content"]
    assert content[1]["text"] == "And that?"
    assert content[2] is BODY["messages"][2]["content"][2]
    one = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "x"}}]}]}
    changed = written(one, [{"role": "user", "content": "b"}])["messages"]
    assert changed == [{"role": "user", "content": [{"type": "text", "text": "b", "cache_control": {"type": "x"}}]}]


def test_messages_come_and_go_and_the_system_with_them():
    new = [{"role": "system", "content": "New."}, *messages()[1:2], {"role": "user", "content": "more"}]
    assert written(BODY, new) == {
        "system": "New.",
        "messages": [
            BODY["messages"][0],
            {
                "role": "user",
                "content": [{**BODY["messages"][2]["content"][1], "text": "more"}],
            },
        ],
    }
    assert written(BODY, messages()[1:]) == {"system": None, "messages": BODY["messages"]}


@pytest.mark.parametrize(
    "message",
    [
        {"content": "no role"},
        {"role": "user", "content": 7},
        {"role": "user", "content": [{"type": "input_audio"}]},
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{"}}]},
    ],
)
def test_what_the_api_cannot_say_is_refused(message):
    with pytest.raises(InvalidRequest):
        written(BODY, [*messages(), message])


def test_documents_are_files_and_back():
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}
    body = {"messages": [{"role": "user", "content": [pdf, {"type": "text", "text": "read"}]}]}
    (message,) = messages(body)
    assert message["content"][0]["file"]["file_data"] == "data:application/pdf;base64,aGk="
    message = copy.deepcopy(message)
    message["content"][1]["text"] = "look"
    assert written(body, [message])["messages"][0]["content"][0] is pdf
    picture = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}
    new = written(body, [{"role": "user", "content": [picture]}])["messages"][0]["content"]
    assert new == [{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/x.png"}}]
