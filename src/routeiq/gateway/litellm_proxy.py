"""LiteLLM's Proxy with plugins: its own application, with our middleware around it and our adapter inside.

All of its API families run: HTTP phases see every request, LLM phases every call of a model, each once. Its health
endpoints stand outside the middleware, so that no plugin can lock an operator out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from routeiq.adapters.asgi import PluginMiddleware
from routeiq.adapters.prometheus import MetricsApp
from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore

from .control import Control, SettingsSource
from .control.lifespan import run_controlled
from .figures import GroupFigures, configuration_families
from .group import Group, SoloGroup
from .mounts import Mounts
from .reload import Reload
from .settings import GatewaySettings
from .stores import discover, stores_of
from .telemetry import Telemetry, telemetry_of, traced

LAYERS: Final = frozenset({"http", "routing", "llm", "evaluation"})


def create_app(
    config: str | Path | None = None,
    manager: PluginManager | None = None,
    *,
    settings: GatewaySettings | None = None,
    group: Group | None = None,
) -> LiteLLMProxy:
    """Return LiteLLM's Proxy under plugins, an ASGI application; they start and stop with its lifespan.

    Needs `litellm[proxy]`. The Proxy is one for each process, since LiteLLM keeps its state in modules.

    Args:
        config: LiteLLM's configuration file, as `litellm --config` takes it; None: the file of the settings.
        manager: None makes one from the settings, and discovers what is installed.
        settings: Ours, of which all but the models matter here; None takes those of the file.
        group: The other processes that serve with this one; None: there are none.

    Raises:
        ConfigurationError: if the file cannot be understood, or LiteLLM's Proxy is not installed.
    """
    path = None if config is None else Path(config)
    if path is not None and not path.is_file():
        raise ConfigurationError([Problem(str(path), "", "there is no such file")])
    if settings is None:
        settings = GatewaySettings.load(path, os.environ, litellm_proxy=True)
    group = group or SoloGroup()
    stores = stores_of(settings, group)
    if manager is None:
        manager_settings = settings.manager_settings(os.environ).model_copy(update={"worker": group.number})
        manager = PluginManager(manager_settings, storage=stores.values)
        discover(manager, stores.state)
    telemetry = telemetry_of(settings.telemetry, settings.source, os.environ)
    return LiteLLMProxy(path or settings.source, manager, settings, stores.state, group, telemetry)


class LiteLLMProxy:
    """The application.

    Attributes:
        settings: What it was made with.
        manager: Its plugins.
        state: The store of the operator's state; open while the plugins run.
        group: The processes that serve with this one.
        mounts: Applications outside the plugins.
        on_reload: What is done, in order, when the configuration is to be read anew (SIGHUP).
        on_ending: What is done when the process is about to end, before what runs gets its time to finish.
        control: Changes its plugins while it serves.
        figures: What all its workers did and cost.
    """

    def __init__(
        self,
        config: Path | None,
        manager: PluginManager,
        settings: GatewaySettings,
        state: StateStore,
        group: Group | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.settings = settings
        self.manager = manager
        self.state = state
        self.group = group or SoloGroup()
        self.mounts = Mounts()
        self.control = Control(manager, state, self.group, SettingsSource.of(settings))
        self.on_reload: list[Reload] = [self.control.reload_everything]
        self.on_ending: list[Callable[[], None]] = []
        self._telemetry = telemetry
        self._app = _proxy_application(config)
        manager.attach(LAYERS, state=state)
        self.figures = GroupFigures(manager, self.group)
        self.figures.add(lambda: configuration_families(self.control))
        self.mount("/metrics/routeiq", MetricsApp(self.figures))  # `/metrics` may be the Proxy's own
        server = settings.server
        self._inner = PluginMiddleware(
            self._with_adapter,
            manager,
            max_body=server.max_body,
            trusted_proxies=[str(network) for network in server.trusted_proxies],
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection's event: a request, a WebSocket, or the lifespan."""
        if scope["type"] == "http" and (scope["path"] == "/health" or scope["path"].startswith("/health/")):
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            inner = traced(self._telemetry, self._inner, self.manager)
            await run_controlled(inner, self.control, scope, receive, send)
        elif not await self.mounts.serve(scope, receive, send):
            await self._inner(scope, receive, send)

    def mount(self, prefix: str, app: Any) -> None:
        """Have an ASGI application serve a path and all below it, outside the plugins; it is given no lifespan.

        Raises:
            ValueError: for a prefix that is none, or is taken.
        """
        self.mounts.add(prefix, app)

    async def _with_adapter(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        from routeiq.adapters.litellm import LiteLLMAdapter

        # Before the Proxy makes its Router; after the manager was started in this very loop.
        adapter = LiteLLMAdapter(self.manager)
        adapter.install()
        try:
            await self._app(scope, receive, send)
        finally:
            adapter.uninstall()


def _proxy_application(config: Path | None) -> Any:
    try:
        from routeiq.adapters.litellm.proxy import proxy_application

        return proxy_application(config)
    except ImportError as error:
        problem = f"LiteLLM's Proxy is not installed ({error}): pip install 'litellm[proxy]'"
        raise ConfigurationError([Problem("installation", "litellm", problem)]) from error
