"""Finds plugins, and decides about each before any of its code is imported.

Entry points of the group `routeiq.plugins` come first, then the module paths of `ROUTEIQ_PLUGINS`. Nothing here raises
for a plugin's fault: each candidate ends as a plugin to register, or as a reason.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import importlib_metadata
from routeiq_plugin_sdk import PluginMetadata
from routeiq_plugin_sdk.metadata import NAME_PATTERN

from .policy import refusal_before_import
from .records import PluginState
from .settings import ManagerSettings
from .threads import run_with_deadline

GROUP: Final = "routeiq.plugins"
DISABLED_BY_OPERATOR: Final = "disabled by the operator (plugins: enabled: false)"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that was found and not yet imported.

    Attributes:
        name: The entry point's name, or the module's path until its metadata tells.
        reference: What to import: `package.module` or `package.module:object`.
        distribution: The name and version of its distribution, or None.
        facts: What the distribution's metadata says, for fields that the plugin leaves out.
    """

    name: str
    reference: str
    source: str
    distribution: str | None = None
    distribution_name: str | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def is_entry_point(self) -> bool:
        """Whether its name is fixed by an entry point."""
        return self.source.startswith("entry point")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a candidate: a plugin, or the state and the reason that keep it out."""

    candidate: Candidate
    plugin: Any = None
    state: PluginState | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The plugin's name: that of the entry point, or of its metadata once it is imported."""
        declared = None if self.candidate.is_entry_point else _declared_name(self.plugin)
        return declared or self.candidate.name


def discover(settings: ManagerSettings) -> Iterator[Loaded]:
    """Yield every plugin that the environment offers, imported only where the policy allows it."""
    by_name: dict[str, list[Candidate]] = {}
    for candidate in (*_entry_points(), *_modules(settings.modules)):
        by_name.setdefault(candidate.name, []).append(candidate)
    for candidates in by_name.values():
        yield load(candidates, settings)


def _entry_points() -> list[Candidate]:
    found = []
    for entry_point in importlib_metadata.entry_points(group=GROUP):
        distribution = entry_point.dist
        if distribution is not None and distribution.metadata is None:
            distribution = None  # its metadata is gone, and with it its name
        found.append(
            Candidate(
                name=entry_point.name,
                reference=entry_point.value,
                source=f"entry point {entry_point.name} = {entry_point.value}",
                distribution=f"{distribution.name} {distribution.version}" if distribution else None,
                distribution_name=distribution.name if distribution else None,
                facts=facts_of(distribution.metadata) if distribution else {},
            )
        )
    return sorted(found, key=lambda candidate: (candidate.name, candidate.distribution or ""))


def facts_of(metadata: Any) -> dict[str, str | None]:
    """Return what the metadata of a distribution says, for what its plugins leave out of theirs."""
    urls = dict(_label_and_url(entry) for entry in metadata.get_all("Project-URL") or ())
    return {
        "version": metadata.get("Version"),
        "description": metadata.get("Summary"),
        "homepage": metadata.get("Home-page") or urls.get("homepage") or urls.get("repository"),
        "license": metadata.get("License-Expression") or metadata.get("License"),
        "author": metadata.get("Author") or metadata.get("Author-email"),
    }


def _label_and_url(entry: str) -> tuple[str, str]:
    label, _, url = entry.partition(",")
    return label.strip().lower(), url.strip()


def _modules(paths: Sequence[str]) -> list[Candidate]:
    return [Candidate(name=path, reference=path, source=f"module {path} (ROUTEIQ_PLUGINS)") for path in paths]


def load(candidates: Sequence[Candidate], settings: ManagerSettings) -> Loaded:
    """Return what becomes of what was found under one name: a plugin that was imported, or the reason why not."""
    candidate = candidates[0]
    if settings.disables(candidate.name):
        return Loaded(candidate, state=PluginState.DISABLED, reason=DISABLED_BY_OPERATOR)
    module = candidate.reference.partition(":")[0]
    refused = refusal_before_import(settings, (candidate.name, candidate.distribution_name, module))
    if refused is not None:
        return Loaded(candidate, state=PluginState.REFUSED, reason=refused)
    if len(candidates) > 1:
        where = " and ".join(one.distribution or one.source for one in candidates)
        return Loaded(
            candidate,
            state=PluginState.REFUSED,
            reason=f"the name {candidate.name!r} is offered {len(candidates)} times, by {where}: none was imported;"
            " uninstall all but one",
        )
    if candidate.is_entry_point and not NAME_PATTERN.fullmatch(candidate.name):
        reason = f"the entry point's name {candidate.name!r} is no plugin name: use lower-case letters, digits and '-'"
        return Loaded(candidate, state=PluginState.REFUSED, reason=reason)
    return _import(candidate, settings.startup_timeout)


def _import(candidate: Candidate, seconds: float) -> Loaded:
    def load() -> Any:
        path, _, attribute = candidate.reference.partition(":")
        plugin: Any = importlib.import_module(path.strip())
        for part in filter(None, attribute.partition("[")[0].strip().split(".")):
            plugin = getattr(plugin, part)
        return plugin

    try:
        plugin = run_with_deadline(load, seconds, f"import {candidate.name}")
    except TimeoutError:
        reason = (
            f"its import ({candidate.reference}) did not finish within {seconds:g} s (ROUTEIQ_PLUGIN_STARTUP_TIMEOUT)"
        )
        return Loaded(candidate, state=PluginState.FAILED, reason=reason)
    except BaseException as exception:  # noqa: BLE001
        # Not Exception alone: a module may call sys.exit(), which must not end the gateway.
        return Loaded(candidate, state=PluginState.FAILED, reason=_import_reason(candidate, exception))
    declared = _declared_name(plugin)
    if candidate.is_entry_point and declared is not None and declared != candidate.name:
        reason = (
            f"the entry point is named {candidate.name!r} and metadata.name is {declared!r}: they must be equal,"
            " so that the allowlist and the settings mean the same plugin"
        )
        return Loaded(candidate, state=PluginState.REFUSED, reason=reason)
    return Loaded(candidate, plugin=plugin)


def _declared_name(plugin: Any) -> str | None:
    metadata = inspect.getattr_static(plugin, "metadata", None)
    return metadata.name if isinstance(metadata, PluginMetadata) else None


def _import_reason(candidate: Candidate, exception: BaseException) -> str:
    module = candidate.reference.partition(":")[0]
    what = f"{type(exception).__name__}: {exception}"
    if isinstance(exception, ModuleNotFoundError) and exception.name and not module.startswith(exception.name):
        return f"its import failed: {what}; is a dependency of the plugin missing? (importing {candidate.reference})"
    return f"its import failed: {what} (importing {candidate.reference})"
