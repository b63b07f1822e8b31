"""A change as the workers of one gateway send it to each other, so that all judge the very same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from routeiq.core.config_files import FileContent
from routeiq.core.errors import ChangeRefused, ConfigurationError, Problem, RouteIQError, StateConflict
from routeiq.core.settings import PluginOverride


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be in force; None and empty parts stay as they are.

    Attributes:
        version: The version of the operator's state that the document will have.
        document: The operator's state.
        settings: What the settings file says of plugins, as JSON has it.
        files: Configuration files as they were read.
        retried: Plugins that failed to start, and are to be started anew.
    """

    version: int | None = None
    document: Mapping[str, Any] | None = None
    settings: Mapping[str, Mapping[str, Any]] | None = None
    files: Mapping[str, FileContent] = field(default_factory=dict)
    retried: tuple[str, ...] = ()

    def overrides(self) -> Mapping[str, PluginOverride] | None:
        """Return what the settings file says of plugins."""
        if self.settings is None:
            return None
        return {name: PluginOverride.model_validate(fields) for name, fields in self.settings.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the proposal as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Proposal:
        """Return a proposal that another worker sent."""
        files = {name: FileContent(**content) for name, content in data["files"].items()}
        return cls(data["version"], data["document"], data["settings"], files, tuple(data["retried"]))


def settings_as_json(overrides: Mapping[str, PluginOverride]) -> dict[str, dict[str, Any]]:
    """Return what settings say of plugins, as JSON can hold it."""
    return {name: one.model_dump(mode="json", exclude_unset=True) for name, one in overrides.items()}


def refusal_as_json(error: RouteIQError) -> dict[str, Any]:
    """Return why a proposal is refused, as JSON can hold it."""
    if isinstance(error, ConfigurationError):
        return {"problems": [asdict(problem) for problem in error.problems]}
    if isinstance(error, ChangeRefused):
        return {"plugin": error.plugin, "reason": error.reason}
    if isinstance(error, StateConflict):
        return {"expected": error.expected, "version": error.version}
    return {"plugin": "", "reason": f"{type(error).__name__}: {error}"}


def refusal_from_json(data: Mapping[str, Any], worker: int) -> RouteIQError:
    """Return another worker's refusal as the error that it was there."""
    if "problems" in data:
        return ConfigurationError([Problem(**problem) for problem in data["problems"]])
    if "version" in data:
        return StateConflict(data["expected"], data["version"])
    return ChangeRefused(data["plugin"], f"{data['reason']} (in worker {worker})")
