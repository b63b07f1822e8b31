"""What evaluation adds to a chat request in the gateway: switched off, on with no call sampled, and with every one.

An evaluator that is there while nobody says how many calls are evaluated must cost nothing: two gateways, with and
without it, are compared in the same rounds. Where calls are sampled, the figures have all of it: keeping the call, and
the work of an evaluator with nothing to think about, which is done after the answer.
"""

from __future__ import annotations

import asyncio
import types
from typing import Any

from routeiq_plugin_sdk import EvaluationPolicy, EvaluationResult, PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

from .guards import BODY
from .middleware import SCOPE, send
from .table import Row
from .telemetry import HEADERS
from .timing import AsyncCase, interleaved, median, ratio

OFF = 1.03
"""What an evaluator may cost that nobody asks: what such a measurement scatters."""


def judge() -> types.ModuleType:
    """Return an evaluator that has nothing to think about."""

    async def evaluate(invocation: Any) -> EvaluationResult:
        return EvaluationResult(1, "passed")

    return _plugin("judge", evaluate)


def policy(rate: float) -> types.ModuleType:
    """Return a plugin that has this share of the calls of models evaluated."""

    def register_evaluation_policy() -> EvaluationPolicy:
        return EvaluationPolicy({"llm": rate})

    return _plugin("policy", register_evaluation_policy)


def _plugin(name: str, hook: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities={PluginCapability.EVALUATOR})  # type: ignore[attr-defined]
    setattr(module, hook.__name__, hookimpl(hook))
    return module


def case(app: Gateway) -> AsyncCase:
    """Return a chat request to a gateway."""
    scope = {**SCOPE, "path": "/v1/chat/completions", "raw_path": b"/v1/chat/completions", "headers": HEADERS}

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": BODY, "more_body": False}

        await app(dict(scope), receive, send)
        await asyncio.sleep(0)  # evaluators have their turn

    return ask


async def measure(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    sets = {
        "without": [], "off": [judge()], "none sampled": [policy(0), judge()], "all sampled": [policy(1), judge()],
    }  # fmt: skip
    managers, cases = [], {}
    for name, plugins in sets.items():
        manager = PluginManager(ManagerSettings())
        for plugin in plugins:
            manager.register(plugin)
        app = Gateway(GatewaySettings(), manager, MemoryState())
        await manager.start()
        managers.append(manager)
        cases[name] = case(app)
    seconds = await interleaved(cases, rounds=11 if quick else 61, calls=200)
    for manager in managers:
        await manager.stop()
    rows = [Row("evaluation", "an evaluator that nobody asks", ratio(seconds, "off", "without"), "x", OFF)]
    base = median(seconds, "without")
    for name in ("none sampled", "all sampled"):
        added = (ratio(seconds, name, "without") - 1) * base * 1e6
        rows.append(Row("evaluation", f"{name}: added to a request", added, "us"))
    return rows


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
