"""Requests and calls in process, under a tracer whose spans and metrics are kept."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from tests.fakes.telemetry import Recorded

from routeiq import PluginManager
from routeiq.core.settings import ManagerSettings

ALL = frozenset(PluginCapability) - {PluginCapability.AUTH_PROVIDER}


@pytest.fixture
def recorded() -> Recorded:
    """Providers that keep what they are told; every trace is sampled."""
    return Recorded()


@pytest.fixture
def plugin() -> Callable[..., types.ModuleType]:
    """plugin(name, *hooks, **metadata): a plugin whose hooks are these functions, by their names."""

    def make(name: str, *hooks: Any, **metadata: Any) -> types.ModuleType:
        module = types.ModuleType(name)
        module.metadata = PluginMetadata(name=name, capabilities=ALL, **metadata)  # type: ignore[attr-defined]
        for hook in hooks:
            setattr(module, hook.__name__, hookimpl(hook))
        return module

    return make


@pytest.fixture
async def traced(recorded: Recorded) -> AsyncIterator[Callable[..., Awaitable[PluginManager]]]:
    """traced(*plugins, recorded=..., **options) -> PluginManager: running, all told to `recorded`."""
    from routeiq.adapters.opentelemetry import OpenTelemetryTracer, Options

    running: list[PluginManager] = []

    async def start(
        *plugins: Any, recorded: Recorded = recorded, route: Any = lambda exchange: None, **options: Any
    ) -> PluginManager:
        manager = PluginManager(ManagerSettings())
        for one in plugins:
            manager.register(one)
        manager.add_tracer(
            OpenTelemetryTracer(
                manager.statistics,
                tracer_provider=recorded.tracer,
                meter_provider=recorded.meter,
                options=Options(**options),
                route=route,
            )
        )
        await manager.start()
        running.append(manager)
        return manager

    yield start
    for manager in running:
        await manager.stop()
