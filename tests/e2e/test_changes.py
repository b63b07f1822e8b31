"""A gateway of several processes whose configuration changes while it serves."""

from __future__ import annotations

import json
import os
import signal
import time

PLUGIN = """
import asyncio, json, os
from pathlib import Path
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

class Config(BaseModel):
    word: str = "default"
    slow: float = 0
    again: str = "default"

metadata = PluginMetadata(name="words", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
def startup(context):
    with open("workers.jsonl", "a") as file:
        file.write(json.dumps({"worker": context.node.worker, "pid": os.getpid()}) + "\\n")

@hookimpl
async def config_changed(old, new, context):
    Path(f"asked-{os.getpid()}").write_text(new.word)
    await asyncio.sleep(new.slow)

@hookimpl
async def request(request, context):
    if request.path == "/word":
        config = context.config
        return PluginResponse.json({"word": config.word, "again": config.again, "pid": os.getpid()})
"""


def pids(gateway):
    """Return the process of each worker, the newest."""
    lines = (gateway.folder / "workers.jsonl").read_text().splitlines()
    return {one["worker"]: one["pid"] for one in map(json.loads, lines)}


def words(gateway, among):
    """Return what each of some processes answers now; each request has a connection of its own."""
    found = {}
    end = time.monotonic() + 10
    while set(found) != set(among) and time.monotonic() < end:
        answer = gateway.call("GET", "/word")[1]
        found[answer["pid"]] = answer["word"]
    return found


def test_a_worker_killed_in_the_middle_of_a_change_leaves_no_worker_behind(serve):
    gateway = serve("--workers", "2", files={"words.py": PLUGIN}, ROUTEIQ_PLUGINS="words")
    gateway.until(lambda: len(pids(gateway)) == 2)
    first, second = pids(gateway)[0], pids(gateway)[1]
    (gateway.folder / "config" / "plugins").mkdir(parents=True)
    (gateway.folder / "config" / "plugins" / "words.yaml").write_text("word: new\nslow: 1.5\n")
    gateway.until((gateway.folder / f"asked-{second}").exists)
    os.kill(first, signal.SIGKILL)  # the first one is ready by now, and leads the change as a rule
    assert words(gateway, [second]) == {second: "default"}
    gateway.until(lambda: pids(gateway)[0] != first)
    successor = pids(gateway)[0]
    gateway.until(lambda: words(gateway, [second, successor]) == {second: "new", successor: "new"}, 30)
