"""A gateway with its admin API in this process, asked as a server would ask it."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, SecretStr
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager
from routeiq.gateway.access import AdminAccess, AdminSettings, TokenSettings, hash_of

WRITER, READER = "token-that-may-write", "token-that-may-read-"
ACCESS = AdminAccess.of(
    AdminSettings(
        tokens=(
            TokenSettings(name="alice", role="write", hash=hash_of(WRITER)),
            TokenSettings(name="bob", role="read", hash=hash_of(READER)),
        )
    ),
    {},
)


class Config(BaseModel):
    word: str = Field("default", description="What is said.")
    limit: int = Field(10, ge=1, le=100)
    password: SecretStr = SecretStr("hush-7")


@dataclass
class Reply:
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


@dataclass
class Admin:
    """A running gateway; `token` is shown in each request."""

    app: Any
    folder: Path
    token: str | None = WRITER
    client: tuple[str, int] | None = ("10.0.0.1", 1)

    @property
    def control(self) -> Any:
        return self.app.control

    @property
    def manager(self) -> PluginManager:
        return self.app.manager  # type: ignore[no-any-return]

    def scope(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        path, _, query = path.partition("?")
        fields = {**({} if self.token is None else {"authorization": f"Bearer {self.token}"}), **(headers or {})}
        return {
            "type": "http", "method": method, "path": f"/admin{path}", "query_string": query.encode(), "root_path": "",
            "client": self.client,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items()],
        }  # fmt: skip

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; a body that is no bytes is sent as JSON, and `_` in names of headers stands for `-`."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            fields.setdefault("content-type", "application/json")
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(self.scope(method, path, fields), receive, send)
        found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], found, b"".join(message["body"] for message in sent[1:]))


def plugin(name: str = "words", *hooks: Any, **metadata: Any) -> types.ModuleType:
    """Return a plugin in module form; by default its configuration is `Config`."""
    module = types.ModuleType(name)
    given = {"config_schema": Config, "capabilities": {PluginCapability.MIDDLEWARE}, "version": "1.0.0", **metadata}
    module.metadata = PluginMetadata(name=name, **given)  # type: ignore[attr-defined]
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module
