"""The vector of a text: of a model of the gateway, or of another plugin's function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from typing import Any

from routeiq_plugin_sdk import LLMError, PluginContext

from .config import Semantic
from .similarity import Direction


async def embedded(text: str, semantic: Semantic, context: PluginContext) -> Direction | None:
    """Return the direction of a text; None where there is no embedding in time: then the model is asked.

    What another plugin's function raises is this plugin's failure, and told as such.
    """
    counted = context.metrics.counter("embeddings", "Texts that were embedded, by what came of it.", ["outcome"])
    try:
        async with asyncio.timeout(semantic.timeout):
            vectors = await _vectors(text, semantic, context)
    except (LLMError, TimeoutError) as error:
        counted.inc(outcome="failed")
        context.logger.warning("a text could not be embedded", reason=str(error) or "too late")
        return None
    counted.inc(outcome="done")
    return Direction.of(vectors[0]) if len(vectors) == 1 else None


async def _vectors(text: str, semantic: Semantic, context: PluginContext) -> Sequence[Sequence[float]]:
    if semantic.model is not None:
        return await context.llm.embed(semantic.model, [text])
    embed = context.shared.of(semantic.plugin or "").get("embed")
    if embed is None:
        raise LLMError(503, f"the plugin {semantic.plugin!r} has no function `embed` in its `context.shared`")
    made: Any = embed([text])
    vectors: Sequence[Sequence[float]] = await made if inspect.isawaitable(made) else made
    return vectors
