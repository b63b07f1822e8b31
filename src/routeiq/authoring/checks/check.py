"""Runs all checks of the plugins that an author points at, each in processes of their own."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ..apart import call_apart
from ..errors import ToolkitError
from ..targets import Target, find_target, target_of_wheel
from .findings import Finding
from .source import source_findings
from .types import type_findings

IMPORT_LIMIT: Final = 60.0
RUN_LIMIT: Final = 240.0
"""Seconds that a plugin's import, and its trial, may take."""
_HERE: Final = "routeiq.authoring.checks"


@dataclass(slots=True)
class CheckedPlugin:
    """What was found in one plugin.

    Attributes:
        name: Its name; that of its entry point where it has no metadata that could be read.
        version: Its version, or None.
        findings: What is wrong with it.
        hooks: Of each hook that ordinary requests call: `calls`, and the `median` of seconds that it takes.
        skipped: What could not be checked, and why.
    """

    name: str
    version: str | None = None
    findings: list[Finding] = field(default_factory=list)
    hooks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def failed(self, *, strict: bool) -> bool:
        """Return whether it did not pass."""
        return any(strict or finding.severity == "error" for finding in self.findings)


def check(
    given: str, *, config: Mapping[str, Any] | None = None, examples: int = 100, run: bool = True, types: bool = True
) -> list[CheckedPlugin]:
    """Check the plugins of a project, a wheel, a module, a distribution or a name.

    Args:
        given: As `find_target` takes it.
        config: What the plugin is configured with while it runs; None: its defaults.
        examples: How many requests are made up by hypothesis; 0: none.
        run: Whether it is run in the gateway.
        types: Whether mypy looks at it.

    Raises:
        ToolkitError: there is no such thing, or no plugin in it; or a configuration is given for several.
    """
    target = find_target(given)
    if config is not None and len(target.plugins) > 1:
        raise ToolkitError(
            f"{given} has the plugins {', '.join(target.plugins)}, and a configuration is that of one: name an"
            " installed one, or a module"
        )
    with _importable(target, given) as target:
        checked = _check_all(target, config, examples, run=run, types=types)
    if target.folder is None and target.paths and not target.is_module:
        for plugin in checked:
            plugin.findings = [_in_wheel(finding, target.paths[0]) for finding in plugin.findings]
    return checked


def _in_wheel(finding: Finding, place: Path) -> Finding:
    """Return a finding with the path that its file has in the wheel: where it was unpacked to is gone."""
    if finding.file is None or not Path(finding.file).is_relative_to(place):
        return finding
    return replace(finding, file=str(Path(finding.file).relative_to(place)))


@contextlib.contextmanager
def _importable(target: Target, given: str) -> Iterator[Target]:
    """Unpack a wheel for as long as it is checked: what is installed is files, which its plugin may read, and we do."""
    if Path(given).suffix != ".whl":
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="routeiq-check-") as place:
        with zipfile.ZipFile(given) as archive:
            archive.extractall(place)
        yield target_of_wheel(Path(given), Path(place).resolve())


def _check_all(
    target: Target, config: Mapping[str, Any] | None, examples: int, *, run: bool, types: bool
) -> list[CheckedPlugin]:
    folders = [str(path) for path in (*target.paths, *([target.folder.resolve()] if target.folder else ()))]
    try:
        known = {"plugins": dict(target.plugins), "own": folders, "facts": dict(target.facts)}
        examined = _apart("imported:examine", target, {**known, "named": not target.is_module}, IMPORT_LIMIT)
    except ToolkitError as error:
        return [
            CheckedPlugin(name, target.version, [Finding("cannot-load", f"importing it failed: {error}", name)])
            for name in target.plugins
        ]
    return [_checked(target, name, examined, config, examples, run=run, types=types) for name in target.plugins]


def _apart(function: str, target: Target, arguments: Mapping[str, Any], limit: float) -> Any:
    return call_apart(f"{_HERE}.{function}", arguments, paths=target.paths, timeout=limit)


