"""What a call has cost, and where that is known from."""

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, Usage

from routeiq_builtin_plugins.cost_tracker.accounts import Account
from routeiq_builtin_plugins.cost_tracker.charges import Charge, charge_of, names_of, told
from routeiq_builtin_plugins.cost_tracker.prices import Price, PriceTable
from routeiq_builtin_plugins.cost_tracker.reservations import Expense, Reserved

TABLE = PriceTable([Price(model="mock-model", input=1, output=1)])
USAGE = Usage(10, 5, 15)


@pytest.mark.parametrize(
    ("response", "names", "charge"),
    [
        (LLMResponse(usage=USAGE, cost=9), ["mock-model"], Charge(Expense(15_000, 15), "table", USAGE)),
        (LLMResponse(usage=USAGE, cost=0.5), ["x"], Charge(Expense(500_000_000, 15), "gateway", USAGE)),
        (LLMResponse(usage=USAGE), ["x"], Charge(Expense(0, 15), "none", USAGE)),
        (LLMResponse(usage=Usage(3, 4)), ["x"], Charge(Expense(0, 7), "none", Usage(3, 4))),
        (LLMResponse(), ["mock-model"], Charge(Expense(99, 9), "reserved")),
    ],
)
def test_the_table_goes_before_the_gateway_and_what_nobody_knows_stays_reserved(response, names, charge):
    assert charge_of(LLMCall.mock(), response, names, TABLE, Reserved(Expense(99, 9))) == charge


def test_what_a_plugin_answered_costs_nothing():
    call = LLMCall.mock()
    call.answered_by = "cache"
    charge = charge_of(call, LLMResponse(usage=USAGE), ["mock-model"], TABLE, Reserved())
    assert (charge.expense, charge.source) == (Expense(0, 0), "plugin")
    assert told(call, Account("ann"), charge)["usd"] == 0


def test_the_names_of_a_model():
    call, deployment = LLMCall.mock(), Deployment("d", "other", "gpt-4o", "openai")
    assert names_of(call, "other", deployment) == ["mock-model", "other", "openai/gpt-4o", "gpt-4o"]
    assert names_of(call, "mock-model", None) == ["mock-model"]
