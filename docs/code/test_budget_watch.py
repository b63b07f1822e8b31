from types import SimpleNamespace

import budget_watch
from routeiq_plugin_sdk import Event


def test_a_budget_that_is_spent_is_told_once():
    told = []
    context = SimpleNamespace(
        config=budget_watch.Config(budget=1.0),
        shared={"spent": 0.0},
        events=SimpleNamespace(emit=lambda name, data: told.append((name, data["spent"]))),
    )
    for cost in (0.75, None, 0.5, 0.5):
        budget_watch.add_cost(Event.mock("llm.call.completed", {"cost": cost}), context)
    assert told == [("budget-watch.exceeded", 1.25)]
