from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects.alignment import align


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


A, B, C = said("user", "a"), said("assistant", "b"), said("user", "c")
SYSTEM = said("system", "s")


@pytest.mark.parametrize(
    ("new", "pairs"),
    [
        ([A, B, C], [0, 1, 2]),
        ([SYSTEM, A, B, C], [None, 0, 1, 2]),
        ([B, C], [1, 2]),
        ([A, said("assistant", "x"), C], [0, 1, 2]),
        ([said("user", "x"), said("assistant", "y"), said("user", "z")], [0, 1, 2]),
        ([SYSTEM, said("user", "x"), said("assistant", "y"), said("user", "z")], [None, 0, 1, 2]),
        ([C, A], [None, 0]),
        ([], []),
        ([dict(reversed(A.items())), B, C], [0, 1, 2]),
    ],
)
def test_messages_are_paired_with_what_they_were(new: list[dict[str, Any]], pairs: list[int | None]) -> None:
    assert align([A, B, C], new) == pairs


def test_results_of_tools_are_paired_by_their_call() -> None:
    old = [{"role": "tool", "tool_call_id": "1", "content": "x"}, {"role": "tool", "tool_call_id": "2", "content": "y"}]
    assert align(old, [{"role": "tool", "tool_call_id": "2", "content": "*"}]) == [1]


def test_messages_that_are_no_json_are_compared_as_they_print() -> None:
    odd = {"role": "user", "content": {1, 2}}
    assert align([A, odd], [odd]) == [1]
