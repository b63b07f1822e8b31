"""A request of the Messages API over chat completions."""

import pytest

from routeiq.core.dialects import MESSAGES
from routeiq.core.dialects.dialect import InvalidRequest

BODY = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}


def test_parameters_have_their_counterparts():
    chat = MESSAGES.to_chat(
        {
            **BODY, "system": "s", "temperature": 0.5, "top_p": 0.9, "top_k": 3, "stop_sequences": ["x"],
            "stream": True, "metadata": {"user_id": "u"}, "thinking": {"type": "enabled", "budget_tokens": 20_000},
            "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {}}}],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
        }
    )  # fmt: skip
    assert chat == {
        "model": "m", "max_tokens": 10, "temperature": 0.5, "top_p": 0.9, "stop": ["x"], "stream": True, "user": "u",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}], "reasoning_effort": "high",
        "tools": [{"type": "function", "function": {"name": "f", "description": "d",
                                                    "parameters": {"type": "object", "properties": {}}}}],
        "tool_choice": "required", "parallel_tool_calls": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "f"}, {"type": "function", "function": {"name": "f"}}),
    ],
)
def test_a_choice_of_tools(choice, chosen):
    assert MESSAGES.to_chat({**BODY, "tool_choice": choice})["tool_choice"] == chosen


@pytest.mark.parametrize(
    "more", [{"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, {"mcp_servers": [{"url": "http://x"}]}]
)
def test_what_only_the_provider_runs_is_refused(more):
    with pytest.raises(InvalidRequest):
        MESSAGES.to_chat({**BODY, **more})
