"""Questions in other words."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.response_cache.similarity import BLOCK, HEAD, Direction, SimilarityIndex

NUMBERS = st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 3))
SIZE = HEAD + BLOCK + 3
VECTORS = st.lists(NUMBERS, min_size=5, max_size=5).filter(any).map(lambda few: (few * SIZE)[:SIZE])


def direction(*values):
    return Direction.of([*values, *[0.0] * 5])


@settings(max_examples=30)
@given(VECTORS, VECTORS, st.floats(-1, 1))
def test_a_cosine_is_exact_or_surely_below_what_is_asked(one, other, least):
    exact = sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))
    found = Direction.of(one).cosine(Direction.of(other), least)
    assert found == pytest.approx(exact, abs=1e-5) or (found == -1 and exact < least)


@pytest.mark.parametrize("size", [1, HEAD - 1, HEAD, HEAD + 1, HEAD + BLOCK, HEAD + BLOCK + 1, HEAD + 3 * BLOCK])
def test_no_number_is_left_out_wherever_a_vector_ends(size):
    one, other = [1.0] * size, [*[1.0] * (size - 1), -1.0]
    assert Direction.of(one).cosine(Direction.of(other), -1) == pytest.approx((size - 2) / size, abs=1e-5)
    assert Direction.of(one).cosine(Direction.of([*one, 1.0]), -1) == -1


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [math.nan], [math.inf]])
def test_what_has_no_direction(vector):
    assert Direction.of(vector) is None


def test_the_most_alike_of_the_group_is_found_if_it_is_alike_enough():
    index = SimilarityIndex(10, 100)
    index.add("g", direction(1, 0), "east", 100)
    index.add("g", direction(1, 1), "north-east", 100)
    index.add("other", direction(1, 0.01), "elsewhere", 100)
    assert index.nearest("g", direction(1, 0.1), 0.9, 0) == "east"
    assert index.nearest("g", direction(1, 0.9), 0.9, 0) == "north-east"
    assert index.nearest("g", direction(0, 1), 0.9, 0) is None
    assert index.nearest("none", direction(1, 0), 0.1, 0) is None
    assert index.nearest("g", Direction.of([1.0]), 0.1, 0) is None  # another model's


def test_what_no_longer_holds_is_gone():
    index = SimilarityIndex(10, 100)
    index.add("g", direction(1), "old", 50)
    index.add("g", direction(1), "new", 100)
    assert index.nearest("g", direction(1), 0.9, 60) == "new"
    assert len(index) == 1


def test_groups_and_all_of_them_are_bounded():
    index = SimilarityIndex(3, 8)
    for number in range(40):
        index.add(f"g{number % 5}", direction(1, number), f"k{number}", 100)
        index.add(f"g{number % 5}", direction(1, number), f"k{number}", 100)  # again: the same one
        assert len(index) <= 8
    assert index.nearest("g4", direction(1, 39), 0.99, 0) == "k39"
    assert index.nearest("g0", direction(1, 35), 0.99, 0) is None
