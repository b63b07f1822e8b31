"""The guards that call no model: precision and recall on labelled texts, and what they add to a chat request of 4 KiB.

Each alone and all together, in the gateway with the model `echo`, whose answer of 2 KiB they judge too: not streamed,
and streamed. What they find and miss does not depend on the machine; a test compares it with their pages.
"""

from __future__ import annotations

import asyncio
import platform
import tempfile
import types
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
LIMIT_PATTERNS: Final = 45
"""Microseconds that five patterns may add to a short request: a tenth of what Portkey's five regex guardrails do."""
FIVE_PATTERNS: Final = {"rules": [{"name": f"r{one}", "pattern": f"zzz{one}", "direction": "in"} for one in range(5)]}
_PATTERNS: Final = "content-filter, five patterns for requests"
_CHUNKS: Final = 271
"""Chunks of the streamed answer."""
_MESSAGES: Final = [
    {"role": "system", "content": "You are a helpful assistant. " * 40},
    {"role": "user", "content": "What is the tallest tower of the world, and since when has it been that? " * 10},
    {"role": "assistant", "content": "A sentence of the answer that came before. " * 8},
    {"role": "user", "content": "Summarise the following text in one sentence. " + "lorem ipsum dolor " * 90},
]
_SHORT: Final = [
    {"role": "system", "content": "You are a helpful assistant. " * 12},
    {"role": "user", "content": "Summarise the following text in one sentence. " + "lorem ipsum " * 40},
]
SHORT: Final = orjson.dumps({"model": "echo", "messages": _SHORT, "temperature": 0.2})
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


def _row(kind: str, name: str, added: float, note: str) -> Row:
    if kind == "streamed":
        return Row("guards, streamed", f"{name}, a chunk", added / _CHUNKS, "us", note=note)
    if kind == "short":
        return Row("guards, 1 KiB request", name, added, "us", LIMIT_PATTERNS, note=note)
    limit = LIMIT_ALL if name == "all together" else None
    return Row("guards, 4 KiB request", name, added, "us", limit, note=note)


async def costs(found: Mapping[str, GuardCase], quick: bool) -> list[Row]:
    """Return what guards add to requests."""
    groups: dict[str, dict[str, Any]] = {"no guard": {}, **{name: {name: case} for name, case in found.items()}}
    groups["all together"] = dict(found)
    groups[_PATTERNS] = {"content-filter": types.SimpleNamespace(CONFIG=FIVE_PATTERNS)}
    managers = []
    kinds: dict[str, dict[str, AsyncCase]] = {"short": {}, "whole": {}, "streamed": {}}
    with tempfile.TemporaryDirectory() as made:
        for number, (name, guards) in enumerate(groups.items()):
            folder = Path(made) / str(number)
            folder.mkdir()
            manager, app = await gateway(guards, folder)
            managers.append(manager)
            for kind, body in {"short": SHORT, "whole": BODY, "streamed": STREAM}.items():
                if (kind == "short") == (name == _PATTERNS) or not guards:
                    kinds[kind][name] = call_of(app, body)
        rows = []
        for kind, these in kinds.items():
            seconds = await interleaved(these, rounds=15 if quick else 60, calls=4 if kind == "streamed" else 20)
            base = median(seconds, "no guard") * 1e6
            note = f"without guards {base:.0f} us; CPython {platform.python_version()}"
            rows += [_row(kind, name, median(seconds, name) * 1e6 - base, note) for name in list(these)[1:]]
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
