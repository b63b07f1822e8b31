"""The harness for tests that are no coroutines: the same methods, without `await`.

It has an event loop of its own, which runs while one of its methods does and rests in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from ..types import Headers
from .agent_calls import Agents
from .answers import Upstream
from .connection import HarnessResponse, HarnessStream, HarnessWebSocket, WebSocketClosed
from .errors import HarnessError
from .harness import PluginTestHarness
from .host import HarnessHost
from .http import ScriptedHTTP
from .seen import Seen
from .tool_calls import ToolServers

B = TypeVar("B")
P = ParamSpec("P")
T = TypeVar("T")


class BlockingStream:
    """A response whose head has come; see `HarnessStream`."""

    def __init__(self, stream: HarnessStream, runner: asyncio.Runner) -> None:
        """Made by the harness."""
        self._stream, self._runner = stream, runner

    @property
    def status_code(self) -> int:
        """Its status."""
        return self._stream.status_code

    @property
    def headers(self) -> Headers:
        """Its headers."""
        return self._stream.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body's pieces as the application sends them."""
        chunks = self._stream.chunks()
        while (chunk := self._runner.run(_next(chunks))) is not None:
            yield chunk

    def read(self) -> HarnessResponse:
        """Read the rest, and return the whole of the response."""
        return self._runner.run(self._stream.read())

    def leave(self) -> None:
        """Leave, as a client does that closes its connection."""
        self._runner.run(self._stream.leave())


class BlockingWebSocket:
    """The client's side of a WebSocket; see `HarnessWebSocket`."""

    def __init__(self, websocket: HarnessWebSocket, runner: asyncio.Runner) -> None:
        """Made by the harness."""
        self._websocket, self._runner = websocket, runner

    @property
    def accepted(self) -> bool:
        """Whether the handshake was accepted."""
        return self._websocket.accepted

    @property
    def response(self) -> HarnessResponse | None:
        """The response with which it was refused, or None."""
        return self._websocket.response

    @property
    def closed(self) -> WebSocketClosed | None:
        """How the other side closed it, or None."""
        return self._websocket.closed

    def send(self, message: str | bytes) -> None:
        """Send a message. Raises WebSocketClosed if the other side has closed."""
        self._runner.run(self._websocket.send(message))

    def receive(self) -> str | bytes:
        """Return the next message. Raises WebSocketClosed once the other side has closed."""
        return self._runner.run(self._websocket.receive())

    def close(self, code: int = 1000) -> None:
        """Close it from the client's side."""
        self._runner.run(self._websocket.close(code))


def _waiting(
    method: Callable[Concatenate[PluginTestHarness, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[BlockingPluginTestHarness, P], T]:
    """Return a method of the harness that waits for what it gives."""

    @wraps(method)
    def waiting(self: BlockingPluginTestHarness, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(method(self._harness, *args, **kwargs))

    return waiting


def _entering(
    method: Callable[Concatenate[PluginTestHarness, P], AbstractAsyncContextManager[T]],
    form: Callable[[T, asyncio.Runner], B],
) -> Callable[Concatenate[BlockingPluginTestHarness, P], AbstractContextManager[B]]:
    """Return a method of the harness that is for `with`, and gives the form of what it gives without `await`."""

    @wraps(method)
    @contextmanager
    def entering(self: BlockingPluginTestHarness, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[B]:
        with self._entered(method(self._harness, *args, **kwargs)) as value:
            yield form(value, self._loop)

    return entering


class BlockingPluginTestHarness(Seen):
    """`PluginTestHarness` without `await`: what `with PluginTestHarness(plugin) as harness` gives.

    Its methods take what those of `PluginTestHarness` take, give what those give, and raise what those raise.

    Attributes:
        upstream: Answers for the models, and what clients' calls asked them.
        llm: Answers for the models where plugins call them (`context.llm`), and what those calls asked.
        http: Answers to what plugins fetch by `context.http`, and what they asked for.
        tools: Answers of MCP servers, and what they were asked.
        agents: Answers of A2A agents, and what they were asked.
    """

    def __init__(self, harness: PluginTestHarness) -> None:
        """Made by `PluginTestHarness`."""
        self.upstream: Upstream = harness.upstream
        self.llm: Upstream = harness.llm
        self.http: ScriptedHTTP = harness.http
        self.tools: ToolServers = harness.tools
        self.agents: Agents = harness.agents
        self._harness = harness
        self._runner: asyncio.Runner | None = None

    def startup(self) -> Self:
        """Start the plugins; `with` does it. Raises as `PluginTestHarness.startup` does."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._runner = asyncio.Runner()
        else:
            raise HarnessError("this test runs in an event loop: write `async with PluginTestHarness(...)`")
        try:
            self.run(self._harness.startup())
        except BaseException:
            self._close()
            raise
        return self

    def shutdown(self) -> None:
        """Stop the plugins; `with` does it. Raises as `PluginTestHarness.shutdown` does."""
        try:
            self.run(self._harness.shutdown())
        finally:
            self._close()

    send_request = _waiting(PluginTestHarness.send_request)
    stream_request = _entering(PluginTestHarness.stream_request, BlockingStream)
    websocket = _entering(PluginTestHarness.websocket, BlockingWebSocket)
    llm_call = _waiting(PluginTestHarness.llm_call)
    tool_call = _waiting(PluginTestHarness.tool_call)
    agent_call = _waiting(PluginTestHarness.agent_call)
    evaluate = _waiting(PluginTestHarness.evaluate)
    emit = _waiting(PluginTestHarness.emit)
    change_config = _waiting(PluginTestHarness.change_config)
    health = _waiting(PluginTestHarness.health)
    advance_time = _waiting(PluginTestHarness.advance_time)
    settle = _waiting(PluginTestHarness.settle)

    def fail_next(
        self, target: str, exception: Exception | None = None, *, plugin: str | None = None, times: int = 1
    ) -> None:
        """Have the next calls of a hook, of the storage or of HTTP fail; see `PluginTestHarness.fail_next`."""
        self._harness.fail_next(target, exception, plugin=plugin, times=times)

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the harness's loop, such as `harness.context.storage.get("key")`; return its result."""
        if self._runner is None:
            awaitable.close()
        return self._loop.run(awaitable)

    @property
    def _seen(self) -> HarnessHost:
        return self._harness._seen

    @property
    def _loop(self) -> asyncio.Runner:
        if self._runner is None:
            raise HarnessError("the harness is not started: use it as a context manager")
        return self._runner

    def _close(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    @contextmanager
    def _entered(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        value = self.run(manager.__aenter__())
        try:
            yield value
        except BaseException as error:
            if not self.run(manager.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self.run(manager.__aexit__(None, None, None))


async def _next(chunks: Any) -> bytes | None:
    chunk: bytes | None = await anext(chunks, None)
    return chunk
