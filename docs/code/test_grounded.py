import grounded
from routeiq_plugin_sdk import Invocation
from routeiq_plugin_sdk.testing import PluginTestHarness


def result(*texts):
    return {"content": [{"type": "text", "text": text} for text in texts]}


def test_texts_without_a_source_cost_points():
    judged = grounded.evaluate(Invocation.mock("tool", output=result("a", "b, source: x", "c")))
    assert judged.status == "failed"
    assert judged.feedback == "1 of 3 texts name their source"


async def test_it_judges_in_the_gateway():
    async with PluginTestHarness(grounded, "evaluator") as harness:
        (judged,) = await harness.evaluate(Invocation.mock("tool", output=result("a, source: x")))
        assert (judged.score, judged.evaluator) == (1.0, "grounded")
        assert harness.events[-1].name == "evaluation.completed"
