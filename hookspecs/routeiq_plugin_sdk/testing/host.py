"""What the harness asks of the host that runs plugins for it, and how it finds that host: by its entry point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Protocol

from ..context import PluginContext
from ..events import Event
from ..types import API, EvaluationResult, Invocation, LLMResponse, Principal, StreamChunk
from .agent_calls import Agents
from .answers import Upstream
from .connection import ASGIApp, HarnessResponse
from .errors import HostNotInstalled
from .http import ScriptedHTTP
from .observations import HookCall, LogLine, PluginStatus
from .tool_calls import ToolServers

GROUP: Final = "routeiq.testing_host"


@dataclass(frozen=True, slots=True)
class HarnessPlan:
    """What a test wants run.

    Attributes:
        plugins: Modules, classes or instances, or names of installed plugins; the first is the one under test.
        configs: Configurations by plugin's name; None stands for the plugin under test.
        settings: Of the gateway, as its file has them.
        models: The names under which models can be called.
        servers: The names under which MCP servers can be called.
        agent_names: The names under which agents can be called.
        app: Serves what the gateway does not, inside the plugins.
        environment: The variables that the host reads, and no others.
        principal: Who makes requests that do not say it themselves.
        directory: Where the plugins' configuration files lie; None: there are none.
        upstream: Answers for the models.
        llm: Answers for the models where plugins call them.
        http: Answers for other servers.
        tools: Answers for MCP servers.
        agents: Answers for agents.
    """

    plugins: Sequence[Any]
    configs: Mapping[str | None, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    models: Sequence[str] = ()
    servers: Sequence[str] = ()
    agent_names: Sequence[str] = ()
    app: ASGIApp | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    principal: Principal | None = None
    directory: Path | None = None
    upstream: Upstream = field(default_factory=Upstream)
    llm: Upstream = field(default_factory=Upstream)
    http: ScriptedHTTP = field(default_factory=ScriptedHTTP)
    tools: ToolServers = field(default_factory=ToolServers)
    agents: Agents = field(default_factory=Agents)


@dataclass(frozen=True, slots=True)
class DecodedAnswer:
    """An answer of a model's as its client got it, in the form that plugins see.

    Attributes:
        response: The whole of it; None where there was none.
        chunks: Of a stream, its steps.
        error: The error that it is, or that its stream ended with.
    """

    response: LLMResponse | None
    chunks: tuple[StreamChunk, ...] = ()
    error: Mapping[str, Any] | None = None


class HarnessHost(Protocol):
    """A host with the plugins of one plan."""

    @property
    def app(self) -> ASGIApp:
        """The gateway."""

    @property
    def manager(self) -> Any:
        """The host's own plugin manager."""

    @property
    def calls(self) -> list[HookCall]:
        """The calls of hooks so far."""

    @property
    def events(self) -> list[Event]:
        """The events so far."""

    @property
    def logs(self) -> list[LogLine]:
        """The log so far."""

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """What became of each plugin, by its name; that under test comes first."""

    def context(self, plugin: str | None) -> PluginContext:
        """Return a plugin's latest context. Raises HarnessError if it has none."""

    def metric(self, name: str, plugin: str | None, labels: Mapping[str, str]) -> float | None:
        """Return the value of a plugin's instrument, or None."""

    def decode(self, api: API, response: HarnessResponse) -> DecodedAnswer:
        """Return what an answer says."""

    async def start(self) -> None:
        """Register and start the plugins. Raises PluginNotStarted."""

    async def stop(self) -> None:
        """Stop them; harmless when they are not running."""

    async def evaluate(self, invocation: Invocation) -> Sequence[EvaluationResult]:
        """Have the plugins judge a call, and return what they say."""

    def check(self) -> None:
        """Raise ArgumentChanged, once, if a plugin changed what it was handed."""

    async def settle(self) -> None:
        """Let what is under way in subscriptions and timers come to its end, as far as it need not wait for time."""

    async def change_config(self, plugin: str | None, fields: Mapping[str, Any]) -> None:
        """Set fields of a plugin's configuration. Raises ConfigRefused."""

    def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Emit an event. Raises ValueError for one that cannot be."""

    async def health(self) -> Mapping[str, Any]:
        """Ask the plugins how they are."""

    async def advance_time(self, seconds: float) -> None:
        """Let time pass. Raises HarnessError in an event loop whose clock cannot be moved."""

    def fail_next(self, target: str, exception: Exception | None, plugin: str | None, times: int) -> None:
        """Have the next calls of a hook, of the storage or of `context.http` raise."""


class HostFactory(Protocol):
    """What the entry point names."""

    def __call__(self, plan: HarnessPlan) -> HarnessHost: ...


def load_host() -> HostFactory:
    """Return what makes hosts.

    Raises:
        HostNotInstalled: with the command that installs one.
    """
    found = list(metadata.entry_points(group=GROUP))
    if not found:
        raise HostNotInstalled(
            "PluginTestHarness runs plugins in RouteIQ itself, which is not installed: pip install routeiq"
            " (in the dependencies of your tests, not of your plugin). MockPluginContext needs the SDK alone."
        )
    factory: HostFactory = found[0].load()
    return factory
