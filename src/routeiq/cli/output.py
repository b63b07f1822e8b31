"""How commands speak: data on standard output, errors on standard error, JSON for programs and tables for people."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

import typer

FOUND_WRONG = 1
USED_WRONGLY = 2

STATE_STYLES = {"active": "green", "disabled": "dim", "refused": "yellow", "failed": "red", "quarantined": "red"}


def print_json(document: Any) -> None:
    """Write a document for programs."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Write a table for people; a cell that is a plugin's state gets its colour, on a terminal.

    Args:
        empty: What to say when there are no rows.
    """
    rows = list(rows)
    if not rows:
        typer.echo(empty)
    elif sys.stdout.isatty():
        _print_rich(columns, rows)
    else:
        _print_plain(columns, rows)


def _print_plain(columns: Sequence[str], rows: list[Sequence[str]]) -> None:
    """Write one line a row, whatever its length: what another program reads must not be folded."""
    lines = [[" ".join(cell.split()) for cell in row] for row in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _print_rich(columns: Sequence[str], rows: list[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: reasons and names come from plugins, and may hold brackets.
        table.add_row(*(Text(cell, style=STATE_STYLES.get(cell, "")) for cell in row))
    Console().print(table)


def fail(message: str, status: int = FOUND_WRONG) -> NoReturn:
    """Say on standard error what is wrong, and end with an exit status."""
    first, *rest = message.splitlines() or [""]
    typer.secho(f"routeiq: {first}", err=True, fg="red" if sys.stderr.isatty() else None)
    for line in rest:
        typer.echo(f"  {line}", err=True)
    raise typer.Exit(status)


def warn(message: str) -> None:
    """Say on standard error what should be known."""
    typer.echo(f"routeiq: warning: {message}", err=True)


@contextlib.contextmanager
def failures_told() -> Iterator[None]:
    """Turn the host's own errors into a message and exit status 1; anything else is a fault of ours, and shows."""
    from routeiq.core.errors import ConfigurationError, RouteIQError

    try:
        yield
    except ConfigurationError as error:
        many = len(error.problems)
        fail("\n".join([f"{many} problem{'s' if many != 1 else ''} in the configuration", *map(str, error.problems)]))
    except RouteIQError as error:
        fail(str(error))
