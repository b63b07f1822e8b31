"""What a plugin may put in the place of a tool's arguments, an agent's message or their results."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from routeiq_plugin_sdk.tools import MOST_NESTED, replace_object


def test_a_replacement_is_whole_and_becomes_plain_json() -> None:
    new = MappingProxyType({"a": (1, 2.5, None, True), "b": MappingProxyType({"c": "é"})})
    (made,) = replace_object({"old": 1}, new)
    assert made == {"a": [1, 2.5, None, True], "b": {"c": "é"}}
    assert (type(made), type(made["a"]), type(made["b"])) == (dict, list, dict)


def nested(levels: int) -> dict[str, Any]:
    value: Any = "deep"
    for _ in range(levels):
        value = {"a": value}
    assert isinstance(value, dict)
    return value


def test_nesting_is_bounded() -> None:
    assert replace_object({}, nested(MOST_NESTED)) == (nested(MOST_NESTED),)
    with pytest.raises(ValueError, match="more than 100 levels"):
        replace_object({}, nested(MOST_NESTED + 1))
    circular: dict[str, Any] = {}
    circular["itself"] = [circular]
    with pytest.raises(ValueError, match="more than 100 levels"):
        replace_object({}, circular)


@pytest.mark.parametrize(
    ("new", "error", "message"),
    [
        ({1: "a"}, TypeError, "the name 1 in the result must be a text"),
        ({"a": {None: 1}}, TypeError, "the name None in a must be a text"),
        ({"a": [0, {"b": {1, 2}}]}, TypeError, r"a\[1\]\.b must be a value of JSON, not set"),
        ({"a": b"bytes"}, TypeError, "a must be a value of JSON, not bytes"),
        ({"a": [float("nan")]}, ValueError, r"a\[0\] is nan, which JSON cannot say"),
        ({"a": float("-inf")}, ValueError, "a is -inf"),
        ({"a": "half \ud800"}, ValueError, "a has half of a surrogate pair"),
        ({"\udc00": 1}, ValueError, "the result has half of a surrogate pair"),
    ],
)
def test_what_json_cannot_say_is_refused(new: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        replace_object({}, new)
