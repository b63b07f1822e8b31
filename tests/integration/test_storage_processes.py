"""One store and many operating-system processes: limits are exact, and whoever is killed leaves nothing half done."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from routeiq.storage.sqlite import Database, SQLiteState

PROCESSES = 8
CONNECT_SQLITE = """
from pathlib import Path
from routeiq.storage.sqlite import Database, SQLiteState, SQLiteStorage
def connect(place):
    database = Database(Path(place), lock_timeout=20, patience=40)
    return SQLiteStorage(database), SQLiteState(database)
"""
CONNECT_REDIS = """
from pathlib import Path
from routeiq.storage.redis import LocalCopy, RedisServer, RedisState, RedisStorage
def connect(place):
    server = RedisServer(place, "test", timeout=20)
    return RedisStorage(server), RedisState(server, LocalCopy(Path("copy.json")))
"""
ACQUIRE = """
import asyncio, json, sys
from routeiq.core.storage import PluginStorage

async def main():
    values, state = connect(sys.argv[1])
    await state.open()
    storage = PluginStorage("limits", values)
    granted = 0
    async def worker():
        nonlocal granted
        while (permit := await storage.acquire("k", 3000, 600, 3)).granted:
            granted += permit.amount
            if granted % 5 == 0:  # used less: two of three go back
                await storage.settle(permit, 1)
                granted -= 2
    await asyncio.gather(*(worker() for _ in range(4)))
    await state.close()
    print(json.dumps(granted))

asyncio.run(main())
"""
SAVE_FOREVER = """
import asyncio, sys
from routeiq.core.errors import StateConflict

async def main():
    _, state = connect(sys.argv[1])
    await state.open()
    print("ready", flush=True)
    while True:
        version = (await state.load()).version
        try:
            await state.save(version, {"version": version + 1, "filler": "x" * 50_000, "end": version + 1})
        except StateConflict:
            pass

asyncio.run(main())
"""


def start(program: str, place: Path | str, folder: Path, connect: str = CONNECT_SQLITE) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", connect + program, str(place)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_eight_processes_are_granted_exactly_the_limit(tmp_path, kind, request):
    if kind == "redis":
        pytest.importorskip("redis", reason="needs routeiq[redis]")
        place, connect = request.getfixturevalue("redis_server").url, CONNECT_REDIS
    else:
        place, connect = tmp_path / "state.db", CONNECT_SQLITE
    processes = [start(ACQUIRE, place, tmp_path, connect) for _ in range(PROCESSES)]
    granted = [json.loads(process.communicate(timeout=50)[0]) for process in processes]
    # The last acquire of each was refused: less than one amount is left.
    assert 3000 - 2 <= sum(granted) <= 3000


async def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_state(tmp_path):
    path = tmp_path / "state.db"
    for pause in (0.05, 0.08, 0.13):
        processes = [start(SAVE_FOREVER, path, tmp_path) for _ in range(2)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        time.sleep(pause)
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        state = SQLiteState(Database(path))
        await state.open()
        loaded = await state.load()
        assert loaded.version > 0
        assert loaded.document["version"] == loaded.document["end"] == loaded.version
        await state.close()


@pytest.mark.parametrize("count", [8])
async def test_processes_that_open_a_new_file_at_once_agree(tmp_path, count):
    states = [SQLiteState(Database(tmp_path / "state.db")) for _ in range(count)]
    await asyncio.gather(*(state.open() for state in states))
    results = await asyncio.gather(*(state.save(0, {}) for state in states), return_exceptions=True)
    assert results.count(1) == 1
    for state in states:
        await state.close()
