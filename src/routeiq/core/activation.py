"""Starts and stops single plugins: configuration, context, `startup`, routes, `shutdown`, health."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import EvaluationPolicy, FailureMode, GatewayPlugin, Node

from .active import ActivePlugin
from .adaptations import adaptation
from .config import LoadedConfig, load_config
from .context import ContextFactory
from .desired import Desired
from .errors import ConfigurationError, StartupError
from .events import EventBus
from .host_events import plugin_failed, quarantined
from .lifetime import CONTAINED, GRACE, Lifetime
from .metrics import Instruments
from .outbound.clients import HTTPClients
from .plugin_calls import PluginCalls
from .records import PluginRecord, PluginState
from .settings import ManagerSettings
from .storage import StorageBackend
from .strategies import HOOK as STRATEGIES
from .strategies import checked_factories
from .timers import Timers

logger = logging.getLogger(__name__)

POLICY: Final = "register_evaluation_policy"
HEALTH_STATES = ("ok", "degraded", "failed")


class Activation:
    """What the manager does with one plugin at a time; holds what outlives a single start."""

    def __init__(
        self,
        settings: ManagerSettings,
        records: Mapping[str, PluginRecord],
        events: EventBus,
        storage: StorageBackend | None = None,
    ) -> None:
        self.settings = settings
        self._records = records
        self._contexts = ContextFactory(settings, storage, events)
        self._events = events
        self._tell = functools.partial(plugin_failed, events)
        self._app: Any = None

    @property
    def timers(self) -> Timers:
        """What the plugins' timers share."""
        return self._contexts.timers

    @property
    def instruments(self) -> Instruments:
        """The plugins' instruments."""
        return self._contexts.instruments

    @property
    def http(self) -> HTTPClients:
        """The plugins' HTTP clients."""
        return self._contexts.http

    @property
    def calls(self) -> PluginCalls:
        """The calls of models that plugins make."""
        return self._contexts.calls

    @property
    def node(self) -> Node:
        """The process, as plugins are told of it."""
        return self._contexts.node

    def begin(self, app: Any) -> None:
        """Note the application that `startup` is told of."""
        self._app = app

    async def start(self, plugin: ActivePlugin, desired: Desired) -> None:
        """Configure a plugin and call its `startup`; what goes wrong ends in its record.

        Args:
            desired: What operators want: their overlays, and the files.

        Raises:
            StartupError: if it failed and its failure mode is `abort`.
        """
        try:
            loaded = self.load(plugin, desired)
        except ConfigurationError as error:
            self.failed(plugin, f"its configuration is wrong: {error}", error)
            return
        try:
            await self.launch(plugin, loaded)
        except StartupError as error:
            self.failed(plugin, error.reason, error.__cause__)

    async def launch(self, plugin: ActivePlugin, loaded: LoadedConfig) -> None:
        """Give a plugin its configuration and call its `startup`; one that fails is shut down again.

        Raises:
            StartupError: if it failed, whatever its failure mode.
        """
        seconds = self.settings.startup_timeout
        plugin.lifetime = Lifetime(plugin.name, self._tell)
        self.reconfigure(plugin, loaded)
        try:
            await self._call(plugin, "startup", seconds, app=self._app)
            plugin.routes = _checked_routes(await self._call(plugin, "register_routes", seconds))
            plugin.factories = checked_factories(await self._call(plugin, STRATEGIES, seconds))
            plugin.policy = self._policy(plugin)
        except TimeoutError as error:
            await self._shut_down(plugin)
            reason = f"startup did not finish within {seconds:g} s (ROUTEIQ_PLUGIN_STARTUP_TIMEOUT)"
            raise StartupError(plugin.name, reason) from error
        except CONTAINED as error:
            await self._shut_down(plugin)
            raise StartupError(plugin.name, f"startup failed: {type(error).__name__}: {error}") from error
        except BaseException:
            await self._shut_down(plugin)
            raise
        plugin.started = True
        plugin.lifetime.begin()

    async def stop(self, plugin: ActivePlugin) -> None:
        """End what a plugin has going on, and call its `shutdown`; what goes wrong is logged."""
        plugin.started = False
        await self._shut_down(plugin)
        plugin.routes = ()
        plugin.factories = {}
        plugin.strategies.clear()
        plugin.policy = None
        plugin.circuit = None
        plugin.close()

    def failed(self, plugin: ActivePlugin, reason: str, error: BaseException | None) -> None:
        """Set a plugin aside that could not be started.

        Raises:
            StartupError: if its failure mode is `abort`.
        """
        mode = plugin.record.failure_mode
        state = PluginState.QUARANTINED if mode is FailureMode.QUARANTINE else PluginState.FAILED
        plugin.record.leave_out(state, reason)
        if error is not None:
            self._tell(plugin.name, "startup", error)
        if state is PluginState.QUARANTINED:
            quarantined(self._events, plugin.name, reason, None)
        if mode is FailureMode.ABORT:
            raise StartupError(plugin.name, reason) from error
        # The configuration's problems and a deadline are told by their words; anything else needs its traceback.
        told = error is None or isinstance(error, ConfigurationError | TimeoutError)
        logger.error("plugin %s is left out: %s", plugin.name, reason, exc_info=None if told else error)

    async def health(self, plugin: ActivePlugin, timeout: float) -> dict[str, Any]:
        """Return a plugin's health; a check that raises, is late or makes no sense counts as failed."""
        try:
            answer = await self._call(plugin, "health_check", timeout)
        except TimeoutError:
            return {"status": "failed", "reason": f"health_check did not finish within {timeout:g} s"}
        except CONTAINED as error:
            logger.exception("plugin %s failed in health_check", plugin.name)
            self._tell(plugin.name, "health_check", error)
            return {"status": "failed", "reason": f"health_check failed: {type(error).__name__}"}
        if answer is None:
            return {"status": "ok"}
        if not isinstance(answer, Mapping) or answer.get("status", "ok") not in HEALTH_STATES:
            return {"status": "failed", "reason": f"health_check must return a mapping with status {HEALTH_STATES}"}
        return {"status": "ok", **answer}

    def load(self, plugin: ActivePlugin, desired: Desired) -> LoadedConfig:
        """Return the configuration that a plugin's sources give. Raises ConfigurationError."""
        schema = plugin.inspected.metadata.config_schema
        overlay = desired.overlays.get(plugin.name)
        loaded = load_config(plugin.name, schema, self.settings, tuple(self._records), overlay, desired.files)
        adaptation(plugin.name, plugin.inspected, loaded.value)
        return loaded

    async def offer(self, plugin: ActivePlugin, old: Any, new: Any) -> None:
        """Call a plugin's `config_changed`; whatever it raises is its refusal."""
        await self._call(plugin, "config_changed", self.settings.startup_timeout, old=old, new=new)

    def reconfigure(self, plugin: ActivePlugin, loaded: LoadedConfig) -> None:
        """Give a plugin a context with this configuration; plans that are made from now on use it."""
        plugin.record.config_sources = dict(loaded.sources)
        assert plugin.lifetime is not None, "only a plugin that is being started or runs is configured"
        plugin.context = plugin.lifetime.context = self._contexts.make(plugin.name, loaded.value, plugin.lifetime)
        plugin.adaptation = adaptation(plugin.name, plugin.inspected, loaded.value)
        plugin.record.unused_hooks = tuple(sorted(plugin.adaptation.unused_hooks))
        if isinstance(plugin.inspected.plugin, GatewayPlugin):
            plugin.inspected.plugin._context = plugin.context
        plugin.make_steps(self.settings)
        if plugin.started:
            self._renew_policy(plugin)

    def _renew_policy(self, plugin: ActivePlugin) -> None:
        """Ask a plugin for its policy by its new configuration; one that fails keeps the one that it gave before."""
        try:
            plugin.policy = self._policy(plugin)
        except CONTAINED as error:
            logger.exception("plugin %s failed in %s: what it said before holds", plugin.name, POLICY)
            self._tell(plugin.name, POLICY, error)

    def _policy(self, plugin: ActivePlugin) -> EvaluationPolicy | None:
        """Return what a plugin says of evaluations. Raises TypeError if that is no policy, or whatever it raises."""
        implementation = plugin.implementations.get(POLICY)
        if implementation is None:
            return None
        policy = implementation.function(*[plugin.context for _ in implementation.arguments])
        if policy is not None and not isinstance(policy, EvaluationPolicy):
            raise TypeError(f"{POLICY} must return an EvaluationPolicy or None, not {type(policy).__name__}")
        return policy

    async def _shut_down(self, plugin: ActivePlugin) -> None:
        seconds = self.settings.startup_timeout
        if plugin.lifetime is not None:
            await plugin.lifetime.end(min(GRACE, seconds))
        try:
            await self._call(plugin, "shutdown", seconds, app=self._app)
        except CONTAINED as error:
            logger.exception("plugin %s failed in shutdown", plugin.name)
            self._tell(plugin.name, "shutdown", error)
        finally:
            if plugin.lifetime is not None:
                await self._contexts.http.close(plugin.lifetime)

    async def _call(self, plugin: ActivePlugin, hook: str, seconds: float, **arguments: Any) -> Any:
        """Call a life-cycle hook with those of the arguments that it takes; None if the plugin has none."""
        implementation = plugin.implementations.get(hook)
        if implementation is None:
            return None
        offered = {**arguments, "context": plugin.context}
        values = [offered[name] for name in implementation.arguments]
        seconds = implementation.options.get("timeout") or seconds
        if implementation.is_async:
            async with asyncio.timeout(seconds):
                return await implementation.function(*values)
        if implementation.options.get("offload"):
            async with asyncio.timeout(seconds):
                return await plugin.bulkhead.run(implementation.function, *values)
        return implementation.function(*values)


def _checked_routes(routes: Any) -> tuple[Any, ...]:
    if routes is None:
        return ()
    if not isinstance(routes, list | tuple):
        raise TypeError(f"register_routes must return a list of routes, not {type(routes).__name__}")
    for route in routes:
        if not callable(getattr(route, "matches", None)) or not callable(getattr(route, "handle", None)):
            raise TypeError(f"register_routes returned {type(route).__name__}: routes have matches() and handle()")
    return tuple(routes)
