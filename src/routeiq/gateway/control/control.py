"""Control: what operators want of a gateway's plugins, and how it comes to be so in every worker and replica.

The operator's state lives in a store that replicas share; files and the settings file lie on each machine. A change of
either is agreed upon by the workers of this gateway; other gateways that share the store follow its versions.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from routeiq.core.errors import ChangeRefused, StateConflict, StorageUnavailable
from routeiq.core.manager import PluginManager
from routeiq.core.operator import OperatorWord
from routeiq.core.settings import PluginOverride
from routeiq.core.state import StateStore

from ..group import Group
from .agreement import Agreement
from .following import Following
from .membership import Convergence, Membership
from .participant import Participant
from .proposal import Proposal
from .quarantines import SharedQuarantine
from .reloading import Reloaded, Reloading
from .settings_source import SettingsSource

ATTEMPTS: Final = 50
"""How often a change is made anew because another one came first."""
PATIENCE: Final = 5.0
"""Seconds beyond what plugins may take after which a worker that makes a change ready is given up."""

RESTART_AFTER: Final = 1.0
"""Seconds until what follows changes is begun anew, if it ended."""

logger = logging.getLogger(__name__)

EditDocument = Callable[[Mapping[str, Any]], Mapping[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a change of the operator's state.

    Attributes:
        version: The state's version with it.
        changed: Whether there was anything to change.
    """

    version: int
    changed: bool


