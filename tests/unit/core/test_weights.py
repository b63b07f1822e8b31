"""What values weigh, roughly."""

import pytest
from routeiq_plugin_sdk import Invocation, LLMResponse

from routeiq.core.weights import MOST_PARTS, weight_of


@pytest.mark.parametrize(
    "value",
    ["x" * 100_000, b"x" * 100_000, ["x" * 50_000] * 2, {"a": {"b": ["x" * 100_000]}}, ("x",) * 1000 + ("x" * 36_000,),
     Invocation.mock(input=[{"content": "x" * 100_000}]), Invocation.mock("llm", output=LLMResponse("x" * 100_000))],
)  # fmt: skip
def test_texts_weigh_what_they_are_long(value):
    assert 95_000 < weight_of(value) < 110_000


def test_of_many_parts_the_rest_is_estimated():
    assert 0.3 < weight_of([{"a": "x" * 100}] * (MOST_PARTS * 10)) / (MOST_PARTS * 10 * 293) < 2
    assert 0.9 < weight_of(["x" * 100] * (MOST_PARTS * 10)) / (MOST_PARTS * 10 * 164) < 1.1


def test_a_value_that_holds_itself_has_an_end():
    circular = []
    circular.append(circular)
    assert weight_of(circular) > 0
    assert weight_of(None) > 0
