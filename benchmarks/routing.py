"""What routing strategies add to a call of a model with three deployments, in the gateway with the model `echo`.

An attempt fails now and then in none of these: what is measured is the asking, the ordering and the telling.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings
from routeiq_builtin_plugins import model_router
from routeiq_builtin_plugins.circuit_breaker import CircuitBreaker

from .table import Row
from .telemetry import call_of
from .timing import interleaved, median

_DEPLOYMENTS: Final = [{"model_name": "echo", "litellm_params": {"model": f"echo/{name}"}} for name in "abc"]
_BODY: Final = orjson.dumps({"model": "echo", "messages": [{"role": "user", "content": "hello"}]})
_CASES: Final[Mapping[str, str | Sequence[str]]] = {
    "simple-shuffle": "simple-shuffle",
    "weighted": "weighted",
    "least-latency": "least-latency",
    "cost-aware": "cost-aware",
    "circuit-breaker": "circuit-breaker",
    "least-latency, circuit-breaker": ["least-latency", "circuit-breaker"],
}
LIMIT: Final = 40
"""Microseconds that two strategies may add to a call."""


async def _gateway(strategy: str | Sequence[str]) -> tuple[PluginManager, Gateway]:
    chosen: dict[str, Any] = {name: {"enabled": True} for name in ("model-router", "circuit-breaker")}
    router = {"routing_strategy": strategy}
    manager = PluginManager(ManagerSettings(plugins=chosen, gateway={"router_settings": router}))
    manager.register(model_router)
    if "circuit-breaker" in strategy:
        manager.register(CircuitBreaker)
    settings = GatewaySettings.model_validate({"model_list": _DEPLOYMENTS, "router_settings": router})
    gateway = Gateway(settings, manager, MemoryState())
    await manager.start(gateway)
    return manager, gateway


async def _measure(quick: bool) -> list[Row]:
    cases, managers = {}, []
    for name, strategy in _CASES.items():
        manager, gateway = await _gateway(strategy)
        managers.append(manager)
        cases[name] = call_of(gateway, _BODY)
    seconds = await interleaved(cases, rounds=15 if quick else 60, calls=50)
    for manager in managers:
        await manager.stop()
    base = median(seconds, "simple-shuffle") * 1e6
    note = f"with simple-shuffle {base:.0f} us; CPython {platform.python_version()}"
    return [
        Row("routing, a call", name, median(seconds, name) * 1e6 - base, "us", LIMIT, note=note)
        for name in list(cases)[1:]
    ]


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(_measure(quick))
