"""Texts of conversations and of JSON values: all are found, in order, and can be replaced where they stand."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import TextPlace, json_texts, message_texts, with_json_texts, with_message_texts

CONVERSATION = [
    {"role": "system", "content": "Be kind."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "reasoning_content": "I look it up.",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"what": "a cat"}'}},
            {"id": "c2", "type": "custom", "custom": {"name": "run", "input": "ls"}},
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "It is a cat."}]},
    {"role": "assistant", "content": "A cat.", "refusal": "No more.", "function_call": {"arguments": "{}"}},
]


def place(*steps):
    made = TextPlace()
    for step in steps:
        made = TextPlace(made, step)
    return made


def texts_of(message):
    return [(text.kind, text.text) for text in message_texts([message])]


def test_every_text_of_every_message_is_found_in_order():
    assert [(text.role, text.kind, text.text) for text in message_texts(CONVERSATION)] == [
        ("system", "text", "Be kind."),
        ("user", "text", "What is this?"),
        ("assistant", "reasoning", "I look it up."),
        ("assistant", "tool_call", '{"what": "a cat"}'),
        ("assistant", "text", "ls"),
        ("tool", "text", "It is a cat."),
        ("assistant", "text", "A cat."),
        ("assistant", "text", "No more."),
        ("assistant", "tool_call", "{}"),
    ]
    assert repr(message_texts(CONVERSATION)[1].where) == "<TextPlace (1, 'content', 0, 'text')>"


def test_parts_in_parts_are_found():
    result = {"type": "tool_result", "content": [{"type": "text", "text": "in a result"}, "alone"]}
    document = {"type": "document", "source": {"type": "text", "data": "in a document"}}
    thought = {"type": "thinking", "thinking": "hm", "signature": "x"}
    refused = {"type": "refusal", "refusal": "no"}
    assert texts_of({"content": [result, document, thought, refused]}) == [
        ("text", "in a result"),
        ("text", "alone"),
        ("text", "in a document"),
        ("reasoning", "hm"),
        ("text", "no"),
    ]


def test_arguments_that_are_no_json_text_are_walked_through():
    call = {"function": {"name": "find", "arguments": {"what": "a cat", "where": ["here", 3]}}}
    assert texts_of({"tool_calls": [call]}) == [("text", "a cat"), ("text", "here")]


@pytest.mark.parametrize(
    "message",
    [
        {}, {"content": 3}, {"content": [None, 4, {"text": 5}, {"content": 6}]}, {"tool_calls": "x"},
        {"tool_calls": [None, {"function": "x"}, {"function": {"arguments": 3}}]}, {"role": 7, "content": None},
        {"content": [{"source": {"type": "text", "data": 1}}, {"source": 1}]}, None, "text",
    ],
)  # fmt: skip
def test_odd_shapes_have_no_texts_and_harm_nobody(message):
    assert message_texts([message]) == []


def test_content_may_be_deeper_than_calls_can_nest():
    content = "deep"
    for _ in range(5000):
        content = [{"content": content}]
    assert texts_of({"content": content}) == [("text", "deep")]
    assert [text.text for text in json_texts(content)] == ["deep"]


def test_what_is_changed_is_copied_and_nothing_else():
    before, texts = copy.deepcopy(CONVERSATION), message_texts(CONVERSATION)
    changed = {texts[1].where: "Who?", texts[3].where: "{}"}
    new = with_message_texts(CONVERSATION, changed)
    assert before == CONVERSATION
    assert [text.text for text in message_texts(new)][:4] == ["Be kind.", "Who?", "I look it up.", "{}"]
    assert new[0] is CONVERSATION[0]
    assert new[1]["content"][1] is CONVERSATION[1]["content"][1]
    assert new[2]["tool_calls"][1] is CONVERSATION[2]["tool_calls"][1]


@pytest.mark.parametrize("where", [(9,), (0, "nothing"), (0, "content", "text"), (1, "content"), (0, "content", 0, 0)])
def test_a_place_without_a_text_is_an_error(where):
    with pytest.raises(KeyError, match="what stands at|there is nothing at"):
        with_message_texts([{"content": "a"}, {"content": []}], {place(*where): "x"})


def test_places_of_different_walks_are_the_same():
    value = {"a": ["b", "c"]}
    new = with_json_texts(value, {json_texts(value)[0].where: "B", json_texts(value)[1].where: "C"})
    assert new == {"a": ["B", "C"]}


def test_a_json_value_may_be_a_text_itself():
    [text] = json_texts("a")
    assert (text.text, tuple(text.where)) == ("a", ())
    assert with_json_texts("a", {text.where: "b"}) == "b"


def test_images_and_files_are_no_texts_whatever_protocol_carries_them():
    data = "QUJD" * 40
    carried = [
        {"type": "image", "data": data, "mimeType": "image/png"},
        {"uri": "file:///a", "mimeType": "application/pdf", "blob": data},
        {"raw": data, "mediaType": "image/png"},
        {"file": {"bytes": data, "mimeType": "image/png"}},
    ]
    assert data not in [text.text for text in json_texts(carried)]
    hidden = {"mimeType": "text/plain", "data": "my card is 4111 1111 1111 1111, " * 4}
    assert hidden["data"] in [text.text for text in json_texts(hidden)]
    assert [text.text for text in json_texts({"data": data})] == [data]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=12,
)


@given(JSON, st.data())
def test_texts_of_any_json_value_can_be_replaced_and_come_back_in_order(value, data):
    before, texts = copy.deepcopy(value), json_texts(value)
    assert with_json_texts(value, {text.where: text.text for text in texts}) is value
    chosen = data.draw(st.lists(st.sampled_from(texts), unique=True)) if texts else []
    new = with_json_texts(value, {text.where: text.text + "!" for text in chosen})
    assert value == before
    marked = [text.text + "!" if text in chosen else text.text for text in texts]
    assert [text.text for text in json_texts(new)] == marked
    assert [tuple(text.where) for text in json_texts(new)] == [tuple(text.where) for text in texts]


NAMES = st.sampled_from(
    ["role", "content", "text", "tool_calls", "function", "custom", "arguments", "input", "source", "data", "refusal"]
)
SHAPES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)


@given(st.lists(SHAPES, max_size=3))
def test_whatever_a_client_sends_as_messages_is_read_and_written_back(messages):
    before, texts = copy.deepcopy(messages), message_texts(messages)
    assert with_message_texts(messages, {text.where: text.text for text in texts}) is messages
    new = with_message_texts(messages, {text.where: "" for text in texts})
    assert messages == before
    assert [tuple(text.where) for text in message_texts(new)] == [tuple(text.where) for text in texts]
    assert all(text.text == "" for text in message_texts(new))
