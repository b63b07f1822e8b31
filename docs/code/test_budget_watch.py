import budget_watch
from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness


async def test_a_budget_that_is_spent_is_told_once():
    context = MockPluginContext(budget_watch.Config(budget=1.0))
    budget_watch.startup(context)
    for cost in (0.75, None, 0.5, 0.5):
        await context.events.deliver("llm.call.completed", {"cost": cost})
    (event,) = context.events.emitted
    assert (event.name, event.data["spent"]) == ("budget-watch.exceeded", 1.25)


async def test_each_hour_begins_anew():
    async with PluginTestHarness(budget_watch, config={"budget": 1.0}) as harness:
        await harness.emit("llm.call.completed", {"cost": 0.75})
        await harness.advance_time(3600)
        await harness.emit("llm.call.completed", {"cost": 0.75})
        assert "budget-watch.exceeded" not in [event.name for event in harness.events]
        assert harness.context.shared["spent"] == 0.75
