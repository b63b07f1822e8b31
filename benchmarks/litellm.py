"""LiteLLM with plugins: what the adapter adds to its SDK, and our gateway with its backend beside its Router."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import json
import logging
import os
import socket
import subprocess
import sys
import types
from collections.abc import Iterator
from typing import Any

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager, create_standalone_app
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.settings import GatewaySettings

from .load import TEXT
from .table import Row
from .timing import AsyncCase, interleaved, median, ratio

PLUGINS = 5


def plugin(name: str) -> Any:
    """Return a plugin that takes part in a call and changes nothing."""

    async def llm_pre_call(kwargs: Any) -> None:
        kwargs.get("temperature")

    async def llm_success(response: Any) -> None:
        response.usage  # noqa: B018

    metadata = PluginMetadata(name=name, capabilities={PluginCapability.MIDDLEWARE})
    hooks = {"llm_pre_call": hookimpl(llm_pre_call), "llm_success": hookimpl(llm_success)}
    return types.SimpleNamespace(metadata=metadata, **hooks)


def managed() -> PluginManager:
    """Return a manager with the plugins."""
    manager = PluginManager(ManagerSettings())
    for number in range(PLUGINS):
        manager.register(plugin(f"plugin-{number}"))
    return manager


@contextlib.contextmanager
def upstream() -> Iterator[str]:
    """Run the upstream, and yield its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.upstream", str(port)])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def wanted(stream: bool) -> dict[str, Any]:
    """Return the parameters of a stream that tells its usage: all cases ask the upstream for the same."""
    return {"stream": True, "stream_options": {"include_usage": True}} if stream else {}


async def through(app: Any, body: bytes) -> None:
    """Send a chat completion to an ASGI application."""
    scope = {
        "type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b"", "http_version": "1.1",
        "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 5), "scheme": "http",
        "raw_path": b"/v1/chat/completions", "root_path": "", "server": ("127.0.0.1", 80), "asgi": {"version": "3.0"},
    }  # fmt: skip
    asked = False
    gone = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await gone
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"the gateway answered {message['status']}")

    await app(scope, receive, send)


async def measure(base: str, rounds: int) -> list[Row]:
    """Measure whole answers and streams of 50 events."""
    litellm: Any = importlib.import_module("litellm")
    adapters = importlib.import_module("routeiq.adapters.litellm")
    litellm.suppress_debug_info = True
    messages = [{"role": "user", "content": TEXT}]
    params = {"model": "openai/bench", "api_base": base, "api_key": "k"}
    entry = {"model_name": "bench", "litellm_params": params, "backend": "litellm"}
    router = litellm.Router(model_list=[{"model_name": "bench", "litellm_params": params}])
    settings = GatewaySettings.model_validate({"model_list": [entry], "storage": "memory"})
    gateway = create_standalone_app(settings, managed())
    adapter = adapters.LiteLLMAdapter(managed())

    async def sdk(stream: bool) -> None:
        answer = await litellm.acompletion(**params, messages=messages, temperature=0.2, **wanted(stream))
        if stream:
            async for _ in answer:
                pass

    async def routed(stream: bool) -> None:
        answer = await router.acompletion("bench", messages, temperature=0.2, **wanted(stream))
        if stream:
            async for _ in answer:
                pass

    async def ours(stream: bool) -> None:
        body = {"model": "bench", "messages": messages, "temperature": 0.2, **wanted(stream)}
        await through(gateway, json.dumps(body).encode())

    rows = []
    async with gateway.manager, adapter.manager:
        adapter.install()
        interception = adapter._installed
        await gateway.service.backends["litellm"].ready()
        for stream, word in ((False, "whole"), (True, "streamed")):

            def case(call: Any, adapted: tuple[Any, ...] = (), stream: bool = stream) -> AsyncCase:
                async def once() -> None:
                    interception.adapters = adapted
                    await call(stream)
                    for _ in range(4):  # LiteLLM's own work after a call belongs to it
                        await asyncio.sleep(0)

                return once

            # Turn by turn: LiteLLM's logging of one call reaches into the next one's time.
            pair = {"without": case(sdk), "adapter": case(sdk, (adapter,))}
            seconds = await interleaved(pair, rounds=rounds * (4 if stream else 16), calls=1)
            added = (median(seconds, "adapter") / median(seconds, "without") - 1) * 100
            alone = f"litellm.acompletion, {median(seconds, 'without') * 1e6:,.0f} us"
            rows.append(Row("litellm", f"adapter, {PLUGINS} plugins, {word}", added, "%", 5, note=f"added to {alone}"))
            both = {"router": case(routed), "gateway": case(ours)}
            seconds = await interleaved(both, rounds=rounds, calls=10 if stream else 20)
            together = ratio(seconds, "gateway", "router")
            beside = f"Router.acompletion, {median(seconds, 'router') * 1e6:,.0f} us"
            rows.append(
                Row("litellm", f"gateway, {PLUGINS} plugins, {word}", together, "times", 1.15, note=f"to {beside}")
            )
        interception.adapters = (adapter,)
        adapter.uninstall()
    return rows


def main(quick: bool = False) -> list[Row]:
    """Measure, and return the rows; none where LiteLLM is not installed."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    if importlib.util.find_spec("litellm") is None:
        print("litellm is not installed: not measured", file=sys.stderr)
        return []
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    with upstream() as base:
        return asyncio.run(measure(base, 5 if quick else 25))
