from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import completion_create_params
from pydantic import TypeAdapter

from routeiq.core.dialects import InvalidRequest
from routeiq.core.dialects.responses_request import chat_request

HI = [{"role": "user", "content": "hi"}]


def chat(**changes: Any) -> dict[str, Any]:
    request = chat_request({"model": "m", "input": "hi", **changes})
    TypeAdapter(completion_create_params.CompletionCreateParamsNonStreaming).validate_python(request)
    assert request.pop("model") == "m"
    assert request.pop("messages") == HI
    return request


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"max_output_tokens": 5, "temperature": 0.5, "top_p": 1}, {"max_tokens": 5, "temperature": 0.5, "top_p": 1}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"reasoning": {}, "max_output_tokens": None, "tools": None, "text": None}, {}),
        ({"store": True, "metadata": {"a": "b"}, "truncation": "auto", "include": ["x"], "max_tool_calls": 1}, {}),
        (
            {"parallel_tool_calls": False, "user": "u", "top_k": 3},
            {"parallel_tool_calls": False, "user": "u", "top_k": 3},
        ),
        ({"text": {"verbosity": "low", "format": {"type": "text"}}}, {"verbosity": "low"}),
        ({"text": {"format": {"type": "json_object"}}}, {"response_format": {"type": "json_object"}}),
        (
            {
                "text": {
                    "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": True, "description": None}
                }
            },
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}}},
        ),
        (
            {"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}]},
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}, "strict": True}}]},
        ),
        (
            {
                "tools": [
                    {"type": "custom", "name": "g", "format": {"type": "grammar", "syntax": "lark", "definition": "d"}}
                ]
            },
            {
                "tools": [
                    {
                        "type": "custom",
                        "custom": {
                            "name": "g",
                            "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "d"}},
                        },
                    }
                ]
            },
        ),
        ({"tools": []}, {}),
        ({"tool_choice": "required"}, {"tool_choice": "required"}),
        (
            {"tool_choice": {"type": "function", "name": "f"}},
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
        (
            {"tool_choice": {"type": "custom", "name": "g"}},
            {"tool_choice": {"type": "custom", "custom": {"name": "g"}}},
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}},
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "auto",
                        "tools": [{"type": "function", "function": {"name": "f"}}],
                    },
                }
            },
        ),
    ],
)
def test_parameters_ask_for_the_same(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert chat(**given) == wanted


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"previous_response_id": "r"}, "previous_response_id"),
        ({"conversation": "c"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"background": True}, "background"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "tools"),
        ({"tools": 5}, "tools"),
        ({"tools": [5]}, "tools"),
        ({"tool_choice": {"type": "file_search"}}, "tool_choice"),
        ({"tool_choice": 5}, "tool_choice"),
        ({"text": 5}, "text"),
        ({"text": {"format": 5}}, "text.format"),
        ({"reasoning": "low"}, "reasoning"),
        ({"input": []}, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "u"}]}]}, "input"),
    ],
)
def test_what_chat_lacks_is_refused(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        chat_request({"model": "m", "input": "hi", **changes})
    assert caught.value.param == param


def test_what_is_off_is_not_refused() -> None:
    assert chat(previous_response_id=None, background=False, top_logprobs=0) == {}


def test_developers_speak_as_the_system() -> None:
    request = chat_request({"model": "m", "instructions": "a", "input": [{"role": "developer", "content": "b"}, *HI]})
    assert [message["role"] for message in request["messages"]] == ["system", "system", "user"]
