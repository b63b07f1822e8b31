"""What tokens cost."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from routeiq_plugin_sdk import Usage

from routeiq_builtin_plugins.cost_tracker.prices import Price, PriceTable, dollars, nano_dollars

DAY = dt.date(2026, 11, 25)
TOKENS = st.integers(0, 10**7)


def test_each_kind_of_token_has_its_price():
    price = Price(model="m", input=1, output=10, cached_input="0.5", reasoning=20, request="0.001")
    assert price.cost(Usage(1000, 100, 1100, cached_tokens=400, reasoning_tokens=30)) == 600_000 + 200_000 + 700_000 + (
        600_000 + 1_000_000
    )


def test_what_is_not_told_apart_costs_as_the_rest():
    price = Price(model="m", input=2, output=3)
    assert price.cost(Usage(10, 10, 20, cached_tokens=99, reasoning_tokens=99)) == 50_000


def test_a_sum_is_rounded_up_and_no_price_is_lost():
    assert Price(model="m", input="0.0001").cost(Usage(1)) == 1
    assert Price(model="m", input=0).cost(Usage(10**6)) == 0


@given(TOKENS, TOKENS, TOKENS, TOKENS)
def test_more_tokens_never_cost_less(prompt, completion, cached, more):
    price = Price(model="m", input=3, output=15, cached_input="0.3")
    assert price.cost(Usage(prompt, completion, cached_tokens=cached)) <= price.cost(
        Usage(prompt + more, completion + more, cached_tokens=cached)
    )


@pytest.mark.parametrize(
    ("names", "input"),
    [
        (["fast", "openai/gpt-4o", "gpt-4o"], 1),
        (["other", "openai/gpt-4o"], 2),
        (["other", "openai/gpt-4o-mini"], 3),
        (["openai/x"], 3),
        (["x[1]"], 5),
        (["zz"], 6),
        (["nothing"], None),
        ([], None),
    ],
)
def test_an_exact_name_goes_before_patterns_and_of_those_the_first_that_fits(names, input):
    table = PriceTable(
        [
            Price(model="openai/*", input=3),
            Price(model="openai/gpt-4o", input=2),
            Price(model="fast", input=1),
            Price(model="openai/gpt-*", input=4),
            Price(model="x[*", input=5),
            Price(model="??", input=6),
        ]
    )
    found = table.price(names, DAY)
    assert (None if found is None else found.input) == input


def test_the_latest_price_that_has_begun_holds():
    days = [dt.date(2026, 1, 1), None, dt.date(2026, 11, 25), dt.date(2026, 11, 26)]
    table = PriceTable([Price(model="m", input=n, since=day) for n, day in enumerate(days)])
    held = [
        table.price(["m"], day).input for day in (dt.date(2025, 1, 1), dt.date(2026, 11, 24), DAY, dt.date(2027, 1, 1))
    ]
    assert held == [1, 0, 2, 3]
    assert PriceTable([Price(model="m", input=1, since=dt.date(2027, 1, 1))]).price(["m"], DAY) is None


def test_dollars_and_back():
    assert nano_dollars(0.1) == 100_000_000
    assert nano_dollars(Decimal("1e-10")) == 1
    assert dollars(1_500_000_000) == 1.5


@pytest.mark.parametrize("wrong", [{"input": -1}, {"input": 1, "outputs": 1}, {"input": 1, "model": ""}, {}])
def test_a_wrong_price_is_refused(wrong):
    with pytest.raises(ValidationError):
        Price(**{"model": "m", **wrong})
