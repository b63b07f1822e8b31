"""The vector of a text."""

import asyncio

import pytest
from routeiq_plugin_sdk.testing import MockPluginContext, UpstreamAnswer, UpstreamFailure

from routeiq_builtin_plugins.response_cache.config import Semantic
from routeiq_builtin_plugins.response_cache.embedding import embedded

BY_PLUGIN = Semantic(plugin="embeds", timeout=0.05)


async def test_a_model_embeds():
    context = MockPluginContext()
    context.llm.script(UpstreamAnswer(embeddings=[[3.0, 4.0]]), UpstreamFailure(503))
    direction = await embedded("hi", Semantic(model="e"), context)
    assert [round(number, 3) for number in direction.parts[0]] == [0.6, 0.8]
    assert context.llm.requests[0].body["input"] == ["hi"]
    assert await embedded("hi", Semantic(model="e"), context) is None
    assert context.metrics.value("embeddings", outcome="failed") == 1


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_plugin_embeds(is_async):
    async def slowly(texts):
        return [[1.0] for _ in texts]

    context = MockPluginContext()
    context.shared.others["embeds"] = {"embed": slowly if is_async else lambda texts: [[1.0] for _ in texts]}
    assert (await embedded("hi", BY_PLUGIN, context)).size == 1


@pytest.mark.parametrize("vectors", [[], [[1.0], [2.0]], [[0.0]]])
async def test_what_is_no_vector_of_the_text_is_none(vectors):
    context = MockPluginContext()
    context.shared.others["embeds"] = {"embed": lambda texts: vectors}
    assert await embedded("hi", BY_PLUGIN, context) is None


async def test_one_that_takes_too_long_is_not_waited_for():
    context = MockPluginContext()
    context.shared.others["embeds"] = {"embed": lambda texts: asyncio.sleep(5)}
    assert await embedded("hi", BY_PLUGIN, context) is None
    assert "too late" in str(context.logs[0].fields)
