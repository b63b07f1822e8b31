"""Our gateway as a host of the golden trace: served on a loopback socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import uvicorn

from routeiq import PluginManager, create_standalone_app
from routeiq.gateway.settings import GatewaySettings
from tests.fakes.upstream import Upstream

from .http_client import HTTPClient
from .recorder import Decider, Recorder
from .scenarios import MODEL, RETRIES, UPSTREAM_MODEL, Scenario
from .trace import Host, Trace, normalise


class GatewayHost:
    """The gateway, by its clients."""

    name: ClassVar = "gateway"
    lacks: ClassVar[Mapping[str, str]] = {}
    differences: ClassVar[Mapping[str, str]] = {}

    def __init__(self, recorder: Recorder, client: HTTPClient) -> None:
        self._recorder = recorder
        self._client = client

    async def run(self, scenario: Scenario) -> Trace:
        """Make the call over HTTP, and return what the plugins saw."""
        self._recorder.steps.clear()
        client = await self._client.play(scenario)
        await self._recorder.ended()
        return Trace(normalise(self._recorder.steps), client)


@asynccontextmanager
async def host(upstream: Upstream) -> AsyncIterator[Host]:
    """Serve the gateway while the block runs."""
    params = {"model": f"openai/{UPSTREAM_MODEL}", "api_base": upstream.openai_url, "api_key": "k"}
    document = {
        "model_list": [{"model_name": MODEL, "litellm_params": params}],
        "router_settings": {"num_retries": RETRIES, "retry_after": 0},
        "storage": "memory",
    }
    settings = GatewaySettings.model_validate(document)
    manager = PluginManager(settings.manager_settings({}))
    recorder = Recorder()
    manager.register(recorder)
    manager.register(Decider())
    async with serving(create_standalone_app(settings, manager)) as url:
        client = HTTPClient(url, upstream)
        try:
            yield GatewayHost(recorder, client)
        finally:
            await client.close()


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    """Serve an ASGI application in this event loop while the block runs; yield its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    options: dict[str, Any] = {"log_level": "warning", "lifespan": "on", "timeout_graceful_shutdown": 5, "ws": "none"}
    server = uvicorn.Server(uvicorn.Config(application, **options))
    task = asyncio.create_task(server.serve([listening]))
    try:
        while not server.started:
            if task.done():
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
        listening.close()