class Control:
    """Changes a gateway that runs, in step with its other workers and with the replicas that share its store.

    Attributes:
        manager: Whose plugins it is about.
        state: The store of the operator's state.
        group: The other workers.
    """

    def __init__(self, manager: PluginManager, state: StateStore, group: Group, settings: SettingsSource) -> None:
        """Make it; nothing happens before `begin`.

        Args:
            settings: The settings file, and how it is read.
        """
        self.manager, self.state, self.group = manager, state, group
        self._participant = participant = Participant(manager)
        patience = 2 * manager.settings.startup_timeout + PATIENCE
        self._agreement = Agreement(group, participant, state, patience)
        self._membership = Membership(state, manager.node.id, group.number, self._follows)
        self._reloading = Reloading(manager, participant, self._agreement, group, settings, self._audit)
        self._following = Following(manager, participant, self._agreement, state, group)
        self._quarantine = SharedQuarantine(manager, state, manager.node.id)
        participant.changed = self._membership.changed
        self._one_at_a_time = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._tasks: list[asyncio.Task[None]] = []

    # Life

    async def begin(self) -> None:
        """Take up what is in force, before the plugins start: of other workers if there are some, else of the store."""
        await self._following.begin()

    async def start(self) -> None:
        """Follow changes from now on; the plugins run, and the other workers know this one."""
        await self._following.catch_up()
        quarantine = (self._quarantine.tell, self._quarantine.follow)
        runs = (self._following.run, self._membership.run, *quarantine, self._reloading.run)
        self._tasks = [asyncio.create_task(_forever(run), name=f"routeiq {run.__qualname__}") for run in runs]
        await asyncio.sleep(0)  # each listens from now on

    async def stop(self) -> None:
        """Follow nothing any more, once the changes under way have ended; the plugins are about to stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._under_way, return_exceptions=True)
        self._tasks = []
        await self._membership.leave()

    # What is in force

    @property
    def version(self) -> int:
        """The version of the operator's state that is in force in this process."""
        return self._participant.version

    @property
    def problems(self) -> Mapping[str, str]:
        """Why what a file, or the operator's state, says is not in force: by plugin, or by the settings file."""
        return {**self._participant.refused, **self._reloading.problems}

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many changes that this process led were applied, refused, in conflict with others, or failed."""
        return self._agreement.outcomes

    def word(self, plugin: str) -> OperatorWord:
        """Return what was set at run time of a plugin."""
        return self._participant.word(plugin)

    def file_override(self, plugin: str) -> PluginOverride | None:
        """Return what the settings say of a plugin; it wins over what is set at run time."""
        return self._participant.settings.get(plugin)

    # Changes

    async def change(self, edit: EditDocument, *, who: str, action: str, plugin: str) -> Change:
        """Change the operator's state, in all workers of this gateway or nowhere; replicas follow.

        A change that has begun goes on to its end also if whoever waits for it is cancelled.

        Args:
            edit: Makes the new document of the present one; called again if another change comes first. What it raises
                ends the change.
            who: For the audit log: who changes it.
            action: For the audit log: what is done.
            plugin: Which plugin it is about.

        Raises:
            ConfigurationError: with everything that is wrong with it; nothing is changed.
            ChangeRefused: by a plugin, or by what depends on what; nothing is changed.
            NoAgreement: if a worker does not answer; nothing is changed.
            StorageUnavailable: if the store is away; what it has then is followed when it is back.
        """
        return await self._to_its_end(self._change(edit, who, action, plugin))

    async def reload(self, plugins: Iterable[str] | None = None, *, who: str) -> Mapping[str, Reloaded]:
        """Read configuration files anew; return what became of each.

        Args:
            plugins: Whose; one that failed to start is started anew. None: all, and the settings file.
            who: For the audit log: who asked for it.

        Raises:
            RegistrationError: if there is no such plugin.
        """
        return await self._to_its_end(self._reloading.reload(plugins, who))

    async def reload_everything(self) -> None:
        """Read all files anew, as a signal asks for it."""
        await self.reload(who="SIGHUP")

    async def converged(self, version: int, seconds: float) -> Convergence:
        """Wait until every process follows a version, at most for so many seconds. Raises StorageUnavailable."""
        return await self._membership.converged(version, seconds)

    async def _change(self, edit: EditDocument, who: str, action: str, plugin: str) -> Change:
        async with self._one_at_a_time:
            for attempt in range(ATTEMPTS):
                stored = await self.state.load()
                if not self.state.available:
                    raise StorageUnavailable(self.state.reason)
                document = edit(stored.document)
                if document == stored.document:
                    return Change(stored.version, changed=False)
                proposal = Proposal(stored.version + 1, document)
                seen: list[Mapping[str, Any]] = []
                try:
                    await self._agreement.reach(
                        proposal,
                        lambda: self.state.save(stored.version, document),  # noqa: B023
                        lambda: seen.append(self._participant.shown(plugin)),  # noqa: B023
                    )
                except StateConflict:
                    await asyncio.sleep(random.uniform(0, 0.01 * attempt))
                    continue
                await self._audit(who, action, plugin, *seen, version=stored.version + 1)
                return Change(stored.version + 1, changed=True)
        raise ChangeRefused(plugin, f"others changed the state {ATTEMPTS} times meanwhile: try it again")

    async def _audit(
        self,
        who: str,
        action: str,
        plugin: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
    ) -> None:
        """Append a change to the audit log: who did what, and what held before and after, secrets masked.

        Args:
            after: None: what holds now.
            version: Of the operator's state with it; None: the one that it left as it is.
        """
        entry = {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "who": who, "action": action,
            "plugin": plugin, "version": self.version if version is None else version, "before": before,
            "after": self._participant.shown(plugin) if after is None else after,
        }  # fmt: skip
        logger.info("%s: %s %s (version %d of the operator's state)", who, action, plugin, entry["version"])
        try:
            await self.state.record(entry)
        except StorageUnavailable as error:
            logger.error("the audit log lacks an entry, %s: %s", error, entry)  # noqa: TRY400

    def _follows(self) -> dict[str, Any]:
        return {"version": self.version, "refused": dict(self.problems)}

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)


async def _forever(run: Callable[[], Awaitable[None]]) -> None:
    """Run what runs until it is cancelled; a mistake of ours in it must not end it for good."""
    while True:
        try:
            await run()
        except Exception:
            logger.exception("%s failed, and is begun anew", run.__qualname__)
        await asyncio.sleep(RESTART_AFTER)
