"""Rows of figures, each beside its limit, and how they are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        group: What was measured, such as `dispatch`.
        name: Which case of it.
        value: The median, in `unit`.
        limit: What it must not exceed (with `at_least`: fall below), or None for a figure that only informs.
        note: What it was compared with.
    """

    group: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def as_json(rows: Iterable[Row]) -> str:
    """Return the rows for programs."""
    return json.dumps({"rows": [{**asdict(row), "holds": row.holds} for row in rows]}, indent=1)


def as_text(rows: Iterable[Row]) -> str:
    """Return the rows for people."""
    cells = [("", "case", "median", "limit", "", "compared with")]
    group = ""
    for row in rows:
        limit = "" if row.limit is None else f"{'>=' if row.at_least else '<='} {row.limit:g}"
        verdict = "" if row.limit is None else "ok" if row.holds else "OVER"
        cells.append(
            (
                row.group if row.group != group else "",
                row.name,
                f"{row.value:,.4g} {row.unit}",
                limit,
                verdict,
                row.note,
            )
        )
        group = row.group
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
