"""Changes of a running gateway: 200 of them under as much load as its clients can make, in two workers.

Every answer must be whole: no failed request, and none that sees half of a change.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import processes
from .table import Row

BOTH = "0,1"
TOKEN = "a-token-for-the-benchmark"
PLUGIN = """
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

class Config(BaseModel):
    word: str = "w0"
    again: str = "w0"

metadata = PluginMetadata(name="words", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
async def request(request, context):
    return PluginResponse.json({"word": context.config.word, "again": context.config.again})
"""
REQUEST = b"GET /word HTTP/1.1\r\nhost: bench\r\n\r\n"


@dataclass
class Load:
    """What clients saw."""

    answered: int = 0
    failed: int = 0
    torn: int = 0
    words: set[str] = field(default_factory=set)
    going: bool = True


async def ask(port: int, load: Load) -> None:
    """Ask on one connection until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while load.going:
        try:
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError, ValueError, IndexError):
            load.failed += 1
            return
        load.answered += 1
        load.failed += not head.startswith(b"HTTP/1.1 200")
        load.torn += answer["word"] != answer["again"]
        load.words.add(answer["word"])
    writer.close()


def change(port: int, number: int) -> float:
    """Change the plugin's configuration, and return the milliseconds until it was in force in all workers."""
    body = json.dumps({"word": f"w{number}", "again": f"w{number}"}).encode()
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    url = f"http://127.0.0.1:{port}/admin/plugins/words/config"
    began = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PATCH"), timeout=30) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


async def measure(port: int, changes: int, clients: int, quiet: float) -> tuple[Load, float, float, list[float]]:
    """Return what clients saw, requests a second without and with changes, and what each change took."""
    load = Load()
    asking = [asyncio.create_task(ask(port, load)) for _ in range(clients)]
    await asyncio.sleep(0.5)
    before, began = load.answered, time.perf_counter()
    await asyncio.sleep(quiet)
    alone = (load.answered - before) / (time.perf_counter() - began)
    before, began = load.answered, time.perf_counter()
    took = [await asyncio.to_thread(change, port, number) for number in range(1, changes + 1)]
    beside = (load.answered - before) / (time.perf_counter() - began)
    load.going = False
    await asyncio.gather(*asking)
    return load, alone, beside, took


def main(quick: bool) -> list[Row]:
    """Run a gateway with two workers under load, and change it."""
    changes = 50 if quick else 200
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "words.py").write_text(PLUGIN)
        port = processes.free_port()
        command = [
            str(Path(sys.executable).with_name("routeiq")), "serve", "--port", str(port), "--workers", "2",
        ]  # fmt: skip
        path = os.pathsep.join(filter(None, (name, os.environ.get("PYTHONPATH"))))
        environment = {"ROUTEIQ_PLUGINS": "words", "ROUTEIQ_ADMIN_TOKEN": TOKEN, "PYTHONPATH": path}
        with processes.running(command, port, core=BOTH, folder=folder, path="/health/ready", environment=environment):
            time.sleep(2)  # the second worker
            load, alone, beside, took = asyncio.run(measure(port, changes, 32, 3.0))
    seen = f"{load.answered:,} requests, {len(load.words)} of {changes} configurations seen"
    rows: list[tuple[str, float, str, Any, str]] = [
        ("failed requests", load.failed, "", 0, seen),
        ("requests that saw half of a change", load.torn, "", 0, ""),
        ("a change, in force in two workers", statistics.median(took), "ms", None, f"p99 {sorted(took)[-2]:.0f} ms"),
        ("throughput beside changes", beside / alone, "", None, f"to {alone:,.0f} requests/s without"),
    ]
    return [Row("changes", name, value, unit, limit, note=note) for name, value, unit, limit, note in rows]
