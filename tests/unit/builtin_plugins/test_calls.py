"""What plugins want to know of a call before it is made."""

import pytest

from routeiq_builtin_plugins.calls import TOKENS_PER_ATTACHMENT, Expected, answer_bound, expected_tokens, named_user


@pytest.mark.parametrize(
    ("kwargs", "user"),
    [
        ({}, None),
        ({"user": "u", "metadata": {"user_id": "m"}}, "u"),
        ({"metadata": {"user_id": "m"}}, "m"),
        ({"safety_identifier": "s"}, "s"),
        ({"user": "", "metadata": "no mapping"}, None),
        ({"user": 7}, None),
    ],
)
def test_the_user_is_whom_the_client_names(kwargs, user):
    assert named_user(kwargs) == user


@pytest.mark.parametrize(
    ("kwargs", "tokens"),
    [
        ({}, 7),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 6),
        ({"max_output_tokens": 0}, 0),
        ({"max_tokens": 5, "n": 3}, 15),
        ({"max_tokens": True, "n": "2"}, 7),
        ({"max_tokens": -1}, 7),
    ],
)
def test_an_answer_is_bound_by_its_client_or_else(kwargs, tokens):
    assert answer_bound(kwargs, 7) == tokens


def test_a_prompt_has_its_texts_its_tools_and_its_attachments():
    call = {"function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"content": "abcdé"},  # six bytes
        {"content": [{"text": "ab"}, "cd", {"type": "image_url"}, None]},
        {"content": None, "tool_calls": [call]},
    ]
    tools = {"tools": [{"type": "function"}]}
    size = 6 + 4 + len('[{"function": {"name": "f", "arguments": "{}"}}]') + len('[{"type": "function"}]')
    expected = expected_tokens(messages, tools, 10)
    assert expected == Expected(-(-size // 4) + TOKENS_PER_ATTACHMENT, 10)
    assert expected.total == expected.prompt + 10
