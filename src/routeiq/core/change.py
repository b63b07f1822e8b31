"""Changes of what operators want, prepared whole and then in force at once, or undone.

A change is first made ready: everything that can refuse it is asked (the validation of each configuration, the order,
what depends on what, the plugins' `config_changed`, the start of what is newly enabled). Then `commit` puts it in force
without an await, so that no request sees half of it, or `abort` takes it back. Several processes agree on one change by
preparing it everywhere before any of them commits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from .activation import Activation
from .active import ActivePlugin
from .config import LoadedConfig
from .config_files import ConfigFiles
from .desired import Desired
from .errors import ChangeRefused, ConfigurationError, NotRunningError, Problem, StartupError
from .events import EventBus
from .host_events import changed_fields, config_changed
from .instances import plugin_of
from .lifetime import CONTAINED
from .plans import Planner
from .records import PluginState
from .roster import Roster
from .settings import ManagerSettings, PluginOverride

logger = logging.getLogger(__name__)

Edit: TypeAlias = Callable[[Desired], Desired]


class ChangeHost(Protocol):
    """What a change asks of the manager whose plugins it is about."""

    @property
    def running(self) -> bool:
        """Whether the manager is started."""

    @property
    def settings(self) -> ManagerSettings:
        """What it goes by now."""

    @property
    def events(self) -> EventBus:
        """What carries the news of a change."""

    def follow(self, settings: ManagerSettings) -> None:
        """Go by these settings: records, states and order change with them; plans do not yet."""

    def arm(self, plugin: ActivePlugin) -> None:
        """Give a plugin the circuit breaker that its failure mode asks for, or take it away."""

    def rebuild(self) -> None:
        """Make new plans, for the requests to come."""

    def retire(self, plugin: ActivePlugin) -> None:
        """Shut a plugin down that takes part no longer, once the last request that uses it has ended."""

    async def retired(self, plugin: str) -> None:
        """Wait until a plugin that was retired is shut down."""


class Changes:
    """The changes of one manager, one after the other.

    Attributes:
        in_force: What operators want, as of the last change.
    """

    def __init__(self, host: ChangeHost, roster: Roster, activation: Activation, planner: Planner) -> None:
        self.in_force = Desired(host.settings.plugins, {}, ConfigFiles(host.settings.config_directory))
        self.host, self.roster, self.activation, self.planner = host, roster, activation, planner
        self._one_at_a_time = asyncio.Lock()
        self._pending: Prepared | None = None

    def read_files(self) -> None:
        """Read the files of all plugins that were not read yet: what they say now is in force from here on."""
        known = self.in_force.files.contents
        self.in_force = self.in_force.with_files(name for name in self.roster.plugins if name not in known)

    def preset(self, edit: Edit) -> None:
        """Have something else in force, unjudged: before the start, which judges it."""
        self.in_force = edit(self.in_force)
        self.host.follow(self.host.settings.model_copy(update={"plugins": self.in_force.overrides}))

    def loaded(self, plugin: ActivePlugin) -> LoadedConfig:
        """Return the configuration that is in force for a plugin, or will be from the start on."""
        return self.activation.load(plugin, self.in_force)

    async def prepare(self, edit: Edit, retried: Iterable[str] = ()) -> Prepared:
        """Make a change ready; until it is committed or aborted, others wait.

        On a manager that is not running it is only validated; what it says holds from the start on.

        Args:
            edit: Makes what is wanted of what is in force, at the moment when no other change is under way.
            retried: Plugins that failed to start, and are to be started anew although nothing of them changed.

        Raises:
            ConfigurationError: with everything that is wrong with configurations; nothing is changed.
            ChangeRefused: by a plugin, or by what depends on what; nothing is changed.
        """
        await self._one_at_a_time.acquire()
        try:
            self._pending = prepared = Prepared(self, edit(self.in_force), frozenset(retried))
        except BaseException:
            self._one_at_a_time.release()
            raise
        try:
            await prepared.make_ready()
        except BaseException:
            await prepared.abort()
            raise
        return prepared

    async def settled(self) -> None:
        """Wait until the change under way is over."""
        async with self._one_at_a_time:
            pass

    async def abort(self) -> None:
        """Take back a change that is ready and not committed: the manager stops."""
        if self._pending is not None:
            await self._pending.abort()

    def over(self) -> None:
        """Let the next change begin."""
        self._pending = None
        self._one_at_a_time.release()


class Prepared:
    """A change that nothing can refuse any more; either `commit` or `abort` ends it.

    Attributes:
        loaded: The new configurations, by plugin.
        started: The plugins that were started for it, and take part once it is committed.
        stopped: The plugins that take part no longer then.
    """

    def __init__(self, changes: Changes, desired: Desired, retried: frozenset[str]) -> None:
        self.loaded: dict[str, LoadedConfig] = {}
        self.started: list[ActivePlugin] = []
        self.stopped: list[ActivePlugin] = []
        self._changes = changes
        self._host, self._roster, self._activation = changes.host, changes.roster, changes.activation
        self._asked = asyncio.Event()
        self._before, self._after = changes.in_force, desired
        self._settings = changes.host.settings.model_copy(update={"plugins": desired.overrides})
        self._addressed = retried | self._differing()
        self._offered: list[tuple[ActivePlugin, Any, Any]] = []
        self._left_out: dict[str, str] = {}
        self._over = False

    async def make_ready(self) -> None:
        """Ask everything that can refuse the change.

        Raises:
            ConfigurationError, ChangeRefused: as `Changes.prepare` does.
        """
        starting: list[ActivePlugin] = []
        try:
            if self._host.running:
                await self._roster.fetch(self._settings)
                unread = self._roster.plugins.keys() - self._after.files.contents.keys()
                self._after = self._after.with_files(unread)
                starting = self._try_out()
            self._load(starting)
            await self._offer()
            await self._start(starting)
        finally:
            self._asked.set()

    def commit(self) -> None:
        """Put the change in force, for the requests to come; those under way keep what they began with.

        Raises:
            NotRunningError: if it was taken back, since the manager stopped meanwhile.
        """
        if self._over:
            raise NotRunningError("the change was taken back: the manager stopped before it was in force")
        changed = bool(self.started or self.stopped or self._before.overrides != self._after.overrides)
        self._host.follow(self._settings)
        for plugin in self.started:
            plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        for name, reason in self._left_out.items():
            self._roster.records[name].leave_out(PluginState.FAILED, reason)
        fields: dict[str, list[str]] = {}
        for name, loaded in self.loaded.items():
            plugin = self._roster.plugins[name]
            plugin.record.config_sources = dict(loaded.sources)
            if plugin.started and plugin.context.config != loaded.value:
                fields[name] = list(changed_fields(plugin.context.config, loaded.value))
                self._activation.reconfigure(plugin, loaded)
                changed = True
        for plugin in self._roster.plugins.values():
            if changed and plugin.started and plugin.name in self._addressed:
                self._host.arm(plugin)
                plugin.make_steps(self._settings)
        self._changes.in_force = self._after
        if changed and self._host.running:
            self._host.rebuild()
        for plugin in self.stopped:
            self._host.retire(plugin)
        self._roster.prune()
        self._over = True
        self._changes.over()
        for name in sorted(self._addressed & self._roster.records.keys()):
            words = (wanted.overrides.get(name, PluginOverride()) for wanted in (self._before, self._after))
            config_changed(self._host.events, name, fields.get(name, ()), changed_fields(*words))

    async def abort(self) -> None:
        """Take the change back: what was started is stopped, and who had agreed to a configuration is told."""
        await self._asked.wait()
        if self._over:
            return
        self._over = True
        try:
            for plugin in reversed(self.started):
                await self._activation.stop(plugin)
            for plugin, old, new in reversed(self._offered):
                try:
                    await self._activation.offer(plugin, new, old)
                except CONTAINED:
                    logger.exception("plugin %s did not take back the configuration that stays in force", plugin.name)
        finally:
            self._roster.prune()
            self._changes.over()

    def _differing(self) -> frozenset[str]:
        """Return the plugins about which the change says something new."""
        before, after = self._before, self._after
        files = before.files.contents.keys() | after.files.contents.keys()
        names = {*before.overrides, *after.overrides, *before.overlays, *after.overlays, *files}
        differing = {
            name
            for name in names
            if before.overrides.get(name) != after.overrides.get(name)
            or before.overlays.get(name, {}) != after.overlays.get(name, {})
            or before.files.content(name) != after.files.content(name)
        }
        # Whether a plugin runs under its own name depends on what else of it is listed.
        return frozenset(differing | {plugin_of(name) for name in before.overrides.keys() ^ after.overrides.keys()})

    def _try_out(self) -> list[ActivePlugin]:
        """Go by the new settings for a moment; return the plugins that are to be started, in order.

        Raises:
            ChangeRefused: if a plugin could take part no longer that is not the one to be disabled, or one could not
                that is to be enabled.
            ConfigurationError: if the order of a hook would contradict itself.
        """
        usable = {name for name, record in self._roster.records.items() if record.usable}
        settings = self._host.settings
        with self._roster.tentative():
            try:
                self._host.follow(self._settings)
                for plugin in self._roster.plugins.values():
                    if plugin.name in self._addressed and not plugin.started:
                        self._roster.give_another_chance(plugin)
                self._roster.resolve()
                active = self._roster.in_order()
                self._changes.planner.check(active, self._roster.providers())
                for name, record in self._roster.records.items():
                    wanted = name in usable or (name in self._addressed and self._roster.wants(name))
                    if wanted and not record.usable and record.state is not PluginState.DISABLED:
                        raise ChangeRefused(name, record.reason)
                self.stopped = [
                    plugin
                    for plugin in self._roster.plugins.values()
                    if plugin.started and plugin.record.state is PluginState.DISABLED
                ]
                return [plugin for plugin in active if not plugin.started]
            finally:
                self._host.follow(settings)

    def _load(self, starting: Sequence[ActivePlugin]) -> None:
        """Read the configurations that may change. Raises ConfigurationError with everything that is wrong."""
        problems: list[Problem] = []
        leaving = {plugin.name for plugin in self.stopped}
        begin = {plugin.name for plugin in starting}
        for plugin in self._roster.plugins.values():
            stays = plugin.name in self._addressed and (plugin.started or not self._host.running)
            if plugin.name in begin or (stays and plugin.name not in leaving):
                try:
                    self.loaded[plugin.name] = self._activation.load(plugin, self._after)
                except ConfigurationError as error:
                    if plugin.name in self._addressed:
                        problems += error.problems
                    else:
                        self._left_out[plugin.name] = f"its configuration is wrong: {error}"
        if problems:
            raise ConfigurationError(problems)

    async def _offer(self) -> None:
        """Ask the plugins whose configuration changes. Raises ChangeRefused if one of them refuses."""
        for plugin in self._roster.in_order():
            loaded = self.loaded.get(plugin.name)
            if loaded is None or not plugin.started or loaded.value == plugin.context.config:
                continue
            old = plugin.context.config
            try:
                await self._activation.offer(plugin, old, loaded.value)
            except TimeoutError as error:
                raise ChangeRefused(plugin.name, "config_changed did not finish in time") from error
            except CONTAINED as error:
                reason = f"config_changed refuses it: {type(error).__name__}: {error}"
                raise ChangeRefused(plugin.name, reason) from error
            self._offered.append((plugin, old, loaded.value))

    async def _start(self, starting: Sequence[ActivePlugin]) -> None:
        """Start plugins that are to take part. Raises ChangeRefused if one fails that the change is about."""
        for plugin in starting:
            if plugin.name in self._left_out:
                continue
            await self._host.retired(plugin.name)
            reason = self._roster.unstarted_dependency(plugin)
            cause = None
            if reason is None:
                try:
                    await self._activation.launch(plugin, self.loaded[plugin.name])
                    self.started.append(plugin)
                    continue
                except StartupError as error:
                    reason, cause = error.reason, error
            if plugin.name in self._addressed:
                raise ChangeRefused(plugin.name, reason) from cause
            self._left_out[plugin.name] = reason
            logger.error("plugin %s is left out: %s", plugin.name, reason)
