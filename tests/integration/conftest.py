"""A gateway on a loopback socket, with plugins made by the test, and an upstream that does what the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
import yaml
from openai import AsyncOpenAI
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager, create_standalone_app
from routeiq.gateway.settings import GatewaySettings

ALL = frozenset(PluginCapability) - {PluginCapability.AUTH_PROVIDER}
Reply = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """What the upstream was asked."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Upstream:
    """An OpenAI-compatible server: `replies` are used up one by one, then `default` answers."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    default: Reply | None = None
    left: int = 0  # connections that the client closed while an answer was being made
    open: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode().split("\r\n")
                method, path, _ = first.split(" ")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines if line)}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, path, headers, raw)
                self.requests.append(request)
                reply = self.replies.pop(0) if self.replies else self.default or answer("hello")
                # Only a read notices that the client has gone while an answer is being made.
                replying, leaving = asyncio.ensure_future(reply(request, writer)), asyncio.ensure_future(reader.read(1))
                await asyncio.wait({replying, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not replying.done():
                    self.left += 1
                    replying.cancel()
                    await asyncio.gather(replying, return_exceptions=True)
                    return
                leaving.cancel()
                await asyncio.gather(leaving, return_exceptions=True)
                await replying
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()


def respond(status: int, body: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
    """Answer with a status and a body."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data)
        await writer.drain()

    return reply


def completion(text: str, **more: Any) -> dict[str, Any]:
    """Return a chat completion."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "up-1", "object": "chat.completion", "created": 5, "model": "up",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}, **more,
    }  # fmt: skip


def answer(text: str) -> Reply:
    """Answer a chat completion, streamed word by word if asked for."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.body.get("stream"):
            await stream(*(f"{word} " for word in text.split()))(request, writer)
        else:
            await respond(200, completion(text))(request, writer)

    return reply


def event(data: dict[str, Any] | str) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    frame = f"data: {text}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(frame), frame)


def delta(content: str | None = None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    piece = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": {**piece, **more}, "finish_reason": finish_reason}
    return {"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "up", "choices": [choice]}


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def stream(*texts: str, then: Reply | None = None, gate: asyncio.Event | None = None, pause: float = 0) -> Reply:
    """Stream texts; wait for the gate after the first; then end well, or do what `then` does."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + event(delta("", role="assistant")))
        for text in texts:
            writer.write(event(delta(text)))
            await writer.drain()
            if gate is not None:
                await gate.wait()
            if pause:
                await asyncio.sleep(pause)
        if then is not None:
            await then(request, writer)
            return
        writer.write(event(delta(finish_reason="stop")))
        if (request.body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
            writer.write(event({**delta(), "choices": [], "usage": usage}))
        writer.write(event("[DONE]") + b"0\r\n\r\n")
        await writer.drain()

    return reply


async def disconnect(request: Request, writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    writer.transport.abort()


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _signals_are_handled_as_before() -> Iterator[None]:
    """Two servers of uvicorn at once leave the handlers of one behind, and sse-starlette ends its streams by them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.fixture
def replies() -> types.SimpleNamespace:
    """The ways in which the upstream can answer."""
    return types.SimpleNamespace(
        answer=answer, respond=respond, stream=stream, disconnect=disconnect, hang=hang, completion=completion,
        event=event, delta=delta, HEAD=HEAD,
    )  # fmt: skip


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """An upstream on a loopback socket."""
    one = Upstream()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await one.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    yield one
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def plugin(name: str, *hooks: Any, capabilities: Any = ALL, **metadata: Any) -> types.ModuleType:
    """Return a plugin whose hooks are these functions, by their names."""
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities=capabilities, **metadata)  # type: ignore[attr-defined]
    for hook in hooks:
        setattr(module, hook.__name__, hook if hasattr(hook, "routeiq_impl") else hookimpl(hook))
    return module


@pytest.fixture(name="plugin")
def _plugin() -> Callable[..., types.ModuleType]:
    """plugin(name, *hooks, **metadata): a plugin in module form."""
    return plugin


@dataclass
class Gateway:
    """A running gateway."""

    url: str
    app: Any
    server: uvicorn.Server

    @property
    def manager(self) -> PluginManager:
        return self.app.manager  # type: ignore[no-any-return]

    def client(self, **options: Any) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0, **options)


@pytest.fixture
async def gateway(tmp_path: Any) -> AsyncIterator[Callable[..., Awaitable[Gateway]]]:
    """gateway(*plugins, settings={...}) -> Gateway: serve these plugins as the settings (routeiq.yaml's) list them."""
    running: list[tuple[Gateway, asyncio.Task[None]]] = []

    async def start(*plugins: Any, settings: dict[str, Any] | None = None) -> Gateway:
        path = tmp_path / f"routeiq-{len(running)}.yaml"
        path.write_text(yaml.safe_dump({"storage": "memory", **(settings or {})}))
        loaded = GatewaySettings.load(path, {})
        manager = PluginManager(loaded.manager_settings({}))
        for one in plugins:
            for name in manager.settings.instances_of(one.metadata.name):
                manager.register(one, name=name)
        app = create_standalone_app(loaded, manager)
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=5,
            ws="websockets-sansio",
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done(), "the gateway did not start"
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        started = Gateway(f"http://127.0.0.1:{port}", app, server)
        running.append((started, task))
        return started

    yield start
    for started, task in running:
        started.server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)


def models(upstream: Upstream, *names: str, **params: Any) -> list[dict[str, Any]]:
    """Return a model list whose deployments all lie at one upstream."""
    return [
        {
            "model_name": name,
            "litellm_params": {"model": "openai/up", "api_base": upstream.url, "api_key": "key-7", **params},
        }
        for name in names or ("fast",)
    ]


@pytest.fixture(name="models")
def _models() -> Callable[..., list[dict[str, Any]]]:
    """models(upstream, *names): a model list."""
    return models


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Awaitable[None]]:
    """Wait until a condition holds."""

    async def wait(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    return wait
