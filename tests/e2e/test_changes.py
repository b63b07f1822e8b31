"""A gateway of several processes whose configuration changes while it serves."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import time

import pytest

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
    if new.slow < 0:
        raise ValueError("slower than now is impossible")
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
    while not set(among) <= set(found) and time.monotonic() < end:
        answer = gateway.call("GET", "/word")[1]
        found[answer["pid"]] = answer["word"]
    return {pid: word for pid, word in found.items() if pid in among}


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


class Clients:
    """Clients that ask without a pause; `failures` has what they should never see."""

    def __init__(self, *gateways, connections=2):
        self.failures, self.seen, self._going = [], set(), True
        self._threads = [
            threading.Thread(target=self._ask, args=(one,)) for one in gateways for _ in range(connections)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._going = False
        for thread in self._threads:
            thread.join()

    def _ask(self, gateway):
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        while self._going:
            try:
                connection.request("GET", "/word")
                answer = connection.getresponse()
                status, config = answer.status, json.loads(answer.read())
            except OSError as error:
                self.failures.append(error)
                break
            if status != 200 or config["word"] != config["again"]:
                self.failures.append((status, config))
            self.seen.add(config["word"])
        connection.close()


def change(gateway, word, **more):
    return gateway.call("PATCH", "/admin/plugins/words/config", {"word": word, "again": word, **more})


def test_changes_under_load_fail_no_request_and_are_never_seen_by_halves(serve):
    gateway = serve("--workers", "2", files={"words.py": PLUGIN}, ROUTEIQ_PLUGINS="words")
    gateway.until(lambda: len(pids(gateway)) == 2)
    with Clients(gateway, connections=4) as clients:
        for number in range(40):
            status, answer = change(gateway, f"w{number}")
            assert status == 200, answer
    assert clients.failures == []
    assert len(clients.seen) > 5
    assert set(words(gateway, pids(gateway).values()).values()) == {"w39"}


def test_what_is_set_at_run_time_outlives_workers_and_the_gateway(serve):
    gateway = serve("--workers", "2", files={"words.py": PLUGIN}, ROUTEIQ_PLUGINS="words")
    gateway.until(lambda: len(pids(gateway)) == 2)
    assert change(gateway, "kept")[0] == 200
    first = pids(gateway)[0]
    os.kill(first, signal.SIGKILL)
    gateway.until(lambda: pids(gateway)[0] != first)
    successor = pids(gateway)[0]
    gateway.until(lambda: words(gateway, [successor]) == {successor: "kept"})
    gateway.end()
    assert serve(ROUTEIQ_PLUGINS="words").call("GET", "/word")[1]["word"] == "kept"


def test_a_plugin_that_was_disabled_at_run_time_is_not_even_imported_after_a_restart(serve):
    source = PLUGIN + "\nwith open('imports', 'a') as file: file.write('.')\n"
    gateway = serve(files={"words.py": source}, ROUTEIQ_PLUGINS="words")
    imports = gateway.folder / "imports"
    assert imports.read_text() == "."
    assert gateway.call("POST", "/admin/plugins/words/disable", {})[0] == 200
    gateway.end()
    again = serve(ROUTEIQ_PLUGINS="words")
    assert again.call("GET", "/word")[0] == 404
    assert imports.read_text() == "."
    assert again.call("POST", "/admin/plugins/words/enable", {})[0] == 200
    assert again.call("GET", "/word")[0] == 200
    assert imports.read_text() == ".."


def test_a_hook_that_hangs_or_raises_refuses_the_change_and_serves_on(serve):
    gateway = serve(files={"words.py": PLUGIN}, ROUTEIQ_PLUGINS="words", ROUTEIQ_PLUGIN_STARTUP_TIMEOUT="0.5")
    with Clients(gateway) as clients:
        status, answer = change(gateway, "late", slow=30)
        assert status == 409
        assert "did not finish in time" in str(answer)
        status, answer = change(gateway, "broken", slow=-1)
        assert status == 409
        assert "ValueError" in str(answer)
    assert clients.failures == []
    assert clients.seen == {"default"}


class Line:
    """A TCP connection to a server, which can be cut."""

    def __init__(self, port):
        self._target, self._ends, self.cut = port, [], False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def sever(self):
        self.cut = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self.sever()
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._ends):
            one.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._ends.append(near)
            if self.cut:
                near.shutdown(socket.SHUT_RDWR)
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._ends.append(far)
            for one, other in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._carry, args=(one, other)))
                self._threads[-1].start()

    def _carry(self, one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(redis_server):
    """A line to the Redis server."""
    one = Line(redis_server.port)
    yield one
    one.close()


@pytest.fixture
def replicas(serve, redis_server):
    """replicas(line=None): two gateways that share a Redis server, the second one by a line if there is one."""

    def start(line=None):
        settings = "storage: redis://127.0.0.1:{port}/0\n"
        ports = {"one": redis_server.port, "two": redis_server.port if line is None else line.port}
        return [
            serve(
                folder=name,
                files={"words.py": PLUGIN, "routeiq.yaml": settings.format(port=port)},
                ROUTEIQ_PLUGINS="words",
            )
            for name, port in ports.items()
        ]

    return start


def word(gateway):
    return gateway.call("GET", "/word")[1]["word"]


def test_a_change_on_one_replica_is_live_on_all_and_can_be_awaited(replicas):
    one, two = replicas()
    body = {"word": "new", "again": "new"}
    status, answer = one.call("PATCH", "/admin/plugins/words/config", body, prefer="wait=10")
    assert status == 200
    assert answer["complete"], answer
    assert len(answer["members"]) == 2
    assert (word(one), word(two)) == ("new", "new")
    assert two.call("POST", "/admin/plugins/words/disable", {})[0] == 200
    one.until(lambda: one.call("GET", "/word")[0] == 404)


def test_a_replica_that_was_cut_off_catches_up(replicas, line):
    one, two = replicas(line)
    assert change(one, "before")[0] == 200
    two.until(lambda: word(two) == "before")
    line.sever()
    two.until(lambda: two.call("GET", "/health/ready")[1]["storage"] != "ok")
    assert change(one, "meanwhile")[0] == 200
    assert word(two) == "before"
    assert change(two, "refused")[0] == 503
    line.cut = False
    two.until(lambda: word(two) == "meanwhile")
    two.until(lambda: two.call("GET", "/health/ready")[1]["storage"] == "ok")
    assert change(two, "after")[0] == 200
    one.until(lambda: word(one) == "after")


def test_redis_may_go_and_come_back_under_load(replicas, redis_server):
    one, two = replicas()
    assert change(one, "kept")[0] == 200
    two.until(lambda: word(two) == "kept")
    with Clients(one, two) as clients:
        redis_server.kill()
        one.until(lambda: one.call("GET", "/health/ready")[1]["status"] == "degraded")
        status, answer = change(one, "refused")
        assert (status, word(one)) == (503, "kept"), answer
        redis_server.start()
        one.until(lambda: change(one, "new")[0] == 200)
        two.until(lambda: word(two) == "new")
    assert clients.failures == []


def test_a_replica_can_start_while_redis_is_away(replicas, serve, redis_server):
    one, two = replicas()
    assert change(one, "kept")[0] == 200
    two.until(lambda: word(two) == "kept")
    redis_server.kill()
    two.end()
    again = serve(folder="two", ROUTEIQ_PLUGINS="words")
    assert word(again) == "kept"
    assert again.call("GET", "/health/ready")[1]["status"] == "degraded"
