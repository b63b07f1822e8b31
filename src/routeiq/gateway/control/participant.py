"""One process's part in changes: what is in force here, and how a proposal becomes so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from routeiq.core.change import Prepared
from routeiq.core.config_trees import shown, tree_of
from routeiq.core.desired import Desired
from routeiq.core.errors import ChangeRefused, ConfigurationError, RegistrationError, StateConflict
from routeiq.core.manager import PluginManager
from routeiq.core.masking import masked_document
from routeiq.core.operator import OperatorWord, combined, words_of
from routeiq.core.settings import PluginOverride
from routeiq.core.state import StoredState

from .proposal import Proposal, settings_as_json

logger = logging.getLogger(__name__)


class Moved(Exception):
    """Another state is in force than the one for which an adoption was begun."""


class Participant:
    """What operators want of this process's plugins, by the operator's state and the settings together.

    Attributes:
        version: Of the operator's state in force.
        document: The operator's state in force.
        settings: What the settings say of plugins.
        refused: The plugins of which the operator's state says what could not be put in force here, and why.
        changed: Called when another version is in force.
    """

    def __init__(self, manager: PluginManager) -> None:
        self.version = 0
        self.document: Mapping[str, Any] = {}
        self.settings: Mapping[str, PluginOverride] = manager.settings.plugins
        self.refused: dict[str, str] = {}
        self.changed: Callable[[], None] = lambda: None
        self._manager = manager

    def word(self, plugin: str) -> OperatorWord:
        """Return what was set at run time of a plugin."""
        return words_of(self.document).get(plugin, OperatorWord())

    def in_force(self) -> Proposal:
        """Return what is in force, for a process that begins."""
        files = self._manager.desired.files.contents
        return Proposal(self.version, self.document, settings_as_json(self.settings), files)

    def begin_with(self, proposal: Proposal) -> None:
        """Have a proposal hold from the start of the plugins on; what is wrong with it shows there."""
        wanted, wrong = self._wanted(proposal)
        for plugin, error in wrong.items():
            self.refused[plugin] = str(error)
            logger.error("what was set at run time of plugin %s does not hold: %s", plugin, error)
        self._manager.preset(lambda desired: replace(wanted, files=desired.files.with_contents(proposal.files)))
        refused = self.refused
        self.took(proposal)
        self.refused = refused

    async def settled(self) -> None:
        """Wait until no change is under way in this process."""
        await self._manager.unchanging()

    async def prepare(self, proposal: Proposal) -> Ready:
        """Make a proposal ready.

        Raises:
            ConfigurationError, ChangeRefused: as the manager does; nothing is changed.
            StateConflict: if its version is not a later one than that in force; nothing is changed.
        """

        def edit(desired: Desired) -> Desired:
            if proposal.version is not None and proposal.version <= self.version:
                raise StateConflict(proposal.version - 1, self.version)
            wanted, wrong = self._wanted(proposal)
            for error in wrong.values():
                raise error
            return replace(wanted, files=desired.files.with_contents(proposal.files))

        return Ready(self, proposal, await self._manager.prepare(edit, proposal.retried))

    async def adopt(self, state: StoredState) -> None:
        """Put an operator's state in force that was saved elsewhere: as much of it as this process's plugins allow.

        What one plugin refuses does not keep the others from following; `refused` tells of it.

        Raises:
            Moved: if another state came to be in force before this one's turn came; then nothing is changed.
        """
        proposal, base = Proposal(state.version, state.document), self.version
        refused: dict[str, str] = {}

        def edit(desired: Desired) -> Desired:
            if self.version != base:
                raise Moved
            wanted, wrong = self._wanted(proposal)
            refused.update({plugin: str(error) for plugin, error in wrong.items()})
            return replace(wanted, files=desired.files)

        try:
            prepared = await self._manager.prepare(edit)
        except (ChangeRefused, ConfigurationError):
            refused.update(await self._adopt_one_by_one(proposal, base))
        else:
            prepared.commit()
        for plugin, reason in refused.items():
            logger.error(
                "plugin %s does not follow version %d of the operator's state: %s", plugin, state.version, reason
            )
        self.took(proposal)
        self.refused = refused

    async def _adopt_one_by_one(self, proposal: Proposal, base: int) -> dict[str, str]:
        refused: dict[str, str] = {}
        wanted, _ = self._wanted(proposal)
        for plugin in sorted({*wanted.overrides, *wanted.overlays, *words_of(self.document)}):

            def edit(desired: Desired, plugin: str = plugin) -> Desired:
                if self.version != base:
                    raise Moved
                return desired.only(plugin, wanted)

            try:
                (await self._manager.prepare(edit)).commit()
            except ConfigurationError as error:
                refused[plugin] = str(error)
            except ChangeRefused as error:
                refused[plugin] = error.reason
        return refused

    def shown(self, plugin: str) -> dict[str, Any]:
        """Return what holds for a plugin, secrets masked: for the audit log."""
        record = self._manager.records.get(plugin)
        if record is None:
            return {}
        override = self._manager.desired.overrides.get(plugin)
        try:
            config = self._manager.config_of(plugin)
        except RegistrationError:  # it was set aside before anybody looked into it
            config = None
        said = {} if override is None else override.model_dump(mode="json", exclude_unset=True)
        return {
            "state": record.state.value,
            "config": None if config is None else shown(tree_of(config)),
            "override": masked_document(said),
        }

    def took(self, proposal: Proposal) -> None:
        """Note that a proposal is in force."""
        if proposal.document is not None and proposal.version is not None:
            self.version, self.document, self.refused = proposal.version, proposal.document, {}
        overrides = proposal.overrides()
        if overrides is not None:
            self.settings = overrides
        self.changed()

    def _wanted(self, proposal: Proposal) -> tuple[Desired, dict[str, ConfigurationError]]:
        words = words_of(self.document if proposal.document is None else proposal.document)
        settings = proposal.overrides()
        overrides, wrong = combined(self.settings if settings is None else settings, words)
        overlays = {plugin: word.config for plugin, word in words.items() if word.config}
        return Desired(overrides, overlays, self._manager.desired.files), wrong


class Ready:
    """A proposal that nothing in this process can refuse any more."""

    def __init__(self, participant: Participant, proposal: Proposal, prepared: Prepared) -> None:
        self._participant, self._proposal, self._prepared = participant, proposal, prepared

    def commit(self) -> None:
        """Put it in force. Raises NotRunningError if the manager stopped meanwhile."""
        self._prepared.commit()
        self._participant.took(self._proposal)

    async def abort(self) -> None:
        """Take it back."""
        await self._prepared.abort()
