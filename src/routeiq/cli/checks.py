"""`routeiq plugin check`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .found import JSONOption
from .output import FOUND_WRONG, USED_WRONGLY, fail, print_json, print_table

if TYPE_CHECKING:
    from routeiq.authoring.checks.check import CheckedPlugin


def check_plugin(
    plugin: Annotated[
        str,
        typer.Argument(
            metavar="PATH|NAME", help="A project, a wheel, a module (or file.py:object), or what is installed."
        ),
    ],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What it is configured with while it runs; by default nothing.")
    ] = None,
    examples: Annotated[
        int,
        typer.Option(min=0, metavar="COUNT", help="Requests that are made up for it, where hypothesis is installed."),
    ] = 100,
    run: Annotated[bool, typer.Option(help="Whether it is run in the gateway.")] = True,
    types: Annotated[bool, typer.Option(help="Whether mypy looks at it, where that is installed.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    annotations: Annotated[
        bool,
        typer.Option("--annotations", help="Print what is found as annotations of a workflow (`::error file=...`)."),
    ] = False,
    json: JSONOption = False,
) -> None:
    """Check a plugin before its users do: metadata, import, configuration, source, behaviour and types.

    It is imported under watch, then run in the real gateway with requests, answers and configurations that are odd, in
    processes of its own. Exit status 1 if an error is found; `pip install 'routeiq[toolkit]'` has what makes up further
    requests (hypothesis) and checks types (mypy).

    Examples:
      routeiq plugin check .
      routeiq plugin check my-guardrails --config config/plugins/my-guardrails.yaml
      routeiq plugin check dist/my_guardrails-1.0-py3-none-any.whl --json | jq '.plugins[].findings'
    """
    from routeiq.authoring.checks.check import check
    from routeiq.authoring.errors import ToolkitError

    try:
        checked = check(plugin, config=_read(config), examples=examples, run=run, types=types)
    except ToolkitError as error:
        fail(str(error), USED_WRONGLY)
    failed = any(one.failed(strict=strict) for one in checked)
    if json:
        print_json({"passed": not failed, "plugins": [_document(one) for one in checked]})
    elif annotations:
        _print_annotations(checked)
    else:
        for one in checked:
            _print(one)
    if failed:
        raise typer.Exit(FOUND_WRONG)


def _read(path: Path | None) -> Mapping[str, Any] | None:
    from routeiq.core.errors import ConfigurationError
    from routeiq.core.yaml_files import load_yaml

    if path is None:
        return None
    try:
        return load_yaml(path).data
    except ConfigurationError as error:
        fail("\n".join(map(str, error.problems)), USED_WRONGLY)


def _document(checked: CheckedPlugin) -> dict[str, Any]:
    return {
        "name": checked.name,
        "version": checked.version,
        "findings": [finding.to_dict() for finding in checked.findings],
        "hooks": checked.hooks,
        "skipped": checked.skipped,
    }


def _print(checked: CheckedPlugin) -> None:
    typer.echo(f"{checked.name} {checked.version or ''}".rstrip())
    if checked.findings:
        rows = [
            (finding.severity, finding.rule, finding.hook or "", finding.message, _place(finding.file, finding.line))
            for finding in checked.findings
        ]
        print_table(("", "RULE", "HOOK", "WHAT IS WRONG", "WHERE"), rows, "")
    if checked.hooks:
        times = [f"{name} {figures['median'] * 1e6:.0f} us" for name, figures in checked.hooks.items()]
        typer.echo(f"An ordinary request takes in each hook: {', '.join(times)}.")
    for what in checked.skipped:
        typer.echo(f"Not checked: {what}.")
    errors = sum(finding.severity == "error" for finding in checked.findings)
    warnings = len(checked.findings) - errors
    typer.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}.")


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _place(file: str | None, line: int | None) -> str:
    if file is None:
        return ""
    path = Path(file)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{line}" if line else str(shown)


def _print_annotations(checked: list[CheckedPlugin]) -> None:
    """Write workflow commands: one line each, in which `%`, line ends and, in properties, `:` and `,` are escaped."""
    for plugin in checked:
        for finding in plugin.findings:
            file, _, line = _place(finding.file, finding.line).rpartition(":") if finding.line else ("", "", "")
            place = f" file={_escaped(file)},line={line},title={finding.rule}" if file else f" title={finding.rule}"
            about = f"{plugin.name}: {finding.message}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
            typer.echo(f"::{finding.severity}{place}::{about}")


def _escaped(text: str) -> str:
    for letter, code in (("%", "%25"), (":", "%3A"), (",", "%2C")):
        text = text.replace(letter, code)
    return text
