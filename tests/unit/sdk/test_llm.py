"""What the overrides of `llm_pre_call` do to a call."""

from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk.llm import apply_overrides

MESSAGES = [{"role": "user", "content": "hello"}]


def test_overrides_are_merged_shallowly_and_the_rest_stays() -> None:
    kwargs = {"temperature": 1, "tools": [1], "metadata": {"a": 1}}
    model, messages, merged = apply_overrides(
        "fast", MESSAGES, kwargs, {"model": "slow", "metadata": {"b": 2}, "seed": 7}
    )
    assert (model, messages) == ("slow", MESSAGES)
    assert merged == {"temperature": 1, "tools": [1], "metadata": {"b": 2}, "seed": 7}
    assert kwargs == {"temperature": 1, "tools": [1], "metadata": {"a": 1}}, "what was handed over is not changed"


def test_messages_are_replaced_as_a_whole() -> None:
    replaced = ({"role": "user", "content": "other"},)
    assert apply_overrides("fast", MESSAGES, {}, {"messages": replaced})[1] == replaced


def test_an_empty_override_changes_nothing_and_copies_nothing() -> None:
    kwargs = {"temperature": 1}
    model, messages, merged = apply_overrides("fast", MESSAGES, kwargs, {})
    assert model == "fast"
    assert messages is MESSAGES
    assert merged is kwargs


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"stream": True}, ValueError, "'stream' cannot be overridden"),
        ({"model": None}, TypeError, "'model' must be a name, not NoneType"),
        ({"messages": "text"}, TypeError, "'messages' must be a list of messages"),
        ({"messages": ["text"]}, TypeError, "'messages' must be a list of messages"),
        ({"messages": {"role": "user"}}, TypeError, "'messages' must be a list of messages"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(
    overrides: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        apply_overrides("fast", MESSAGES, {}, overrides)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "elsewhere"}, {"content-length": "3"}, {"transfer-encoding": "chunked"}, {"x-a": "a\r\nb: c"},
        {"x y": "1"}, {"x-a": 7}, [("x-a", "1")], "x-a: 1",
    ],
)  # fmt: skip
def test_extra_headers_that_can_not_be_sent_are_refused(headers):
    with pytest.raises((TypeError, ValueError)):
        apply_overrides("m", [], {}, {"extra_headers": headers})


def test_extra_headers_that_can_be_sent_are_an_override_like_any_other():
    assert apply_overrides("m", [], {}, {"extra_headers": {"x-a": "1"}}) == ("m", [], {"extra_headers": {"x-a": "1"}})
