"""`GatewayHost`: the gateway with the plugins of one test, no server around it and no provider behind it."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from routeiq_plugin_sdk import (
    API,
    EvaluationResult,
    Event,
    Invocation,
    OutboundError,
    PluginContext,
    PluginMetadata,
    StorageUnavailable,
)
from routeiq_plugin_sdk.testing import (
    ConfigRefused,
    HarnessError,
    HarnessResponse,
    HookCall,
    LogLine,
    PluginNotStarted,
    PluginStatus,
)
from routeiq_plugin_sdk.testing.agent_calls import AGENT_ANSWERS
from routeiq_plugin_sdk.testing.connection import ANSWERS, PRINCIPAL
from routeiq_plugin_sdk.testing.host import DecodedAnswer, HarnessPlan
from routeiq_plugin_sdk.testing.tool_calls import TOOL_ANSWERS

from routeiq.core.desired import Desired
from routeiq.core.errors import ChangeRefused, ConfigurationError, RegistrationError, StartupError
from routeiq.core.evaluation import Call
from routeiq.core.event_names import HOST_EVENTS, check_pattern
from routeiq.core.instances import plugin_of
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.problems import nearest
from routeiq.core.records import PluginRecord, PluginState
from routeiq.core.subscriptions import BusSubscription
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

from .agents import ScriptedAgent, own_agent_answers
from .answers import decoded
from .backend import ScriptedBackend, own_answers
from .clock import HarnessClock
from .companion import NAMES, Application, Companion, Limits, requested_by
from .faults import Faults, FaultyStorage
from .http_client import HarnessHTTPFactory
from .logs import LogCapture
from .remotes import ScriptedRemotes, own_tool_answers
from .watched_hooks import WatchedHooks

TURNS: Final = 10
"""Of the event loop, in which what has just become due hands its work on."""
PATIENCE: Final = 0.1
"""Real seconds that something under way is waited for before time passes on, where something is due some day."""
PATIENCE_WITH_THREADS: Final = 2.0
"""The same where nothing is due, so that it can wait for no more than a thread, or for another process."""


class GatewayHost:
    """What `PluginTestHarness` finds by its entry point; its protocol is `HarnessHost`."""

    def __init__(self, plan: HarnessPlan) -> None:
        """Make the gateway; raises ConfigurationError or pydantic's ValidationError for settings that make no sense."""
        self._plan = plan
        self._names: list[str] = []
        self._clock = HarnessClock()
        self._hooks = WatchedHooks(Faults())
        self._logs = LogCapture(lambda plugin: plugin in self._names)
        self._events: list[Event] = []
        self._listener: BusSubscription | None = None
        settings = GatewaySettings.model_validate(_document(plan))
        self._manager = PluginManager(self._manager_settings(settings), storage=self._storage())
        # The first factory that a manager is given is the one that it uses: before the gateway brings its own.
        self._manager.attach((), http=HarnessHTTPFactory(plan.http, self._hooks.faults))
        backend = ScriptedBackend(plan.upstream, plan.llm)
        backends = dict.fromkeys(("echo", "openai", "litellm"), backend)
        urls = {name: server.url.get_secret_value() for name, server in settings.mcp_servers.items()}
        agents = [
            ScriptedAgent(name, agent.url.get_secret_value(), plan.agents)
            for name, agent in settings.a2a_agents.items()
        ]
        remotes = ScriptedRemotes(plan.tools, urls, agents)
        state = MemoryState(self._clock.time)
        self._gateway = Gateway(settings, self._manager, state, backends=backends, client=remotes)

    def _manager_settings(self, settings: GatewaySettings) -> Any:
        wanted = [plugin for plugin in self._plan.plugins if isinstance(plugin, str)]
        directory = self._plan.directory or Path(os.devnull) / "plugins"
        changes: dict[str, Any] = {"config_directory": directory, "allowlist": frozenset(wanted)}
        return settings.manager_settings(self._plan.environment).model_copy(update=changes)

    def _storage(self) -> FaultyStorage:
        storage = FaultyStorage(clock=self._clock.time)
        storage.faults = self._hooks.faults
        return storage

    # What there is to see

    @property
    def manager(self) -> PluginManager:
        """The plugin manager."""
        return self._manager

    @property
    def calls(self) -> list[HookCall]:
        """The calls of hooks so far, but for the harness's own."""
        return self._hooks.calls

    @property
    def events(self) -> list[Event]:
        """The events so far."""
        return self._events

    @property
    def logs(self) -> list[LogLine]:
        """The log so far."""
        return self._logs.lines

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """What became of each plugin."""
        records = self._manager.records
        others = [name for name in records if name not in {*self._names, *NAMES}]
        return {name: _status(records[name]) for name in (*self._names, *others) if name in records}

    def context(self, plugin: str | None) -> PluginContext:
        """Return a plugin's latest context."""
        context: PluginContext | None = self._manager.plugin(self._name(plugin)).context
        if context is None:
            raise HarnessError(f"plugin {self._name(plugin)!r} was not started, and has no context")
        return context

    def metric(self, name: str, plugin: str | None, labels: Mapping[str, str]) -> float | None:
        """Return the value of a plugin's instrument."""
        owner = self._name(plugin)
        wanted = f"routeiq_plugin_{plugin_of(owner).replace('-', '_')}_{name}"
        instance = owner.partition("#")[2]
        expected = {**labels, **({"plugin_instance": instance} if instance else {})}
        for family in self._manager.metrics_registry.collect():
            for sample in family.samples:
                if sample.name in (wanted, f"{wanted}_total") and sample.labels == expected:
                    return float(sample.value)
        return None

    def decode(self, api: API, response: HarnessResponse) -> DecodedAnswer:
        """Return what an answer says."""
        return decoded(api, response)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection, as a task of its own: what is known of its request is known in that task."""
        requested_by.set(scope.get(PRINCIPAL))
        own_answers.set(scope.get(ANSWERS))
        own_tool_answers.set(scope.get(TOOL_ANSWERS))
        own_agent_answers.set(scope.get(AGENT_ANSWERS))
        await self._gateway(scope, receive, send)

    # Life

    async def start(self) -> None:
        """Register and start the plugins."""
        self._clock.begin()
        self._logs.begin()
        for plugin in self._plan.plugins:
            self._register(plugin)
        self._manager.register(Companion(self._listen))
        self._manager.register(Limits)
        if self._plan.app is not None:
            self._manager.register(Application(self._plan.app))
        self._configure()
        try:
            await self._manager.start(self._gateway)
        except (StartupError, RegistrationError) as error:
            raise PluginNotStarted(error.plugin, error.reason) from error
        for name in self._names:
            record = self._manager.records[name]
            if record.state is not PluginState.ACTIVE:
                raise PluginNotStarted(name, record.reason)

    def _listen(self) -> None:
        self._listener = self._manager.events.subscribe("*", self._events.append)

    def _register(self, plugin: Any) -> None:
        """Register a plugin under each name that it runs under, or find an installed one."""
        manager = self._manager
        if isinstance(plugin, str):
            manager.discover()
            names = [name for name in manager.records if plugin_of(name) == plugin]
            if not names:
                raise PluginNotStarted(plugin, "no plugin of this name is installed")
        else:
            metadata = getattr(plugin, "metadata", None)
            wanted: list[str | None] = [None]  # without metadata it is refused, with words
            if isinstance(metadata, PluginMetadata):
                wanted = [*manager.settings.instances_of(metadata.name)]
            try:
                names = [manager.register(plugin, name).name for name in wanted]
            except RegistrationError as error:
                raise PluginNotStarted(error.plugin, error.reason) from error
        for name in names:
            if manager.records[name].state is PluginState.REFUSED:
                raise PluginNotStarted(name, manager.records[name].reason)
            self._hooks.watch(manager.plugin(name))
            self._names.append(name)

    def _configure(self) -> None:
        """Set configurations as an operator's overlay, which a file or a variable wins over."""
        for plugin, fields in self._plan.configs.items():
            self._manager.preset(functools.partial(Desired.with_overlay, plugin=self._name(plugin), overlay=fields))

    async def stop(self) -> None:
        """Stop the plugins."""
        await self._manager.stop()
        await self._gateway.service.close()
        self._logs.end()

    def check(self) -> None:
        """Raise what plugins have changed, once."""
        changes = self._hooks.changes
        if changes:
            first = changes[0]
            for other in changes[1:]:
                first.add_note(f"and: {other}")
            self._hooks.changes = []
            raise first

    # What a test does

    async def settle(self) -> None:
        """Let what is about to happen happen."""
        loop = asyncio.get_running_loop()
        until = None
        for turn in range(1_000_000):
            await asyncio.sleep(0)
            if turn < TURNS:
                continue
            if not self._is_busy():
                return
            # What waits for time has something due; what waits for a thread has not, and a thread may be slow to run.
            until = until or loop.time() + (PATIENCE if self._clock.is_due_later else PATIENCE_WITH_THREADS)
            if loop.time() > until:
                return
            await asyncio.sleep(0.001)

    def _is_busy(self) -> bool:
        present = [name for name in self._names if name in self._manager.records]  # a test may take one out
        lifetimes = [plugin.lifetime for plugin in map(self._manager.plugin, present)]
        busy = any(lifetime is not None and lifetime.busy for lifetime in lifetimes)
        busy = busy or self._manager.evaluations.busy
        return busy or (self._listener is not None and self._listener.busy)

    async def evaluate(self, invocation: Invocation) -> Sequence[EvaluationResult]:
        """Have the plugins judge a call."""
        plans = self._manager.plans
        evaluation = plans.evaluation
        if evaluation is None:
            return []
        return await self._manager.evaluations.judge(Call(invocation, evaluation.policy, plans), evaluation.evaluators)

    async def change_config(self, plugin: str | None, fields: Mapping[str, Any]) -> None:
        """Set fields of a plugin's configuration."""
        name = self._name(plugin)
        try:
            await self._manager.configure(name, {**self._manager.overlay(name), **fields})
        except ChangeRefused as error:
            raise ConfigRefused(name, error.reason) from error
        except ConfigurationError as error:
            raise ConfigRefused(name, str(error)) from error

    def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Emit an event."""
        check_pattern(name)
        known = HOST_EVENTS.get(name)
        if known is not None:
            unknown = sorted(data.keys() - set(known))
            if unknown:
                hint = nearest(unknown[0], known)
                raise ValueError(f"the event {name!r} has no field {unknown[0]!r}{hint}; it has {', '.join(known)}")
            data = {**dict.fromkeys(known), **data}
        self._manager.events.emit(name, dict(data))

    async def health(self) -> Mapping[str, Any]:
        """Ask the plugins how they are."""
        return await self._manager.health()

    async def advance_time(self, seconds: float) -> None:
        """Let time pass."""
        await self._clock.advance(seconds, self.settle)

    def fail_next(self, target: str, exception: Exception | None, plugin: str | None, times: int) -> None:
        """Have the next calls fail."""
        name = self._name(plugin)
        hooks = self._manager.records[name].hooks
        if target not in (*hooks, "storage", "http"):
            raise HarnessError(
                f"plugin {name!r} has no hook {target!r}{nearest(target, hooks)}; what can fail:"
                f" {', '.join((*hooks, 'storage', 'http'))}"
            )
        words = "a failure that the test ordered"
        if exception is None:
            made = {"storage": StorageUnavailable(words), "http": OutboundError("", words)}
            exception = made.get(target, RuntimeError(words))
        self._hooks.faults.order(name, target, exception, times)

    def _name(self, plugin: str | None) -> str:
        if plugin is None:
            return self._names[0]
        if plugin not in self._manager.records:
            hint = nearest(plugin, self._names)
            raise HarnessError(f"the harness has no plugin {plugin!r}{hint}; it has {', '.join(self._names)}")
        return plugin


def _document(plan: HarnessPlan) -> dict[str, Any]:
    """Return the gateway's settings: the plan's, and what it leaves out."""
    given = dict(plan.settings)
    given["storage"] = "memory"  # ours is handed to the manager
    if "model_list" not in given:
        given["model_list"] = [
            {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_base": "https://upstream.test/v1"}}
            for name in plan.models
        ]
    given.setdefault("mcp_servers", {name: {"url": f"https://{name}.test/mcp"} for name in plan.servers})
    given.setdefault("a2a_agents", {name: {"url": f"https://{name}.test/a2a"} for name in plan.agent_names})
    # A plugin that is tested is enabled, whatever its author has it be by default.
    plugins = dict(given.get("plugins") or {})
    listed = {plugin_of(name) for name in plugins}
    plugins |= {name: {"enabled": True} for name in _disabled(plan) if name not in listed}
    return {**given, "plugins": plugins}


def _disabled(plan: HarnessPlan) -> Iterator[str]:
    for plugin in plan.plugins:
        metadata = getattr(plugin, "metadata", None)
        if isinstance(plugin, str):
            yield plugin
        elif isinstance(metadata, PluginMetadata) and not metadata.enabled_by_default:
            yield metadata.name


def _status(record: PluginRecord) -> PluginStatus:
    return PluginStatus(
        record.name, record.state.value, record.reason, record.hooks, (*record.inactive_hooks, *record.unused_hooks)
    )
