from __future__ import annotations

from typing import Any

import pytest
from openai.types import Completion
from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq.core.dialects import COMPLETION, AnswerIdentity, InvalidRequest


@pytest.mark.parametrize("prompt", ["", "a", ["a", "b"], [1, 2], [[1]]])
def test_prompts_of_every_form_are_served(prompt: Any) -> None:
    assert COMPLETION.parse({"model": "m", "prompt": prompt}).model == "m"


@pytest.mark.parametrize("prompt", ["hi", ["hi"]])
def test_a_prompt_becomes_a_message(prompt: Any) -> None:
    body = {"model": "m", "prompt": prompt, "stop": ["x"], "n": 2, "max_tokens": 5, "echo": False, "logprobs": None}
    assert COMPLETION.to_chat(body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stop": ["x"],
        "n": 2,
        "max_tokens": 5,
    }


@pytest.mark.parametrize("changes", [{"best_of": None}, {"best_of": 1}, {"n": 3, "best_of": 3}])
def test_best_of_all_is_no_choice(changes: dict[str, Any]) -> None:
    assert "best_of" not in COMPLETION.to_chat({"model": "m", "prompt": "x", **changes})


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": [[1, 2]]}, "prompt"),
        ({"echo": True}, "echo"),
        ({"suffix": "x"}, "suffix"),
        ({"logprobs": 0}, "logprobs"),
        ({"best_of": 3}, "best_of"),
    ],
)
def test_what_chat_lacks_is_refused(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest, match="no equivalent") as caught:
        COMPLETION.to_chat({"model": "m", "prompt": "a", **changes})
    assert caught.value.param == param


def test_an_answer_is_decoded() -> None:
    data = {"choices": [{"text": "hi", "index": 0, "finish_reason": "length"}], "usage": {"prompt_tokens": 1}}
    assert COMPLETION.decode_response(data) == LLMResponse("hi", (), "length", Usage(1, 0, 1), None, data)
    assert COMPLETION.decode_response({"choices": []}).text == ""
    with pytest.raises(ValueError, match="choices"):
        COMPLETION.decode_response({})


def test_an_answer_of_a_plugin_is_a_text_completion(identity: AnswerIdentity) -> None:
    response = LLMResponse("hi", (ToolCall(0, "a", "f", ""),), "tool_calls", Usage(1, 2, 3))
    encoded = COMPLETION.encode_response(response, identity, None)
    Completion.model_validate(encoded)
    decoded = COMPLETION.decode_response(encoded)
    assert (decoded.text, decoded.finish_reason, decoded.usage) == ("hi", "stop", Usage(1, 2, 3))


def test_all_choices_of_a_chat_completion_are_translated(identity: AnswerIdentity) -> None:
    chat = {
        "choices": [
            {"index": 0, "message": {"content": "a"}, "finish_reason": "stop"},
            {"index": 1, "message": {"content": None, "refusal": "no"}, "finish_reason": "content_filter"},
            {"message": None, "finish_reason": "length"},
        ]
    }
    encoded = COMPLETION.encode_response(LLMResponse("a"), identity, chat)
    Completion.model_validate(encoded)
    assert [(c["text"], c["index"], c["finish_reason"]) for c in encoded["choices"]] == [
        ("a", 0, "stop"), ("no", 1, "content_filter"), ("", 2, "length"),
    ]  # fmt: skip
    empty = COMPLETION.encode_response(LLMResponse(), identity, {"choices": []})
    assert [choice["text"] for choice in empty["choices"]] == [""]
