"""The harness for tests that are no coroutines: the same methods, without `await`.

It has an event loop of its own, which runs while one of its methods does and rests in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..context import PluginContext
from ..events import Event
from ..types import API, EvaluationResult, HeaderItems, Headers, Invocation, Principal
from .agent_calls import AgentResult, Agents, AnyAgentAnswer
from .answers import Answer, Upstream
from .connection import HarnessResponse, HarnessStream, HarnessWebSocket, WebSocketClosed
from .errors import HarnessError
from .http import ScriptedHTTP
from .llm_calls import LLMResult
from .observations import HookCall, LogLine, PluginStatus
from .tool_calls import CURRENT, AnyToolAnswer, ToolResult, ToolServers

if TYPE_CHECKING:
    from .harness import PluginTestHarness

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


class BlockingPluginTestHarness:
    """`PluginTestHarness` without `await`: what `with PluginTestHarness(plugin) as harness` gives.

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
            self._run(self._harness.startup())
        except BaseException:
            self._close()
            raise
        return self

    def shutdown(self) -> None:
        """Stop the plugins; `with` does it. Raises as `PluginTestHarness.shutdown` does."""
        try:
            self._run(self._harness.shutdown())
        finally:
            self._close()

    def send_request(
        self,
        method: str = "GET",
        path: str = "/",
        body: Any = None,
        headers: HeaderItems | None = None,
        *,
        pieces: Iterable[bytes] | None = None,
        principal: Principal | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> HarnessResponse:
        """Send a request, and return the whole response; see `PluginTestHarness.send_request`."""
        return self._run(
            self._harness.send_request(method, path, body, headers, pieces=pieces, principal=principal, client=client)
        )

    @contextmanager
    def stream_request(
        self,
        method: str = "GET",
        path: str = "/",
        body: Any = None,
        headers: HeaderItems | None = None,
        *,
        pieces: Iterable[bytes] | None = None,
        principal: Principal | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> Iterator[BlockingStream]:
        """Send a request, and give its response as it comes; see `PluginTestHarness.stream_request`."""
        opening = self._harness.stream_request(
            method, path, body, headers, pieces=pieces, principal=principal, client=client
        )
        with self._entered(opening) as stream:
            yield BlockingStream(stream, self._loop)

    @contextmanager
    def websocket(
        self,
        path: str = "/",
        headers: HeaderItems | None = None,
        *,
        principal: Principal | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> Iterator[BlockingWebSocket]:
        """Open a WebSocket; see `PluginTestHarness.websocket`."""
        opening = self._harness.websocket(path, headers, principal=principal, client=client)
        with self._entered(opening) as websocket:
            yield BlockingWebSocket(websocket, self._loop)

    def llm_call(
        self,
        messages: str | Sequence[Mapping[str, Any]] = "hello",
        *,
        model: str | None = None,
        stream: bool = False,
        answer: Answer | Sequence[Answer] | None = None,
        api: API = "chat",
        headers: HeaderItems | None = None,
        principal: Principal | None = None,
        **parameters: Any,
    ) -> LLMResult:
        """Make a call of a model as a client does; see `PluginTestHarness.llm_call`."""
        return self._run(
            self._harness.llm_call(
                messages,
                model=model,
                stream=stream,
                answer=answer,
                api=api,
                headers=headers,
                principal=principal,
                **parameters,
            )
        )

    def evaluate(self, invocation: Invocation | None = None) -> Sequence[EvaluationResult]:
        """Have the plugins judge a call that is over; see `PluginTestHarness.evaluate`."""
        return self._run(self._harness.evaluate(invocation))

    def tool_call(
        self,
        server: str = "mock-server",
        tool: str = "mock-tool",
        arguments: Mapping[str, Any] | None = None,
        *,
        answer: AnyToolAnswer | Sequence[AnyToolAnswer] | None = None,
        version: str = CURRENT,
        meta: Mapping[str, Any] | None = None,
        headers: HeaderItems | None = None,
        principal: Principal | None = None,
    ) -> ToolResult:
        """Call a tool of an MCP server as a client does; see `PluginTestHarness.tool_call`."""
        return self._run(
            self._harness.tool_call(
                server,
                tool,
                arguments,
                answer=answer,
                version=version,
                meta=meta,
                headers=headers,
                principal=principal,
            )
        )

    def agent_call(
        self,
        agent: str = "mock-agent",
        message: str | Mapping[str, Any] = "hello",
        *,
        stream: bool = False,
        method: str | None = None,
        params: Mapping[str, Any] | None = None,
        answer: AnyAgentAnswer | Sequence[AnyAgentAnswer] | None = None,
        headers: HeaderItems | None = None,
        principal: Principal | None = None,
    ) -> AgentResult:
        """Call an A2A agent as a client does; see `PluginTestHarness.agent_call`."""
        return self._run(
            self._harness.agent_call(
                agent,
                message,
                stream=stream,
                method=method,
                params=params,
                answer=answer,
                headers=headers,
                principal=principal,
            )
        )

    def emit(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Emit an event, and wait until those that subscribed have handled it; see `PluginTestHarness.emit`."""
        self._run(self._harness.emit(name, data))

    def change_config(self, plugin: str | None = None, /, **fields: Any) -> None:
        """Set fields of a plugin's configuration. Raises ConfigRefused; see `PluginTestHarness.change_config`."""
        self._run(self._harness.change_config(plugin, **fields))

    def health(self) -> Mapping[str, Any]:
        """Ask the plugins how they are; see `PluginTestHarness.health`."""
        return self._run(self._harness.health())

    def advance_time(self, seconds: float) -> None:
        """Let time pass at once; see `PluginTestHarness.advance_time`."""
        self._run(self._harness.advance_time(seconds))

    def fail_next(
        self, target: str, exception: Exception | None = None, *, plugin: str | None = None, times: int = 1
    ) -> None:
        """Have the next calls of a hook, of the storage or of HTTP fail; see `PluginTestHarness.fail_next`."""
        self._harness.fail_next(target, exception, plugin=plugin, times=times)

    def settle(self) -> None:
        """Wait until subscriptions and timers have done what they are about to."""
        self._run(self._harness.settle())

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the harness's loop, such as `harness.context.storage.get("key")`; return its result."""
        return self._run(awaitable)

    @property
    def calls(self) -> Sequence[HookCall]:
        """Every call of a hook so far."""
        return self._harness.calls

    def called(self, plugin: str | None = None) -> list[str]:
        """Return the names of the hooks that were called, in order: of the plugin under test, or of another one."""
        return self._harness.called(plugin)

    @property
    def events(self) -> Sequence[Event]:
        """Every event so far."""
        return self._harness.events

    @property
    def logs(self) -> Sequence[LogLine]:
        """What plugins and the host have logged so far."""
        return self._harness.logs

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """What became of each plugin, by name."""
        return self._harness.status

    @property
    def context(self) -> PluginContext:
        """The latest context of the plugin under test; `run` awaits what its methods return."""
        return self._harness.context

    def context_of(self, plugin: str | None) -> PluginContext:
        """Return the latest context of a plugin."""
        return self._harness.context_of(plugin)

    def metric(self, name: str, /, *, plugin: str | None = None, **labels: str) -> float | None:
        """Return the value of an instrument; see `PluginTestHarness.metric`."""
        return self._harness.metric(name, plugin=plugin, **labels)

    @property
    def manager(self) -> Any:
        """The host's `PluginManager`."""
        return self._harness.manager

    @property
    def _loop(self) -> asyncio.Runner:
        if self._runner is None:
            raise HarnessError("the harness is not started: use it as a context manager")
        return self._runner

    def _close(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._runner is None:
            coroutine.close()
        return self._loop.run(coroutine)

    @contextmanager
    def _entered(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        value = self._run(manager.__aenter__())
        try:
            yield value
        except BaseException as error:
            if not self._run(manager.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self._run(manager.__aexit__(None, None, None))


async def _next(chunks: Any) -> bytes | None:
    chunk: bytes | None = await anext(chunks, None)
    return chunk
