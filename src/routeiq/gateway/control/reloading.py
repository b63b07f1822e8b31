"""Files that change: configuration files of plugins, and the settings file's word on plugins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from routeiq.core.errors import ChangeRefused, ConfigurationError, NoAgreement
from routeiq.core.manager import PluginManager
from routeiq.core.records import PluginState

from ..group import Group
from ..settings import GatewaySettings
from .agreement import Agreement
from .participant import Participant
from .proposal import Proposal, settings_as_json
from .settings_source import SettingsSource
from .watching import Signature, changed_files, signature

PROBLEMS: Final = "problems of files"
REFUSALS: Final = (ConfigurationError, ChangeRefused, NoAgreement)

logger = logging.getLogger(__name__)

Audit = Callable[[str, str, str, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What became of a file that was read anew.

    Attributes:
        changed: Whether it says something new, which is in force now.
        problem: Why what it says is not in force; None if it is.
    """

    changed: bool
    problem: str | None = None


class Reloading:
    """Reads the files of one gateway anew: when they change, in the worker that leads, or when somebody asks for it.

    Attributes:
        problems: Why what a file says is not in force, by plugin, or by the path of the settings file.
    """

    def __init__(
        self,
        manager: PluginManager,
        participant: Participant,
        agreement: Agreement,
        group: Group,
        source: SettingsSource,
        audit: Audit,
    ) -> None:
        self.problems: dict[str, str] = {}
        self._manager = manager
        self._participant = participant
        self._agreement = agreement
        self._group = group
        self._source = source
        self._audit = audit
        self._one_at_a_time = asyncio.Lock()
        self._read = source.at_first
        group.answer(PROBLEMS, self._hear)

    async def run(self) -> None:
        """Watch the files as long as this worker leads, until cancelled."""
        await self._group.wait_lead()
        while True:
            paths = self._paths()
            async with aclosing(changed_files(paths.values())) as changes:
                async for changed in changes:
                    plugins = [plugin for plugin, path in paths.items() if path in changed]
                    await self._reload(plugins, self._source.path in changed, "files", changed)
                    if self._paths() != paths:
                        break

    async def reload(self, plugins: Iterable[str] | None, who: str) -> Mapping[str, Reloaded]:
        """Read files anew.

        Args:
            plugins: Whose; None: those of all plugins, and the settings file.
            who: Who asked for it, for the audit log.

        Raises:
            RegistrationError: if there is no such plugin.
        """
        if plugins is None:
            return await self._reload(self._manager.records, self._source.path is not None, who)
        wanted = list(plugins)
        for plugin in wanted:
            self._manager.plugin(plugin)
        return await self._reload(wanted, False, who)

    async def _reload(
        self, plugins: Iterable[str], settings: bool, who: str, noticed: Mapping[Path, Signature] = MappingProxyType({})
    ) -> dict[str, Reloaded]:
        async with self._one_at_a_time:
            found: dict[str, Reloaded] = {}
            if settings:
                found[str(self._source.path)] = await self._reload_settings(who, noticed)
            for plugin in list(plugins):
                if plugin in self._manager.records:
                    found[plugin] = await self._reload_plugin(plugin, who, noticed)
            return found

    async def _reload_settings(self, who: str, noticed: Mapping[Path, Signature]) -> Reloaded:
        name = str(self._source.path)
        try:
            settings = await asyncio.to_thread(self._source.load)
        except ConfigurationError as error:
            return Reloaded(False) if _written_again(self._source.path, noticed) else self._refused(name, error)
        if _written_again(self._source.path, noticed):
            return Reloaded(False)
        self._warn_of_what_waits(settings)
        proposed = settings_as_json(settings.plugins)
        before = settings_as_json(self._participant.settings)
        if proposed == before:
            return self._fine(name, changed=False)
        files = self._manager.desired.files
        new = [plugin for plugin in proposed if plugin not in files.contents]
        contents = (await asyncio.to_thread(files.read, new)).contents  # all workers judge the same text
        try:
            await self._agreement.reach(Proposal(settings=proposed, files={plugin: contents[plugin] for plugin in new}))
        except REFUSALS as error:
            return self._refused(name, error)
        touched = sorted(one for one in {*proposed, *before} if proposed.get(one) != before.get(one))
        logger.info("%s: what it says of %s is in force", name, ", ".join(touched))
        for plugin in touched:
            await self._audit(who, "settings", plugin, {"override": before.get(plugin, {})})
        return self._fine(name, changed=True)

    async def _reload_plugin(self, plugin: str, who: str, noticed: Mapping[Path, Signature]) -> Reloaded:
        files = self._manager.desired.files
        content = (await asyncio.to_thread(files.read, [plugin])).contents[plugin]
        if _written_again(files.path(plugin), noticed):
            return Reloaded(False)
        failed = self._manager.records[plugin].state is PluginState.FAILED
        if content == files.content(plugin) and not (failed and who != "files"):
            return self._fine(plugin, changed=False)
        before = self._participant.shown(plugin)
        try:
            retried = (plugin,) if failed else ()
            await self._agreement.reach(Proposal(files={plugin: content}, retried=retried))
        except REFUSALS as error:
            return self._refused(plugin, error)
        logger.info("what %s says is in force", files.path(plugin))
        await self._audit(who, "reload", plugin, before)
        return self._fine(plugin, changed=True)

    def _fine(self, name: str, *, changed: bool) -> Reloaded:
        if self.problems.pop(name, None) is not None:
            self._group.broadcast(PROBLEMS, self.problems)
        return Reloaded(changed)

    def _refused(self, name: str, error: Exception) -> Reloaded:
        problem = str(error)
        if self.problems.get(name) != problem:
            logger.error("what the file of %s says is not in force, and what was before stays: %s", name, problem)
            self.problems[name] = problem
            self._group.broadcast(PROBLEMS, self.problems)
        return Reloaded(False, problem)

    async def _hear(self, problems: Mapping[str, str]) -> None:
        """Take up what the worker that read the files found wrong."""
        self.problems = dict(problems)

    def _warn_of_what_waits(self, settings: GatewaySettings) -> None:
        before, after = self._read.masked(), settings.masked()
        self._read = settings
        waiting = sorted(name for name in after if name != "plugins" and before.get(name) != after.get(name))
        if waiting:
            logger.warning(
                "%s: what it says now of %s holds once workers are started anew",
                self._source.path,
                ", ".join(waiting),
            )

    def _paths(self) -> dict[str, Path]:
        """Return the files to watch: each plugin's, and the settings file by its own path."""
        files = self._manager.desired.files
        paths = {plugin: files.path(plugin) for plugin in self._manager.records}
        return paths if self._source.path is None else {**paths, str(self._source.path): self._source.path}


def _written_again(path: Path | None, noticed: Mapping[Path, Signature]) -> bool:
    """Return whether a file is no longer what it was when it was noticed: then it will be noticed again."""
    return path is not None and path in noticed and signature(path) != noticed[path]
