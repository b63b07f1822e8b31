"""Families as scrapers read them: Prometheus's text format 0.0.4, and OpenMetrics 1.0.

prometheus_client writes both as well, and takes 6 to 9 us for each sample, in the event loop of whoever serves them:
with 50 plugins that would stop requests for 50 ms at each scrape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import accumulate
from typing import Final, NamedTuple

from .families import Exemplar, Family, Labels

_LABEL: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_TEXT_HELP: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})
PIECE: Final = 500
"""Lines that are written without a break."""
LONGEST_EXEMPLAR: Final = 128
"""Characters that the names and values of an exemplar's labels may have together, by OpenMetrics."""


class Exposition(NamedTuple):
    """A format that scrapers may ask for."""

    media_type: str
    content_type: str
    is_openmetrics: bool


TEXT: Final = Exposition("text/plain", "text/plain; version=0.0.4; charset=utf-8", False)
OPENMETRICS: Final = Exposition(
    "application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8", True
)


def negotiated(accept: str) -> Exposition:
    """Return the format that an `Accept` header prefers (RFC 9110, section 12.5.1); text where it names neither."""
    openmetrics, text = 0.0, 0.0
    for entry in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in entry.split(";"))
        quality = _quality(parameters)
        if media_type == OPENMETRICS.media_type:
            openmetrics = max(openmetrics, quality)
        elif media_type in (TEXT.media_type, "text/*", "*/*"):
            text = max(text, quality)
    return OPENMETRICS if openmetrics > 0 and openmetrics >= text else TEXT


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def rendered(families: Iterable[Family], exposition: Exposition) -> Iterator[bytes]:
    """Yield a document of families, in the order of their names, in pieces that take a millisecond at most."""
    lines: list[str] = []
    for family in sorted(families, key=lambda one: one.name):
        for line in _lines(family, exposition):
            lines.append(line)
            if len(lines) == PIECE:
                yield "\n".join([*lines, ""]).encode()
                lines.clear()
    if exposition.is_openmetrics:
        lines.append("# EOF")
    yield "\n".join([*lines, ""]).encode()


def _lines(family: Family, exposition: Exposition) -> Iterator[str]:
    total = f"{family.name}_total" if family.kind == "counter" else family.name
    # The older format has types for samples, not for families.
    typed = family.name if exposition.is_openmetrics else total
    yield f"# HELP {typed} {family.help.translate(_LABEL if exposition.is_openmetrics else _TEXT_HELP)}"
    yield f"# TYPE {typed} {family.kind}"
    if family.kind == "histogram":
        yield from _histograms(family, exposition)
        return
    for labels, value in family.series.items():
        yield f"{total}{_braces(family.labels, labels)} {_shown(value)}"


def _histograms(family: Family, exposition: Exposition) -> Iterator[str]:
    name = family.name
    positions = family.shown or range(len(family.bounds))
    has_exemplars = exposition.is_openmetrics and family.exemplars
    bounds = [repr(float(family.bounds[position])) for position in positions]
    for labels, cells in family.series.items():
        assert isinstance(cells, list)
        outer = ",".join(_pairs(family.labels, labels))
        start = f"{name}_bucket{{{outer},le=" if outer else f"{name}_bucket{{le="
        below = [*accumulate(cells[1:])]
        last = -1
        for bound, position in zip([*bounds, "+Inf"], [*positions, len(below) - 1], strict=True):
            exemplar = _exemplar(family, labels, last + 1, position) if has_exemplars else ""
            yield f'{start}"{bound}"}} {_shown(below[position])}{exemplar}'
            last = position
        braces = f"{{{outer}}}" if outer else ""
        yield f"{name}_count{braces} {_shown(below[-1])}"
        yield f"{name}_sum{braces} {_shown(cells[0])}"


def _exemplar(family: Family, labels: Labels, first: int, last: int) -> str:
    """Return the latest exemplar of some buckets, as it stands behind the sample that tells of them."""
    found = [family.exemplars.get((labels, position)) for position in range(first, last + 1)]
    latest = max((one for one in found if one is not None), key=lambda one: one.time, default=None)
    if latest is None or _is_long(latest):
        return ""
    trace = ",".join(_pairs(tuple(latest.labels), tuple(latest.labels.values())))
    return f" # {{{trace}}} {_shown(latest.value)} {latest.time:.3f}"


def _is_long(exemplar: Exemplar) -> bool:
    return sum(len(name) + len(value) for name, value in exemplar.labels.items()) > LONGEST_EXEMPLAR


def _braces(names: Labels, values: Labels) -> str:
    return f"{{{','.join(_pairs(names, values))}}}" if names else ""


def _pairs(names: Labels, values: Labels) -> Iterator[str]:
    for name, value in zip(names, values, strict=True):
        yield f'{name}="{value.translate(_LABEL)}"'


def _shown(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Fraction):
        return repr(float(value))
    assert isinstance(value, float)
    if math.isfinite(value):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
