"""The gateway as an ASGI application: its APIs and the plugins' routes inside the middleware, health outside it."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from routeiq_plugin_sdk import Headers, PluginResponse
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match

from routeiq.adapters.asgi import PluginMiddleware
from routeiq.core.dialects import CHAT, DIALECTS, Dialect
from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.logging import current_activity
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore
from routeiq.transport import UpstreamClient

from .backends.backend import Backend
from .backends.echo import EchoBackend
from .backends.litellm import LiteLLMBackend
from .backends.openai import OpenAIBackend
from .group import Group
from .health import HealthEndpoint
from .model_list import ModelEntry
from .openai_api import LLMEndpoint, ModelsEndpoint, send_json
from .operated import OperatedGateway, parts_of
from .plugin_calls import GatewayModels
from .remotes import Remotes, refusal
from .router import Router
from .routes import gateway_route
from .service import Service
from .settings import GatewaySettings
from .strategies import check_strategies
from .telemetry import Telemetry

LAYERS = frozenset({"contributions", "http", "routing", "llm", "evaluation"})


def create_standalone_app(
    settings: GatewaySettings | None = None, manager: PluginManager | None = None, *, group: Group | None = None
) -> Gateway:
    """Return the gateway, its plugins discovered; they start with the application's lifespan.

    Args:
        settings: None reads `routeiq.yaml` and the environment.
        manager: None makes one from the settings, and discovers what is installed. One of your own keeps plugins'
            values where you told it; the operator's state is kept where the settings say.
        group: The other processes that serve with this one; None: there are none.

    Raises:
        ConfigurationError: if the settings cannot be understood.
    """
    if settings is None:
        settings = GatewaySettings.load(None, os.environ)
    return Gateway(settings, *parts_of(settings, manager, group))


class Gateway(OperatedGateway):
    """The application.

    Attributes:
        service: What makes calls of models.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        manager: PluginManager,
        state: StateStore,
        group: Group | None = None,
        telemetry: Telemetry | None = None,
        backends: Mapping[str, Backend] | None = None,
        client: UpstreamClient | None = None,
    ) -> None:
        """Make the gateway.

        Args:
            settings: What it serves, and how.
            manager: Its plugins, which its lifespan starts and stops.
            state: The store of the operator's state.
            group: The processes that serve with this one; None: there are none.
            telemetry: Where traces go; None: nowhere.
            backends: What makes calls of models, by the name that deployments have for it; None: those that there are.
            client: What reaches MCP servers and agents; the gateway closes it. None: one of its own.

        Raises:
            ConfigurationError: if a deployment needs LiteLLM, and that is not installed.
        """
        router = Router(settings)
        super().__init__(settings, manager, state, group, telemetry, metrics="/metrics", known=router.configured)
        self._litellm = None if backends is not None else _litellm_backend(settings, router)
        if backends is None:
            backends = {"echo": EchoBackend(), "openai": OpenAIBackend(UpstreamClient(), router.entry)}
            if self._litellm is not None:
                backends["litellm"] = self._litellm
        self.service = Service(router, backends)
        server = settings.server
        remotes = Remotes(settings, client)
        manager.attach(LAYERS | remotes.layers, state=state, models=GatewayModels(self.service))
        self._health = HealthEndpoint(manager, self._backends, state, self.group)
        self._inner = PluginMiddleware(
            API(self.service, server.max_body, remotes, self._check),
            manager,
            max_body=server.max_body,
            trusted_proxies=[str(network) for network in server.trusted_proxies],
            render_error=render_error,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection's event: a request, a WebSocket, or the lifespan."""
        if scope["type"] == "http" and scope["path"].startswith("/health/"):
            await self._health(scope, receive, send)
            return
        if scope["type"] == "lifespan":
            if self._litellm is not None:
                self._litellm.load()
            await self._live(self._inner, scope, receive, send, gateway_route)
        elif not await self.mounts.serve(scope, receive, send):
            await self._inner(scope, receive, send)

    def _check(self) -> None:
        """Raise ConfigurationError for what the settings want of plugins, now started, and those do not have."""
        check_strategies(self.service.router.all_strategies, self.manager.routing_strategies(), self.settings.source)

    def _backends(self) -> dict[str, str]:
        states = self.service.router.health()
        return states if self._litellm is None else {**states, **self._litellm.health()}


def render_error(status_code: int, message: str, code: str | None, headers: Headers) -> PluginResponse:
    """Return a refusal in the shape that clients of the path expect: OpenAI's, Anthropic's, MCP's or A2A's."""
    activity = current_activity.get()
    path = "" if activity is None or activity.request is None else activity.request.path
    refused = refusal(path, status_code, message, code, headers)
    if refused is not None:
        return refused
    dialect = _dialect_of(path)
    response = PluginResponse.json(dialect.error_document(status_code, message, code), status_code)
    return PluginResponse(response.body, status_code, Headers((*response.headers.raw, *headers.raw)))


_DIALECT_BY_PATH = {f"/v1{dialect.path}": dialect for dialect in DIALECTS.values()}


def _dialect_of(path: str) -> Dialect:
    """Return whose clients ask for a path, or for one below it that need not exist, as `/v1/messages/count_tokens`."""
    begins = "/".join(path.split("/", 3)[:3])
    return _DIALECT_BY_PATH.get(path) or _DIALECT_BY_PATH.get(begins, CHAT)


def _litellm_backend(settings: GatewaySettings, router: Router) -> LiteLLMBackend | None:
    """Return the backend for the deployments that LiteLLM serves, or None if there are none.

    Raises:
        ConfigurationError: if there are some, and LiteLLM is not installed.
    """
    entries = {name: entry for name, entry in settings.deployments.items() if entry.placement.backend == "litellm"}
    if not entries:
        return None
    if importlib.util.find_spec("litellm") is None:
        raise ConfigurationError([_needs_litellm(settings, name, entry) for name, entry in entries.items()])
    return LiteLLMBackend(router.entry, entries)


def _needs_litellm(settings: GatewaySettings, name: str, entry: ModelEntry) -> Problem:
    params = entry.litellm_params
    known = f"{', '.join(params.model_extra)} of its litellm_params" if params.model_extra else f"{params.model!r}"
    message = f"LiteLLM has to serve {known}, and is not installed: pip install 'routeiq[litellm]'"
    return Problem(str(settings.source or "settings"), f"model_list ({name})", message)


class API:
    """What stands behind the plugins: the gateway's own routes, then those that plugins contribute."""

    def __init__(
        self,
        service: Service,
        max_body: int,
        remotes: Remotes,
        check: Callable[[], None],
    ) -> None:
        """Make it.

        Args:
            remotes: MCP servers and agents; closed in the end.
            check: Called when the plugins are started; what it raises keeps the gateway from serving.
        """
        self._service = service
        self._remotes = remotes
        self._check = check
        self._posts = {f"/v1{dialect.path}": LLMEndpoint(service, dialect, max_body) for dialect in DIALECTS.values()}
        self._models = ModelsEndpoint(service, int(time.time()))
        # Starlette's own handling of HTTPException, for plugins' routes.
        self._contributed = ExceptionMiddleware(self._plugin_routes)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one event that passed the inbound phases."""
        kind = scope["type"]
        if kind == "http":
            endpoint = self._posts.get(scope["path"])
            if endpoint is not None and scope["method"] == "POST":
                await endpoint(scope, receive, send)
                return
            if endpoint is not None and not self._is_contributed(scope):
                await _method_not_allowed(send, scope["path"], "POST")
                return
            if _is_models(scope["path"]) and scope["method"] in ("GET", "HEAD"):
                await self._models(scope, receive, send)
                return
            remote = self._remotes.endpoint(scope["path"])
            if remote is not None and (remote.serves(scope["path"]) or not self._is_contributed(scope)):
                await remote(scope, receive, send)
                return
        elif kind == "lifespan":
            await self._lifespan(receive, send)
            return
        await self._contributed(scope, receive, send)

    def _is_contributed(self, scope: Any) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in scope["routeiq"].plans.routes)

    async def _plugin_routes(self, scope: Any, receive: Any, send: Any) -> None:
        partial = None
        for route in scope["routeiq"].plans.routes:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.update(child_scope)
                await route.handle(scope, receive, send)
                return
            if match is Match.PARTIAL and partial is None:
                partial = route, child_scope
        if partial is not None:
            route, child_scope = partial
            scope.update(child_scope)
            await route.handle(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": "there is nothing at this path"})
        else:
            words = f"There is nothing at {scope['method']} {scope['path']}."
            await send_json(send, 404, _dialect_of(scope["path"]).error_document(404, words, "not_found"))

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._check()
                except ConfigurationError as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._service.close()
                await self._remotes.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _is_models(path: str) -> bool:
    return path == "/v1/models" or path.startswith("/v1/models/")


async def _method_not_allowed(send: Any, path: str, allowed: str) -> None:
    document = _dialect_of(path).error_document(405, f"Use {allowed} here.", "method_not_allowed")
    await send_json(send, 405, document, Headers(((b"allow", allowed.encode()),)))
