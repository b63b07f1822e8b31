"""Managers whose figures are looked at."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager
from routeiq.core.settings import ManagerSettings


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
def managed() -> Callable[..., PluginManager]:
    """managed(*plugins, **settings): a manager that is not started."""

    def make(*plugins: Any, **settings: Any) -> PluginManager:
        manager = PluginManager(ManagerSettings(**settings))
        for one in plugins:
            manager.register(one)
        return manager

    return make
