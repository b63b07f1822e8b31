"""`routeiq plugin package`: what an author publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .found import JSONOption
from .output import failures_told, print_json, warn


def package(
    path: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The project's; by default this one.")] = Path(),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go; by default its dist.")
    ] = None,
    isolation: Annotated[
        bool,
        typer.Option(
            "--isolation/--no-isolation", help="Whether to build in an environment of its own, made for that."
        ),
    ] = True,
    json: JSONOption = False,
) -> None:
    """Build a plugin's wheel and source distribution, and what a registry is told of them.

    The plugin is loaded from the built wheel, in a process of its own: what does not work there is refused. Beside the
    files lies <name>-<version>.routeiq.json, with their checksums, and the plugins' capabilities, hooks and schemas.

    Examples:
      routeiq plugin package
      routeiq plugin package plugins/team-keys --output dist --json | jq .files
    """
    from routeiq.authoring.packages import build_package

    with failures_told():
        built = build_package(path, output, isolated=isolation)
    for warning in built.warnings:
        warn(warning)
    if json:
        print_json(
            {
                "name": built.entry.name,
                "version": built.entry.version,
                "files": [str(file) for file in built.files],
                "warnings": list(built.warnings),
            }
        )
        return
    for file in built.files:
        typer.echo(file)
