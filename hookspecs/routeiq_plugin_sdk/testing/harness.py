"""`PluginTestHarness`: a plugin in the real host, driven by a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import BaseModel

from ..types import API, EvaluationResult, HeaderItems, Headers, Invocation, Principal
from .agent_calls import (
    AGENT_ANSWERS,
    AgentResult,
    Agents,
    AnyAgentAnswer,
    agent_answers_of,
    agent_body,
    agent_result,
)
from .answers import Answer, Upstream, answers_of
from .connection import (
    ANSWERS,
    ASGIApp,
    HarnessResponse,
    HarnessStream,
    HarnessWebSocket,
    RequestParts,
    encoded_body,
    open_stream,
    open_websocket,
)
from .errors import HarnessError
from .host import HarnessHost, HarnessPlan, load_host
from .http import ScriptedHTTP
from .llm_calls import PATHS, LLMResult, call_body
from .seen import Seen
from .tool_calls import (
    CURRENT,
    TOOL_ANSWERS,
    AnyToolAnswer,
    ToolResult,
    ToolServers,
    tool_answers_of,
    tool_body,
    tool_headers,
    tool_result,
)

if TYPE_CHECKING:
    from .blocking import BlockingPluginTestHarness

MODEL: Final = "mock-model"
SERVER: Final = "mock-server"
AGENT: Final = "mock-agent"


class PluginTestHarness(Seen):
    """Runs a plugin through the real manager, dispatch, ASGI adapter and gateway, with models that a test scripts.

    In asynchronous tests, whatever drives them: `async with PluginTestHarness(plugin) as harness`, or `startup` and
    `shutdown`. In others: `with PluginTestHarness(plugin) as harness`, whose methods then do not need `await`.

    What hooks are handed is read-only: where a plugin changes it, the method in which that happened raises
    `ArgumentChanged`. Nothing is read from the machine: no configuration files, no environment, no network.

    Attributes:
        upstream: Answers for the models, and what clients' calls asked them.
        llm: Answers for the models where plugins call them (`context.llm`), and what those calls asked.
        http: Answers to what plugins fetch by `context.http`, and what they asked for.
        tools: Answers of MCP servers, and what they were asked.
        agents: Answers of A2A agents, and what they were asked.
    """

    def __init__(
        self,
        plugin: Any,
        *more: Any,
        config: Mapping[str, Any] | BaseModel | None = None,
        configs: Mapping[str, Mapping[str, Any] | BaseModel] | None = None,
        settings: Mapping[str, Any] | None = None,
        models: Sequence[str] = (MODEL,),
        servers: Sequence[str] = (SERVER,),
        agents: Sequence[str] = (AGENT,),
        app: ASGIApp | None = None,
        environment: Mapping[str, str] | None = None,
        principal: Principal | None = None,
        directory: Path | None = None,
    ) -> None:
        """Prepare a harness; `startup` finds the host and starts the plugins.

        Args:
            plugin: The plugin under test: a module, a class, an instance, or the name of an installed plugin.
            *more: Plugins that take part beside it.
            config: The configuration of the plugin under test; what is left out has its default.
            configs: Those of the others, by name; named instances (`rate-limit#free`) too.
            settings: Of the gateway, as `routeiq.yaml` has them: `plugins`, `model_list`, `router_settings`, `outbound`
                and so on. What they say of deployments' addresses does not matter: `upstream` answers for all of them.
            models: The names under which models can be called, where `settings` have no `model_list`.
            servers: The names under which MCP servers can be called, where `settings` have no `mcp_servers`.
            agents: The names under which A2A agents can be called, where `settings` have no `a2a_agents`.
            app: An ASGI application for all paths that neither the gateway nor a plugin serves, such as `echo_app`.
            environment: The variables that plugins and the manager read.
            principal: Who makes requests that do not say it themselves.
            directory: Where configuration files lie, one `<plugin>.yaml` each.
        """
        self.upstream = Upstream()
        self.llm = Upstream()
        self.http = ScriptedHTTP()
        self.tools = ToolServers()
        self.agents = Agents()
        given: dict[str | None, Any] = {None: config}
        given.update(configs or {})
        self._plan = HarnessPlan(
            plugins=(plugin, *more),
            configs={name: _fields(value) for name, value in given.items() if value is not None},
            settings=settings or {},
            models=models,
            servers=servers,
            agent_names=agents,
            app=app,
            environment=environment or {},
            principal=principal,
            directory=directory,
            upstream=self.upstream,
            llm=self.llm,
            http=self.http,
            tools=self.tools,
            agents=self.agents,
        )
        self._started: HarnessHost | None = None
        self._running = False
        self._blocking: BlockingPluginTestHarness | None = None

    # Life

    @property
    def running(self) -> bool:
        """Whether the plugins are started."""
        return self._running

    async def startup(self) -> Self:
        """Start the plugins.

        Raises:
            HostNotInstalled: `routeiq` is not installed.
            PluginNotStarted: one was refused, or failed to start.
        """
        if self._running:
            raise HarnessError("the harness is started already")
        self._started = load_host()(self._plan)
        try:
            await self._started.start()
        except BaseException:
            await self._started.stop()
            raise
        self._running = True
        await self._settled()
        return self

    async def shutdown(self) -> None:
        """Stop the plugins; what the harness has seen can still be read. Harmless when repeated.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        if not self._running or self._started is None:
            return
        self._running = False
        await self._started.stop()
        self._started.check()

    async def __aenter__(self) -> Self:
        return await self.startup()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.shutdown()
        except AssertionError:
            if error is None:  # else the test fails already, by what it says itself
                raise

    def __enter__(self) -> BlockingPluginTestHarness:
        from .blocking import BlockingPluginTestHarness

        self._blocking = BlockingPluginTestHarness(self)
        return self._blocking.startup()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._blocking is not None
        try:
            self._blocking.shutdown()
        except AssertionError:
            if error is None:
                raise

    # Requests

    async def send_request(
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
        """Send a request, and return the whole response.

        Args:
            method: Of the request.
            path: With its query, percent-encoded as in a URL.
            body: Bytes or text as they are; anything else is sent as JSON.
            headers: Those of the client.
            pieces: The body in pieces, in the place of `body`: for plugins that see its chunks.
            principal: Who makes the request, unless a plugin that authenticates says otherwise.
            client: The client's address and port.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
            Exception: what the application raised without a response.
        """
        parts = self._parts(method, path, body, headers, pieces, principal, client)
        stream = await open_stream(self._host.app, parts)
        response = await stream.read()
        await self._settled()
        return response

    @asynccontextmanager
    async def stream_request(
        self,
        method: str = "GET",
        path: str = "/",
        body: Any = None,
        headers: HeaderItems | None = None,
        *,
        pieces: Iterable[bytes] | None = None,
        principal: Principal | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> AsyncIterator[HarnessStream]:
        """Send a request, and give its response as it comes; a client that ends the block before its end leaves.

        The arguments, and what is raised, are those of `send_request`.
        """
        parts = self._parts(method, path, body, headers, pieces, principal, client)
        stream = await open_stream(self._host.app, parts)
        try:
            yield stream
        finally:
            await stream.leave()
        await self._settled()

    @asynccontextmanager
    async def websocket(
        self,
        path: str = "/",
        headers: HeaderItems | None = None,
        *,
        principal: Principal | None = None,
        client: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> AsyncIterator[HarnessWebSocket]:
        """Open a WebSocket, to a plugin's route or to `app`; it says itself whether it was accepted.

        The arguments are those of `send_request`.
        """
        parts = RequestParts("GET", path, headers, principal=principal or self._plan.principal, client=client)
        websocket = await open_websocket(self._host.app, parts)
        try:
            yield websocket
        finally:
            await websocket.close()
        await self._settled()

    async def llm_call(
        self,
        /,
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
        """Make a call of a model as a client does, over HTTP, and return what the client gets.

        Args:
            messages: The conversation, or the user's one message; for completions and embeddings, the prompt or input.
            model: None: the first of the harness's models.
            stream: Whether the client asks for a stream.
            answer: What the model answers: a text, an `UpstreamAnswer`, an `UpstreamFailure`, or a function that makes
                one; several are for the attempts in turn. None: `upstream` decides, which echoes by itself.
            api: Which API the client speaks.
            headers: Those of the client.
            principal: Who makes the request.
            **parameters: Further fields of the body, such as `temperature`.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        body = call_body(api, messages, self._model(model), stream, parameters)
        parts = self._parts("POST", PATHS[api], body, headers, None, principal, ("127.0.0.1", 50000))
        parts.further[ANSWERS] = answers_of(answer)
        response = await (await open_stream(self._host.app, parts)).read()
        await self._settled()
        decoded = self._host.decode(api, response)
        return LLMResult(response, decoded.response, decoded.chunks, decoded.error)

    async def evaluate(self, invocation: Invocation | None = None) -> Sequence[EvaluationResult]:
        """Have the plugins judge a call that is over, within the host's limits, and return what they say.

        No sampling is done. Where no plugin gives a policy, each evaluator has 30 seconds.

        Args:
            invocation: None: `Invocation.mock()`, a tool's call that succeeded.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        results = await self._host.evaluate(Invocation.mock() if invocation is None else invocation)
        await self._settled()
        return results

    async def tool_call(
        self,
        server: str = SERVER,
        tool: str = "mock-tool",
        arguments: Mapping[str, Any] | None = None,
        *,
        answer: AnyToolAnswer | Sequence[AnyToolAnswer] | None = None,
        version: str = CURRENT,
        meta: Mapping[str, Any] | None = None,
        headers: HeaderItems | None = None,
        principal: Principal | None = None,
    ) -> ToolResult:
        """Call a tool of an MCP server as a client does, over HTTP, and return what the client gets.

        Args:
            server: The server's name.
            tool: The tool.
            arguments: What it is called with.
            answer: What the server answers: a text, a `CallToolResult` as JSON, a `ToolAnswer`, a `ToolFailure`, or a
                function that makes one. None: `tools` decides, which answers with the arguments by itself.
            version: Of MCP, which the client speaks.
            meta: Further fields of the call's `_meta`.
            headers: Those of the client, beside MCP's own.
            principal: Who makes the request.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        body = tool_body(tool, arguments or {}, version, meta or {})
        given = {**tool_headers(tool, version), **dict(Headers.of(headers).items_list())}
        parts = self._parts("POST", f"/mcp/{server}", body, given, None, principal, ("127.0.0.1", 50000))
        parts.further[TOOL_ANSWERS] = tool_answers_of(answer)
        response = await (await open_stream(self._host.app, parts)).read()
        await self._settled()
        return tool_result(response)

    async def agent_call(
        self,
        agent: str = AGENT,
        message: str | Mapping[str, Any] = "hello",
        *,
        stream: bool = False,
        method: str | None = None,
        params: Mapping[str, Any] | None = None,
        answer: AnyAgentAnswer | Sequence[AnyAgentAnswer] | None = None,
        headers: HeaderItems | None = None,
        principal: Principal | None = None,
    ) -> AgentResult:
        """Call an A2A agent as a client does, by JSON-RPC, and return what the client gets.

        Args:
            agent: The agent's name.
            message: What it is told: A2A's `Message` as JSON, or its one text.
            stream: Whether the client asks for a stream.
            method: None: `SendMessage`, or `SendStreamingMessage` for a stream. Another one, such as `GetTask`, sends
                no message.
            params: Further parameters, or those of another method.
            answer: What the agent answers: a text, a `Task` or `Message` as JSON, an `AgentAnswer`, a `ToolFailure`, or
                a function that makes one. None: `agents` decides, which echo the message by themselves.
            headers: Those of the client, beside A2A's own.
            principal: Who makes the request.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        called = method or ("SendStreamingMessage" if stream else "SendMessage")
        body, own = agent_body(message, called, params)
        given = {**own, **dict(Headers.of(headers).items_list())}
        parts = self._parts("POST", f"/a2a/{agent}", body, given, None, principal, ("127.0.0.1", 50000))
        parts.further[AGENT_ANSWERS] = agent_answers_of(answer)
        response = await (await open_stream(self._host.app, parts)).read()
        await self._settled()
        return agent_result(response)

    # Around requests

    async def emit(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Emit an event, and wait until those that subscribed have handled it.

        Args:
            name: One of the host's events, or any other.
            data: Of the host's events, the fields that matter: the others are None.

        Raises:
            ValueError: for a field that an event of the host's does not have.
        """
        self._host.emit(name, data or {})
        await self._settled()

    async def change_config(self, plugin: str | None = None, /, **fields: Any) -> None:
        """Set fields of a plugin's configuration, as an operator does while the gateway runs.

        Args:
            plugin: Its name; None: the plugin under test.
            **fields: They replace what was set before; others stay.

        Raises:
            ConfigRefused: by validation, or by the plugin's `config_changed`; nothing is changed.
        """
        await self._host.change_config(plugin, fields)
        await self._settled()

    async def health(self) -> Mapping[str, Any]:
        """Ask the plugins how they are: `status`, and by name under `plugins` what their `health_check` said."""
        health = await self._host.health()
        await self._settled()
        return health

    async def advance_time(self, seconds: float) -> None:
        """Let time pass at once: timers fire, one by one and in order, deadlines run out, what is stored expires.

        Whatever goes by the event loop's clock is moved along: `asyncio.sleep` and `asyncio.timeout`, those of the test
        too. `time.time()` and `time.monotonic()` are not.

        Raises:
            HarnessError: in an event loop whose clock cannot be moved (uvloop's).
        """
        await self._host.advance_time(seconds)
        await self._settled()

    def fail_next(
        self, target: str, exception: Exception | None = None, *, plugin: str | None = None, times: int = 1
    ) -> None:
        """Have the next calls fail.

        Args:
            target: A hook of the plugin's, `storage` or `http` (what it asks of `context.storage` or `context.http`).
            exception: What is raised; None: a RuntimeError, StorageUnavailable or OutboundError.
            plugin: Its name; None: the plugin under test.
            times: How many calls fail.

        Raises:
            HarnessError: the plugin has no such hook.
        """
        self._host.fail_next(target, exception, plugin, times)

    async def settle(self) -> None:
        """Wait until subscriptions and timers have done what they are about to.

        Raises:
            ArgumentChanged: a plugin has changed what it was handed.
        """
        await self._settled()

    # Inside

    @property
    def _host(self) -> HarnessHost:
        if self._started is None or not self._running:
            raise HarnessError("the harness is not started: use it as a context manager, or await startup() first")
        return self._started

    @property
    def _seen(self) -> HarnessHost:
        if self._started is None:
            raise HarnessError("the harness was never started: use it as a context manager, or await startup() first")
        return self._started

    async def _settled(self) -> None:
        await self._host.settle()
        self._host.check()

    def _model(self, model: str | None) -> str:
        if model is not None:
            return model
        listed = self._plan.settings.get("model_list")
        return str(listed[0]["model_name"]) if listed else self._plan.models[0]

    def _parts(
        self,
        method: str,
        path: str,
        body: Any,
        headers: HeaderItems | None,
        pieces: Iterable[bytes] | None,
        principal: Principal | None,
        client: tuple[str, int],
    ) -> RequestParts:
        content, all_headers, cut = encoded_body(body, headers, pieces)
        return RequestParts(
            method, path, all_headers.items_list(), content, cut, principal or self._plan.principal, client
        )


def _fields(value: Mapping[str, Any] | BaseModel) -> Mapping[str, Any]:
    return value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
