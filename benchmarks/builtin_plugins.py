"""The built-in plugins that call no model: what each adds to a chat request of 4 KiB, alone and all together.

In the gateway with the model `echo`, not streamed. They are configured as somebody would who uses them: a hundred keys,
ten rules, ten thousand networks. `python -m benchmarks guards` measures the guards closer.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import HTTPResponse
from tests.fakes.issuer import ISSUER, JWKS, Issuer

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings
from routeiq_builtin_plugins.api_key_auth.keys import hash_of
from routeiq_builtin_plugins.jwt_auth import JWTAuth
from routeiq_builtin_plugins.jwt_auth.config import Config as JWTConfig
from routeiq_builtin_plugins.jwt_auth.jwks import KeySet

from .guard_cases import cases
from .guards import BODY
from .middleware import SCOPE, send
from .table import Row
from .telemetry import HEADERS
from .timing import AsyncCase, interleaved, median

KEY: Final = "riq_" + "k" * 40
ORIGIN: Final = "https://app.example.com"
_JWT: Final = {"issuer": ISSUER, "audience": ["routeiq"], "jwks_url": JWKS, "algorithms": ["RS256", "ES256"]}
_NETWORKS: Final = [str(ipaddress.ip_network((0x0B000000 + number * 1024, 22))) for number in range(10_000)]
_RULES: Final = [{"name": f"rule-{number}", "roles": [f"role-{number}"], "models": ["gpt-*"]} for number in range(9)]
_LIMITS: Final = [
    {"name": "requests", "limit": 10**9, "window": 60, "by": ["ip"]},
    {"name": "tokens", "limit": 10**12, "window": 60, "unit": "tokens", "by": ["ip", "model"]},
]

CONFIGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "api-key-auth": {
        "keys": [{"id": f"k{n}", "hash": hash_of(KEY if n == 50 else f"riq_{n:040}")} for n in range(100)]
    },
    "jwt-auth": _JWT,
    "authorization": {"rules": [*_RULES, {"name": "all", "paths": ["/v1/*"], "anonymous": True}]},
    "rate-limit": {"limits": _LIMITS},
    "headers": {"request": {"remove": ["x-secret"]}, "response": {"set": {"x-served": "{request.id}"}}},
    "cors": {"allow_origins": [ORIGIN, "https://*.example.org"]},
    "ip-allowlist": {"allow": ["127.0.0.0/8"], "deny": _NETWORKS},
    "request-log": {"output": {"file": os.devnull}},
    "cost-tracker": {"budgets": [{"name": "month", "limit": 10**6, "by": ["model"]}]},
    **{name: case.CONFIG for name, case in cases().items()},
}
ALTERNATIVES: Final = {"jwt-auth"}
"""Left out of "all together": who is known by a key has no token."""


class Keys:
    """The server of an issuer's keys."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    async def get(self, url: str, **options: Any) -> HTTPResponse:
        """Answer with them."""
        return HTTPResponse.mock(json=self._issuer.jwks())


async def gateway(names: list[str], folder: Path, jwt_auth: JWTAuth) -> tuple[PluginManager, Gateway]:
    """Return a gateway with these plugins, and its running manager."""
    folder.mkdir()
    for name in names:
        (folder / f"{name}.yaml").write_bytes(orjson.dumps(dict(CONFIGS[name])))  # JSON is YAML
    chosen: dict[str, Any] = {name: {"enabled": True} for name in names}
    manager = PluginManager(ManagerSettings(config_directory=folder, plugins=chosen))
    for entry_point in entry_points(group="routeiq.plugins"):
        if entry_point.name in names:
            manager.register(jwt_auth if entry_point.name == "jwt-auth" else entry_point.load())
    await manager.start()
    states = {name: (record.state, record.reason) for name, record in manager.records.items()}
    assert all(state == "active" for state, _ in states.values()), states
    return manager, Gateway(GatewaySettings(), manager, MemoryState())


def call_of(app: Any, token: str) -> AsyncCase:
    """Return what makes one chat completion, of a page that shows this token, and fails if it is refused."""
    shown = [(b"authorization", f"Bearer {token}".encode()), (b"origin", ORIGIN.encode())]
    scope = {**SCOPE, "path": "/v1/chat/completions", "headers": [*HEADERS, *shown], "client": ("127.0.0.1", 5000)}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def checked(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message
        await send(message)

    async def call() -> None:
        await app(dict(scope), receive, checked)

    return call


async def measure(quick: bool) -> list[Row]:
    """Return what each plugin adds."""
    issuer, jwt_auth = Issuer(), JWTAuth()
    token = issuer.token(exp=2**40)
    jwt_auth._keys = KeySet(JWKS)  # fetched now, and not while it is measured
    await jwt_auth._keys.key("one", "RS256", JWTConfig(**_JWT), Keys(issuer))  # type: ignore[arg-type]
    groups: dict[str, list[str]] = {"none": [], **{name: [name] for name in sorted(CONFIGS)}}
    groups["all together"] = sorted(CONFIGS.keys() - ALTERNATIVES)
    managers: list[PluginManager] = []
    calls: dict[str, Callable[[], Any]] = {}
    with tempfile.TemporaryDirectory() as made:
        for number, (group, names) in enumerate(groups.items()):
            manager, app = await gateway(names, Path(made) / str(number), jwt_auth)
            managers.append(manager)
            calls[group] = call_of(app, token if group == "jwt-auth" else KEY)
        seconds = await interleaved(calls, rounds=15 if quick else 60, calls=20)
    for manager in managers:
        await manager.stop()
    base = median(seconds, "none") * 1e6
    note = f"{len(BODY)} bytes; without plugins {base:.0f} us; CPython {platform.python_version()}"
    return [
        Row("built-in plugins, us a request", name, median(seconds, name) * 1e6 - base, "us", note=note)
        for name in list(calls)[1:]
    ]


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
