"""What `llm-guard` adds to a chat request of 4 KiB and its answer, without the time of the model that judges.

That model answers `safe` at once, in the process; so what is measured is how its questions are made, sent through the
gateway, read and remembered: with all verdicts remembered, and with none. And what a plugin's call costs by itself.
"""

from __future__ import annotations

import asyncio
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Deployment, Headers

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.backends.echo import EchoAnswer, EchoBackend
from routeiq.gateway.settings import GatewaySettings
from routeiq_builtin_plugins.llm_guard import LLMGuard

from .guards import BODY
from .table import Row
from .telemetry import HEADERS, SCOPE, send
from .timing import AsyncCase, interleaved, median

_SAFE: Final = orjson.dumps(
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": "safe"}, "finish_reason": "stop"}]}
)
_MODELS: Final = [{"model_name": name, "litellm_params": {"model": f"echo/{name}"}} for name in ("echo", "llama-guard")]
_CASES: Final[Mapping[str, Mapping[str, Any] | None]] = {
    "no guard": None,
    "all remembered": {},
    "nothing remembered": {"cache_size": 0},
    "requests alone, all remembered": {"direction": "in"},
}


class _Models(EchoBackend):
    """Echoes, but for the model that judges."""

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> EchoAnswer:
        if deployment.model == "llama-guard":
            return EchoAnswer(200, b"application/json", (_SAFE,))
        return await super().send(deployment, path, body, headers, stream=stream)


async def _gateway(config: Mapping[str, Any] | None, folder: Path) -> tuple[PluginManager, Gateway]:
    chosen: dict[str, Any] = {"llm-guard": {"enabled": True}}
    manager = PluginManager(ManagerSettings(config_directory=folder, plugins=chosen))
    if config is not None:
        (folder / "llm-guard.yaml").write_bytes(orjson.dumps(dict(config)))  # JSON is YAML
        manager.register(LLMGuard)
    settings = GatewaySettings.model_validate({"model_list": _MODELS})
    gateway = Gateway(settings, manager, MemoryState(), backends={"echo": _Models()})
    await manager.start(gateway)
    return manager, gateway


def _call_of(app: Any) -> AsyncCase:
    """Return what makes one chat completion, whose client stays to its end."""
    scope = {**SCOPE, "path": "/v1/chat/completions", "headers": HEADERS}

    async def call() -> None:
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.get_running_loop().create_future()
            sent = True
            return {"type": "http.request", "body": BODY, "more_body": False}

        await app(dict(scope), receive, send)

    return call


async def _measure(quick: bool) -> list[Row]:
    cases, managers = {}, []
    with tempfile.TemporaryDirectory() as made:
        for number, (name, config) in enumerate(_CASES.items()):
            folder = Path(made) / str(number)
            folder.mkdir()
            manager, gateway = await _gateway(config, folder)
            managers.append(manager)
            cases[name] = _call_of(gateway)
        seconds = await interleaved(cases, rounds=15 if quick else 60, calls=20)
    for manager in managers:
        await manager.stop()
    base = median(seconds, "no guard") * 1e6
    note = f"without it {base:.0f} us; CPython {platform.python_version()}"
    return [
        Row("llm-guard, 4 KiB request", name, median(seconds, name) * 1e6 - base, "us", note=note)
        for name in list(cases)[1:]
    ]


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(_measure(quick))
