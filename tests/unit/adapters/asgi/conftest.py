"""Requests in process: a plugin or two, an application, and what the client would see."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings

ALL = frozenset(PluginCapability)


def plugin(name: str, *hooks: Any, **metadata: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities=ALL, **metadata)  # type: ignore[attr-defined]
    for hook in hooks:
        setattr(module, hook.__name__, hook if hasattr(hook, "routeiq_impl") else hookimpl(hook))
    return module


@dataclass
class Seen:
    """What a client saw of one response."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    raised: BaseException | None = None

    @property
    def status(self) -> int:
        starts = [one for one in self.messages if one["type"] == "http.response.start"]
        assert len(starts) == 1, self.messages
        return starts[0]["status"]  # type: ignore[no-any-return]

    @property
    def headers(self) -> dict[str, str]:
        start = next(one for one in self.messages if one["type"] == "http.response.start")
        return {name.decode(): value.decode() for name, value in start["headers"]}

    @property
    def chunks(self) -> list[bytes]:
        return [one.get("body", b"") for one in self.messages if one["type"] == "http.response.body"]

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def ended(self) -> bool:
        last = self.messages[-1] if self.messages else {}
        return last.get("type") == "http.response.body" and not last.get("more_body", False)


def scope_of(
    method: str = "GET", path: str = "/", headers: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": raw, "scheme": "http", "server": ("host", 80),
        "client": ("127.0.0.1", 5000), "root_path": "", **more,
    }  # fmt: skip


class Client:
    """Sends requests to an application in process."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        body: bytes | list[bytes] = b"",
        headers: dict[str, str] | None = None,
        leaves_after: int | None = None,
        **scope: Any,
    ) -> Seen:
        """Send a request; `leaves_after` so many messages of the response the client is gone."""
        seen, gone = Seen(), asyncio.Event()
        pieces = body if isinstance(body, list) else [body]
        fields = dict(headers or {})
        if any(pieces) and not {"content-length", "transfer-encoding"} & fields.keys():
            fields["content-length"] = str(sum(map(len, pieces)))
        messages = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
            for number, piece in enumerate(pieces)
        ]
        if leaves_after == 0:
            gone.set()

        async def receive() -> dict[str, Any]:
            if messages and not gone.is_set():
                return messages.pop(0)
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if not gone.is_set():
                seen.messages.append(message)
            if leaves_after is not None and len(seen.messages) >= leaves_after:
                gone.set()

        try:
            await self.app(scope_of(method, path, fields, **scope), receive, send)
        except Exception as error:
            seen.raised = error
        return seen


def answering(*chunks: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    """Return an application that answers with these chunks."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for number, chunk in enumerate(chunks):
            await send({"type": "http.response.body", "body": chunk, "more_body": number < len(chunks) - 1})

    return app


async def echoing(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the request's body, and its scope in headers."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    raw = [
        (b"x-path", scope["path"].encode()),
        (b"x-query", scope["query_string"]),
        (b"x-method", scope["method"].encode()),
    ]
    raw += [(b"x-got-" + name, value) for name, value in scope["headers"]]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [*raw, (b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(name="plugin")
def _plugin() -> Callable[..., types.ModuleType]:
    """plugin(name, *hooks, **metadata): a plugin in module form."""
    return plugin


@pytest.fixture
def apps() -> types.SimpleNamespace:
    """Applications to put under plugins, and how to make a scope."""
    return types.SimpleNamespace(answering=answering, echoing=echoing, scope_of=scope_of)


@pytest.fixture
async def under() -> AsyncIterator[Callable[..., Any]]:
    """under(app, *plugins, **options) -> Client of the application under these plugins, as settings list them."""
    managers: list[PluginManager] = []

    async def make(app: Any, *plugins: Any, settings: dict[str, Any] | None = None, **options: Any) -> Client:
        manager = PluginManager(ManagerSettings(**(settings or {})))
        for one in plugins:
            for name in manager.settings.instances_of(one.metadata.name):
                manager.register(one, name=name)
        await manager.start()
        managers.append(manager)
        return Client(PluginMiddleware(app, manager, **options))

    yield make
    for manager in managers:
        await manager.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others, f"tasks left behind: {others}"
