from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects import InvalidRequest
from routeiq.core.dialects.prompts import is_tokens, prompt_list, prompt_messages, written_prompt


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


SYSTEM = {"role": "system", "content": "Be kind."}


@pytest.mark.parametrize(
    ("prompt", "single", "messages"),
    [
        ("a", ["a"], [user("a")]),
        (["a", "b"], ["a", "b"], [user("a"), user("b")]),
        ([1, 2], [[1, 2]], [user("")]),
        ([[1], [2]], [[1], [2]], [user(""), user("")]),
    ],
)
def test_each_prompt_is_a_message_of_the_user(prompt: Any, single: Any, messages: Any) -> None:
    assert prompt_list(prompt) == single
    assert prompt_messages(prompt) == messages
    assert written_prompt(prompt, messages, "prompt") is prompt


def test_only_numbers_are_tokens() -> None:
    assert is_tokens([1])
    assert not any(map(is_tokens, ([], ["a"], [[1]], "a", [True])))


@pytest.mark.parametrize(
    ("prompt", "messages", "written"),
    [
        ("a", [user("b")], "b"),
        ("a", [SYSTEM, user("a")], "Be kind.\n\na"),
        ("a", [user([{"type": "text", "text": "b"}])], "b"),
        ("a", [], ""),
        (["a", "b"], [SYSTEM, user("a"), user("b")], ["Be kind.\n\na", "b"]),
        (["a", "b"], [user("a"), user("b"), user("c")], ["a", "b", "c"]),
        (["a", "b"], [user("a"), {"role": "assistant", "content": "x"}], ["a\n\nx"]),
        (["a"], [SYSTEM], ["Be kind."]),
    ],
)
def test_changed_messages_become_prompts(prompt: Any, messages: Any, written: Any) -> None:
    assert written_prompt(prompt, messages, "prompt") == written


def test_token_ids_beside_a_changed_text_stay() -> None:
    tokens = [1, 2]
    written = written_prompt(["a", tokens], [user("b"), user("")], "input")
    assert written == ["b", [1, 2]]
    assert written[1] is tokens


@pytest.mark.parametrize(
    ("prompt", "messages"),
    [([1, 2], [SYSTEM, user("")]), ([[1], [2]], [user("")]), ([[1], "a"], [user("x"), user("a")]), ([1], [user("x")])],
)
def test_token_ids_cannot_be_changed_as_text(prompt: Any, messages: Any) -> None:
    with pytest.raises(InvalidRequest, match="token ids"):
        written_prompt(prompt, messages, "prompt")
