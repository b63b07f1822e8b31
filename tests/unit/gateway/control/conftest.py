"""Workers of one gateway in one process: each with a manager and plugins of its own, and a group of sockets."""

from __future__ import annotations

import contextlib
import types
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, PluginResponse, hookimpl

from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.control import Control, SettingsSource
from routeiq.gateway.group import Member, Seat, SoloGroup, WorkerGroup
from routeiq.gateway.settings import GatewaySettings


class Config(BaseModel):
    word: str = "default"
    limit: int = Field(default=10, ge=1)


class Worker:
    """One worker of the gateway.

    Attributes:
        offered: What `config_changed` was told, as words.
        refuses: Words that it refuses.
    """

    def __init__(self, folder: Path, state: Any, group: Any) -> None:
        self.offered: list[tuple[str, str]] = []
        self.refuses: set[str] = set()
        settings_file = folder / "routeiq.yaml"
        settings = GatewaySettings.load(settings_file, {}) if settings_file.exists() else GatewaySettings()
        told = ManagerSettings(
            config_directory=folder / "plugins", startup_timeout=2, plugins=settings.plugins, worker=group.number
        )
        self.manager = PluginManager(told)
        self.manager.register(self._plugin())
        file = settings_file if settings_file.exists() else None
        source = SettingsSource(file, lambda: GatewaySettings.load(settings_file, {}), settings)
        self.group = group
        self.control = Control(self.manager, state, group, source)

    def _plugin(self) -> Any:
        module = types.ModuleType("p")
        metadata = PluginMetadata(
            name="p", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config,
            failure_mode="quarantine",
        )  # fmt: skip

        async def request(request: Any, context: Any) -> Any:
            if request.path == "/fail":
                raise ValueError("broken")
            return PluginResponse(f"{context.config.word} {context.config.limit}".encode())

        def config_changed(old: Config, new: Config) -> None:
            self.offered.append((old.word, new.word))
            if new.word in self.refuses:
                raise ValueError(f"{new.word} is refused here")

        module.metadata = metadata  # type: ignore[attr-defined]
        module.request, module.config_changed = hookimpl(request), hookimpl(config_changed)  # type: ignore[attr-defined]
        return module

    async def answer(self, path: str = "/") -> str:
        """Return what a request gets, or an empty text without the plugin."""
        plan = self.manager.plans.request
        if plan is None:
            return ""
        response = await plan.call(PluginRequest.mock(path=path), Activity("r"))
        return "" if response is None else response.body.decode()

    async def begin(self) -> None:
        await self.control.begin()
        await self.manager.start()
        await self.group.open()
        await self.control.start()

    async def end(self) -> None:
        await self.control.stop()
        await self.manager.stop()
        await self.group.close()


Workers = Callable[..., Any]


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[Workers]:
    """workers(n, state=None): so many running workers that share a store; the first one leads."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "group").mkdir(mode=0o700)
    async with contextlib.AsyncExitStack() as stack:
        begun: list[Worker] = []

        async def make(count: int = 1, state: Any = None, first: int = 0) -> list[Worker]:
            shared = MemoryState() if state is None else state
            made = []
            for number in range(first, first + count):
                seat = Seat(tmp_path / "group", Member(number, len(begun)), max(count, 2))
                group: Any = WorkerGroup(seat) if count > 1 or first else SoloGroup()
                worker = Worker(tmp_path, shared, group)
                begun.append(worker)
                await worker.begin()
                stack.push_async_callback(worker.end)
                made.append(worker)
            made[0].group.take_lead()
            return made

        yield make


@pytest.fixture
def set_word() -> Callable[..., Any]:
    """set_word(worker, word): change the plugin's configuration as the admin API does."""

    async def change(worker: Worker, word: str, **more: Any) -> Any:
        def edit(document: Any) -> Any:
            return {**document, "plugins": {**document.get("plugins", {}), "p": {"config": {"word": word, **more}}}}

        return await worker.control.change(edit, who="test", action="configure", plugin="p")

    return change
