"""A request through `PluginMiddleware` with 20 plugins, beside 20 middlewares that do the same; and streams."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable
from typing import Any

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from starlette.middleware.base import BaseHTTPMiddleware

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings

from .table import Row
from .timing import interleaved, median, ratio

SCOPE = {
    "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/v1/x",
    "raw_path": b"/v1/x", "query_string": b"", "headers": [(b"host", b"h"), (b"content-type", b"application/json")],
    "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5), "root_path": "",
}  # fmt: skip
CHUNKS = 1_000


async def null(scope: Any, receive: Any, send: Any) -> None:
    """Answer at once."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def streaming(scope: Any, receive: Any, send: Any) -> None:
    """Answer in many chunks."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(CHUNKS):
        await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def receive() -> dict[str, Any]:
    """Give an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Any) -> None:
    """Take a message."""


class Pure:
    """What an author writes by hand: looks at the request's headers and at the response's status when it is over."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        self.header(scope["headers"], b"content-type")
        status = 0

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            assert status

    def header(self, headers: Any, name: bytes) -> str | None:
        """Return a header's value, as text like the plugins get it."""
        for key, value in headers:
            if key == name:
                return value.decode("latin-1")  # type: ignore[no-any-return]
        return None


class Base(BaseHTTPMiddleware):
    """The same by Starlette's base class."""

    async def dispatch(self, request: Any, call_next: Any) -> Any:
        """Serve a request."""
        request.headers.get("content-type")
        response = await call_next(request)
        assert response.status_code
        return response


def plugin(number: int, hooks: dict[str, Callable[..., Any]]) -> types.ModuleType:
    """Return a plugin with these hooks."""
    module = types.ModuleType(f"bench_{number}")
    module.metadata = PluginMetadata(name=f"bench-{number}", capabilities={PluginCapability.MIDDLEWARE})  # type: ignore[attr-defined]
    for name, function in hooks.items():
        setattr(module, name, hookimpl(specname=name)(function))
    return module


async def started(count: int, hooks: dict[str, Callable[..., Any]]) -> PluginManager:
    """Return a running manager of so many plugins."""
    manager = PluginManager(ManagerSettings())
    for number in range(count):
        manager.register(plugin(number, hooks))
    await manager.start()
    return manager


async def look(request: Any) -> None:
    """Look at a header."""
    request.headers.get("content-type")


async def status(response: Any) -> None:
    """Look at the status."""
    assert response.status_code


async def chunk(chunk: bytes) -> None:
    """Look at a chunk."""


async def measure(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    rounds = 11 if quick else 41
    full, none, chunks = (
        await started(20, {"request": look, "response": status}),
        await started(0, {}),
        await started(5, {"response_chunk": chunk}),
    )
    pure: Any = null
    base: Any = null
    for _ in range(20):
        pure, base = Pure(pure), Base(base)
    ours, empty = PluginMiddleware(null, full), PluginMiddleware(null, none)
    streamed, plain = PluginMiddleware(streaming, chunks), PluginMiddleware(streaming, none)
    cases = {
        "null app": lambda: null(SCOPE, receive, send),
        "no plugin": lambda: empty(dict(SCOPE), receive, send),
        "plugins": lambda: ours(dict(SCOPE), receive, send),
        "pure": lambda: pure(dict(SCOPE), receive, send),
        "base": lambda: base(dict(SCOPE), receive, send),
        "stream": lambda: streamed(dict(SCOPE), receive, send),
        "stream without": lambda: plain(dict(SCOPE), receive, send),
    }
    calls = {
        "null app": 2000,
        "no plugin": 1000,
        "plugins": 200,
        "pure": 200,
        "base": 3,
        "stream": 2,
        "stream without": 2,
    }
    seconds = await interleaved(cases, rounds=rounds, calls=calls)
    none_phase = await _empty_phase(none, rounds)
    for manager in (full, none, chunks):
        await manager.stop()
    return [
        Row(
            "middleware",
            "20 plugins, request and response",
            ratio(seconds, "plugins", "pure"),
            "x",
            1.0,
            note="20 pure ASGI middlewares",
        ),
        Row(
            "middleware",
            "20 BaseHTTPMiddlewares",
            ratio(seconds, "base", "plugins"),
            "x",
            100,
            at_least=True,
            note="20 plugins",
        ),
        Row("middleware", "20 plugins", median(seconds, "plugins") * 1e6, "us"),
        Row("middleware", "20 pure ASGI middlewares", median(seconds, "pure") * 1e6, "us"),
        Row(
            "middleware",
            "no plugin",
            median(seconds, "no plugin") * 1e6,
            "us",
            note=f"null app {median(seconds, 'null app') * 1e6:.2f} us",
        ),
        Row(
            "middleware",
            "a phase without plugins",
            none_phase / median(seconds, "no plugin") * 100,
            "%",
            1.0,
            note="a request around a null app",
        ),
        Row("stream", "response_chunk, 5 async plugins", median(seconds, "stream") / CHUNKS * 1e6, "us/chunk", 3.0),
        Row("stream", "without plugins", median(seconds, "stream without") / CHUNKS * 1e6, "us/chunk"),
    ]


async def _empty_phase(manager: PluginManager, rounds: int) -> float:
    plans = manager.plans
    count = 1000

    async def look_at_phase() -> None:
        for _ in range(count):
            if plans.response_chunk is not None:
                raise AssertionError

    async def look_at_nothing() -> None:
        for _ in range(count):
            pass

    seconds = await interleaved({"phase": look_at_phase, "loop": look_at_nothing}, rounds=rounds, calls=10)
    return max(0.0, median(seconds, "phase") - median(seconds, "loop")) / count


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
