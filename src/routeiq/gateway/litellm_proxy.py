"""LiteLLM's Proxy with plugins: its own application, with our middleware around it and our adapter inside.

All of its API families run: HTTP phases see every request, LLM phases every call of a model, each once. Its health
endpoints stand outside the middleware, so that no plugin can lock an operator out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from routeiq.adapters.asgi import PluginMiddleware
from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore

from .group import Group
from .operated import OperatedGateway, parts_of
from .settings import GatewaySettings
from .telemetry import Telemetry

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
    return LiteLLMProxy(path or settings.source, settings, *parts_of(settings, manager, group))


class LiteLLMProxy(OperatedGateway):
    """The application."""

    def __init__(
        self,
        config: Path | None,
        settings: GatewaySettings,
        manager: PluginManager,
        state: StateStore,
        group: Group | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        """Make the application.

        Args:
            config: LiteLLM's configuration file; None: it has none.
            settings: Ours.
            manager: Its plugins, which its lifespan starts and stops.
            state: The store of the operator's state.
            group: The processes that serve with this one; None: there are none.
            telemetry: Where traces go; None: nowhere.

        Raises:
            ConfigurationError: if LiteLLM's Proxy is not installed.
        """
        # `/metrics` may be the Proxy's own.
        super().__init__(settings, manager, state, group, telemetry, metrics="/metrics/routeiq")
        self._app = _proxy_application(config)
        manager.attach(LAYERS, state=state)
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
            await self._live(self._inner, scope, receive, send)
        elif not await self.mounts.serve(scope, receive, send):
            await self._inner(scope, receive, send)

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
