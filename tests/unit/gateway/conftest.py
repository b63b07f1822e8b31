"""Plugins made by a test, and what happens soon."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl


@pytest.fixture
def plugin() -> Callable[..., types.ModuleType]:
    """plugin(name, *hooks, **metadata): a plugin in module form."""

    def make(name: str, *hooks: Any, **metadata: Any) -> types.ModuleType:
        module = types.ModuleType(name)
        module.metadata = PluginMetadata(name=name, capabilities=frozenset(PluginCapability), **metadata)  # type: ignore[attr-defined]
        for hook in hooks:
            setattr(module, hook.__name__, hookimpl(hook))
        return module

    return make


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until a condition holds."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    return wait
