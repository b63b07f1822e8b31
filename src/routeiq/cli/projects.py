"""`routeiq plugin new` and `routeiq plugin update`: projects of authors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .found import JSONOption
from .output import FOUND_WRONG, USED_WRONGLY, fail, failures_told, print_json

if TYPE_CHECKING:
    from routeiq.authoring.projects import Project


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name, such as my-guardrails.")],
    kind: Annotated[
        str,
        typer.Option(metavar="KIND", help="guardrail, auth, router, observer, routes or evaluator."),
    ] = "guardrail",
    path: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the project goes; by default ./NAME.")
    ] = None,
    description: Annotated[
        str | None, typer.Option(metavar="TEXT", help="One sentence about it; by default what its kind does.")
    ] = None,
    json: JSONOption = False,
) -> None:
    """Make the project of a new plugin: a package that can be installed, with tests that pass.

    Nothing is overwritten. The kinds: a guardrail judges calls and answers, auth says who asks, a router chooses where
    calls go, an observer measures, routes adds paths to the gateway, and an evaluator scores answers.

    Examples:
      routeiq plugin new my-guardrails
      routeiq plugin new team-keys --kind auth --path plugins/team-keys
    """
    from routeiq.authoring.errors import ToolkitError
    from routeiq.authoring.projects import new_project

    try:
        project = new_project(name, kind, path, description)
    except ToolkitError as error:
        fail(str(error), USED_WRONGLY)
    except OSError as error:
        fail(f"the project cannot be written: {error}")
    if json:
        print_json(
            {
                "name": project.name.plugin,
                "distribution": project.name.distribution,
                "package": project.name.package,
                "kind": project.kind,
                "path": str(project.folder),
                "files": [str(file) for file in project.files],
            }
        )
    else:
        _print(project)


def update(
    path: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The project's; by default this one.")] = Path(),
    json: JSONOption = False,
) -> None:
    """Merge what the template has learned since into a project that `routeiq plugin new` made.

    The project must be under Git, with nothing left to commit. What was merged is left for you to look at and to
    commit; where you and the template changed the same lines, Git's markers are in the file, and the exit status is 1.
    Needs the extra `routeiq[toolkit]`.

    Examples:
      routeiq plugin update && git diff
      routeiq plugin update plugins/team-keys
    """
    from routeiq.authoring.updates import update_project

    with failures_told():
        done = update_project(path)
    if json:
        print_json(
            {
                "before": done.before,
                "after": done.after,
                "changed": list(done.changed),
                "conflicts": list(done.conflicts),
            }
        )
    elif done.before == done.after:
        typer.echo(f"The project is up to date: it has version {done.after} of the template.")
    else:
        typer.echo(f"Version {done.after} of the template is merged, after version {done.before}:")
        for file in done.changed:
            typer.echo(f"  {file}{'  CONFLICT' if file in done.conflicts else ''}")
    if done.conflicts:
        raise typer.Exit(FOUND_WRONG)


def _print(project: Project) -> None:
    folder = project.folder
    shown = str(folder) if folder.is_absolute() or str(folder).startswith(".") else f"./{folder}"
    typer.echo(
        f"{project.name.distribution} is in {shown}: a plugin of the kind {project.kind}. Next:\n"
        f"\n"
        f"  pip install -e {shown} pytest\n"
        f"  pytest {shown}\n"
        f"  routeiq plugin show {project.name.plugin}\n"
        f"\n"
        f"What it does is in {shown}/src/{project.name.package}/plugin.py, and what operators can set in config.py."
    )
