"""A relay with the plugins of a test, and a server behind it that answers as it is told; no sockets."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from tests.fakes.mcp_relay import World

from routeiq import PluginManager
from routeiq.core.settings import ManagerSettings


@pytest.fixture
async def world() -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """world(*hooks, says=..., **settings) -> World: under a plugin with these hooks, and the operator's word on it."""
    running: list[PluginManager] = []

    async def make(
        *hooks: Any, tracer: Any = None, failure_mode: Any = None, says: Any = None, **settings: Any
    ) -> World:
        manager = PluginManager(ManagerSettings.model_validate({"plugins": {"guard": says or {}} if hooks else {}}))
        manager.attach({"tools"})
        if hooks:
            module = types.ModuleType("guard")
            metadata: dict[str, Any] = {} if failure_mode is None else {"failure_mode": failure_mode}
            module.metadata = PluginMetadata(  # type: ignore[attr-defined]
                name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE}, **metadata
            )
            for hook in hooks:
                setattr(module, hook.__name__, hookimpl(hook))
            manager.register(module)
        if tracer is not None:
            manager.add_tracer(tracer)
        await manager.start()
        running.append(manager)
        return World(manager, **settings)

    yield make
    for manager in running:
        await manager.stop()