def _checked(
    target: Target, entry_point: str, examined: Mapping[str, Any], config: Mapping[str, Any] | None, examples: int,
    *, run: bool, types: bool,
) -> CheckedPlugin:  # fmt: skip
    reference = target.plugins[entry_point]
    plugin = CheckedPlugin(entry_point, target.version)
    files = [Path(file) for file in examined["files"].get(entry_point, ())]
    plugin.findings += [Finding("pth-file", message, entry_point) for message in _pth_files(target)]
    if entry_point in examined["failed"]:
        plugin.findings.append(Finding("cannot-load", examined["failed"][entry_point], entry_point))
        return plugin
    plugin.findings += [Finding(rule, message, entry_point) for rule, message in examined["notes"]]
    said = examined["said"][entry_point]
    plugin.name, plugin.version = said["name"] or entry_point, said["version"] or target.version
    places = said["places"]
    plugin.findings += _placed(said["notes"], plugin.name, places)
    plugin.findings += source_findings(plugin.name, files)
    if run and said["name"] is not None:
        _run(plugin, target, reference, config, examples, places)
    if types:
        _check_types(plugin, target, files)
    return plugin


def _placed(notes: list[dict[str, Any]], name: str, places: Mapping[str, tuple[str, int]]) -> Iterator[Finding]:
    for note in notes:
        file, line = places.get(note["hook"] or "", (None, None))
        yield Finding(note["rule"], note["message"], name, note["hook"], file, line)


def _run(
    plugin: CheckedPlugin, target: Target, reference: str, config: Mapping[str, Any] | None, examples: int,
    places: Mapping[str, tuple[str, int]],
) -> None:  # fmt: skip
    """Have the plugin run, unless it needs a configuration and was given none."""
    if config is None and any(finding.rule in ("no-default", "default-invalid") for finding in plugin.findings):
        plugin.skipped.append("running it: its defaults are no configuration; give one by --config")
        return
    arguments = {
        "reference": reference,
        "name": plugin.name,
        "config": config,
        "examples": examples,
        "limit": RUN_LIMIT,
    }
    try:
        result = _apart("behaviour:behave", target, arguments, RUN_LIMIT + 30)
    except ToolkitError as error:
        first, _, rest = str(error).partition("\n")
        lines = rest.splitlines()
        where = next((line.strip() for line in lines if _is_plugins_own(line, target)), "")
        if not where and lines and "Traceback" in rest:
            where = f"{first}: {lines[-1]}"  # what nobody caught, be it the plugin's or ours
        plugin.findings.append(
            Finding("never-returns", f"it blocks its process, or ends it: {where or first}", plugin.name)
        )
        return
    plugin.findings += _placed(result["notes"], plugin.name, places)
    plugin.hooks = result["hooks"]
    if result["unanswered"]:
        asked = ", ".join(result["unanswered"][:3])
        plugin.skipped.append(f"what it does with answers of {asked}: no network is asked here, so that it got none")
    if examples and not result["generated"] and not result["notes"]:
        plugin.skipped.append("requests that are made up: needs hypothesis (pip install 'routeiq[toolkit]')")


def _is_plugins_own(line: str, target: Target) -> bool:
    return line.strip().startswith("File") and any(str(path) in line for path in target.paths)


def _check_types(plugin: CheckedPlugin, target: Target, files: list[Path]) -> None:
    settings = target.folder / "pyproject.toml" if target.folder is not None else None
    found, skipped = type_findings(plugin.name, files, settings if settings is not None and settings.exists() else None)
    plugin.findings += found
    plugin.skipped += filter(None, [skipped])


def _pth_files(target: Target) -> Iterator[str]:
    for path in target.paths:
        # A module's folder is not its own.
        for name in () if target.is_module else sorted(one.name for one in path.glob("*.pth")):
            yield f"{name} runs code at every start of Python: take it out"
