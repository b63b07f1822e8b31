"""The plugin `rate-limit` in eight workers, four of each of two replicas that share Redis, and eight clients at once.

What is granted must be exactly the limit. Measured where Redis' server and its client are installed.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
from tests.fakes import redis_server
from tests.fakes.gateway_process import GatewayProcess, running

from .table import Row

REPLICAS: Final = 2
WORKERS: Final = 4
CLIENTS: Final = 8
BODY: Final = {"model": "echo", "messages": [{"role": "user", "content": "hello"}]}


def replica(folder: Path, storage: str, limit: int, stack: ExitStack) -> GatewayProcess:
    """Start a replica."""
    (folder / "config" / "plugins").mkdir(parents=True)
    limits = [{"name": "all", "limit": limit, "window": 3600, "by": []}]
    (folder / "config" / "plugins" / "rate-limit.yaml").write_text(json.dumps({"limits": limits}))  # JSON is YAML
    settings = {"plugins": {"rate-limit": {"enabled": True}}, "storage": storage}
    return stack.enter_context(running(folder, {}, settings, WORKERS))


def ask(url: str, requests: int) -> list[int]:
    """Make so many requests, each over a connection of its own, to whichever worker takes it; return the statuses."""
    return [httpx.post(f"{url}/v1/chat/completions", json=BODY, timeout=60).status_code for _ in range(requests)]


def main(quick: bool) -> list[Row]:
    """Measure, and return the rows."""
    if not redis_server.is_installed() or importlib.util.find_spec("redis") is None:
        return []
    limit = 100 if quick else 1000
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        server = stack.enter_context(redis_server.running(Path(made, "redis")))
        urls = [replica(Path(made, str(number)), server.url, limit, stack).url for number in range(REPLICAS)]
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            asked = [(urls[number % REPLICAS], limit // 4) for number in range(CLIENTS)]
            statuses = [status for one in pool.map(lambda pair: ask(*pair), asked) for status in one]
        seconds = time.perf_counter() - began
    granted, unexpected = statuses.count(200), len(statuses) - statuses.count(200) - statuses.count(429)
    name = f"granted of {limit}, in {REPLICAS * WORKERS} workers"
    note = f"{len(statuses)} requests of {CLIENTS} clients at once in {seconds:.1f} s"
    return [
        Row("rate-limit", name, granted, "requests", limit, note=note),
        Row("rate-limit", name, granted, "requests", limit, at_least=True, note=note),
        Row("rate-limit", "neither granted nor refused", unexpected, "requests", 0),
    ]
