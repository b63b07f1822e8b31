"""A gateway with its admin API in this process."""

from __future__ import annotations

import asyncio
import contextlib
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes.admin import ACCESS, Admin, plugin

from routeiq import PluginManager, create_standalone_app
from routeiq.admin import with_admin
from routeiq.gateway.settings import GatewaySettings


@pytest.fixture(name="plugin")
def _plugin() -> Callable[..., types.ModuleType]:
    """plugin(name, *hooks, **metadata)"""
    return plugin


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Admin]]]:
    """serve(*plugins, settings={}, files={name: text}, environment={}, state=None, group=None) -> Admin"""
    running: list[tuple[asyncio.Queue[Any], asyncio.Task[None]]] = []

    async def start(
        *plugins: Any,
        settings: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        group: Any = None,
        folder: Path | None = None,
    ) -> Admin:
        folder = folder or tmp_path
        (folder / "plugins").mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (folder / "plugins" / name).write_text(text)
        path = folder / "routeiq.yaml"
        path.write_text(yaml.safe_dump({"storage": "memory", **(settings or {})}))
        loaded = GatewaySettings.load(path, {})
        told = loaded.manager_settings(environment or {})
        manager = PluginManager(told.model_copy(update={"config_directory": folder / "plugins"}))
        for one in plugins or (plugin(),):
            manager.register(one)
        app = with_admin(create_standalone_app(loaded, manager, group=group), ACCESS)
        messages: asyncio.Queue[Any] = asyncio.Queue()
        answers: asyncio.Queue[Any] = asyncio.Queue()
        messages.put_nowait({"type": "lifespan.startup"})
        task = asyncio.create_task(app({"type": "lifespan", "state": {}}, messages.get, answers.put))
        running.append((messages, task))
        assert (await asyncio.wait_for(answers.get(), 10))["type"] == "lifespan.startup.complete"
        return Admin(app, folder)

    yield start
    for messages, task in running:
        messages.put_nowait({"type": "lifespan.shutdown"})
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)


@pytest.fixture
async def admin(serve: Callable[..., Awaitable[Admin]]) -> Admin:
    """A gateway with one plugin, `words`."""
    return await serve()
