"""The guards that are measured: one module each, named like the plugin's package.

A module has `PLUGIN` (the plugin's name), `CONFIG` (the configuration that is measured, as the plugin's file has it)
and `detector()`, which returns a function that tells what the plugin finds in a text. Its labelled texts lie in
`benchmarks/data/guards/<plugin>.jsonl`: the module's `samples()` makes them, from a fixed seed, or they are public
data, whose origin and licence stand in the README.md beside them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from benchmarks.accuracy import Sample

Detector = Callable[[str], Iterable[str]]


class GuardCase(Protocol):
    """A module of this package. `samples` is missing where the data were not made by it."""

    PLUGIN: str
    CONFIG: Mapping[str, Any]
    detector: Callable[[], Detector]
    samples: Callable[[], Iterable[Sample]]


def cases() -> dict[str, GuardCase]:
    """Return the modules by their plugins' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[Any] = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.PLUGIN: module for module in found}
