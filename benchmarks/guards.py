"""The guards that call no model: precision and recall on labelled texts, and what they add to a chat request of 4 KiB.

Each alone and all together, in the gateway with the model `echo`, whose answer of 2 KiB they judge too: not streamed,
and streamed. What they find and miss does not depend on the machine; a test compares it with their pages.
"""

from __future__ import annotations

import asyncio
import platform
import tempfile
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import orjson

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

from .accuracy import read, scores
from .guard_cases import GuardCase, cases
from .table import Row
from .telemetry import call_of
from .timing import AsyncCase, interleaved, median

LIMIT_ALL: Final = 1_000
"""Microseconds that all guards together may add at the median."""
LIMITS: Final[Mapping[str, float]] = {}
"""Microseconds that a guard alone may add."""
_MESSAGES: Final = [
    {"role": "system", "content": "You are a helpful assistant. " * 40},
    {"role": "user", "content": "What is the tallest tower of the world, and since when has it been that? " * 10},
    {"role": "assistant", "content": "A sentence of the answer that came before. " * 8},
    {"role": "user", "content": "Summarise the following text in one sentence. " + "lorem ipsum dolor " * 90},
]
BODY: Final = orjson.dumps({"model": "echo", "messages": _MESSAGES, "temperature": 0.2})
STREAM: Final = orjson.dumps({"model": "echo", "messages": _MESSAGES, "temperature": 0.2, "stream": True})


async def gateway(guards: Mapping[str, GuardCase], folder: Path) -> tuple[PluginManager, Gateway]:
    """Return a gateway with these guards, and its running manager."""
    for name, case in guards.items():
        (folder / f"{name}.yaml").write_bytes(orjson.dumps(dict(case.CONFIG)))  # JSON is YAML
    chosen: dict[str, Any] = {name: {"enabled": True} for name in guards}
    manager = PluginManager(ManagerSettings(config_directory=folder, plugins=chosen))
    for entry_point in entry_points(group="routeiq.plugins"):
        if entry_point.name in guards:
            manager.register(entry_point.load())
    await manager.start()
    assert [record.state for record in manager.records.values()] == ["active"] * len(guards), manager.records
    return manager, Gateway(GatewaySettings(), manager, MemoryState())


async def costs(found: Mapping[str, GuardCase], quick: bool) -> list[Row]:
    """Return what guards add to requests."""
    groups: dict[str, dict[str, GuardCase]] = {"no guard": {}, **{name: {name: case} for name, case in found.items()}}
    groups["all together"] = dict(found)
    managers = []
    whole: dict[str, AsyncCase] = {}
    streamed: dict[str, AsyncCase] = {}
    with tempfile.TemporaryDirectory() as made:
        for number, (name, guards) in enumerate(groups.items()):
            folder = Path(made) / str(number)
            folder.mkdir()
            manager, app = await gateway(guards, folder)
            managers.append(manager)
            whole[name], streamed[name] = call_of(app, BODY), call_of(app, STREAM)
        rows = []
        for kind, these in {"whole": whole, "streamed": streamed}.items():
            seconds = await interleaved(these, rounds=15 if quick else 60, calls=20 if kind == "whole" else 4)
            base = median(seconds, "no guard") * 1e6
            for name in list(these)[1:]:
                added = median(seconds, name) * 1e6 - base
                limit = LIMIT_ALL if name == "all together" else LIMITS.get(name)
                note = f"{len(BODY)} bytes; without guards {base:.0f} us; CPython {platform.python_version()}"
                rows.append(Row("guards, us a request", f"{name}, {kind}", added, "us", limit, note=note))
    for manager in managers:
        await manager.stop()
    return rows


def main(quick: bool) -> list[Row]:
    """Run it."""
    found = cases()
    rows = []
    for name, case in found.items():
        samples = read(name)
        total = scores(samples, case.detector())[-1]
        note = f"{len(samples)} texts"
        rows.append(Row("guards, accuracy", f"{name}: precision", total.precision, "", note=note))
        rows.append(Row("guards, accuracy", f"{name}: recall", total.recall, "", note=note))
    return [*rows, *asyncio.run(costs(found, quick))]
