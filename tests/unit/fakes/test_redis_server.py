"""The Redis server of the tests: it comes back as it was, at the same port."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from tests.fakes.redis_server import RedisServer, running


def test_a_server_that_was_killed_comes_back_with_what_it_had(redis_server):
    assert redis_server.command("SET", "k", "v") == b"+OK"
    port, pid = redis_server.port, redis_server.pid
    redis_server.kill()
    with pytest.raises(OSError):
        redis_server.command("PING")
    redis_server.start()
    assert redis_server.port == port
    assert redis_server.pid != pid
    assert redis_server.command("GET", "k") == b"$1"


def test_a_server_that_forgot_is_empty(redis_server):
    redis_server.command("SET", "k", "v")
    redis_server.stop()
    redis_server.forget()
    redis_server.start()
    assert redis_server.command("GET", "k") == b"$-1"


def test_a_paused_server_answers_after_the_pause(redis_server):
    redis_server.pause()
    redis_server.resume()
    assert redis_server.command("PING") == b"+PONG"


def test_a_password_is_asked_for(redis_server, tmp_path):
    with running(tmp_path / "guarded", password="hush") as server:
        assert server.url == f"redis://:hush@127.0.0.1:{server.port}/0"
        assert server.command("PING") == b"+PONG"
        unguarded = RedisServer(tmp_path)
        unguarded.port = server.port
        assert unguarded.command("PING").startswith(b"-NOAUTH")


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_it_ends_with_the_process_that_started_it(redis_server, tmp_path, repository):
    program = (
        "import os, pathlib\n"
        "from tests.fakes.redis_server import RedisServer\n"
        f"server = RedisServer(pathlib.Path({str(tmp_path)!r}))\n"
        "server.start()\n"
        "print(server.port, flush=True)\n"
        "os._exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, stdout=subprocess.PIPE, check=False)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(done.stdout))):
            time.sleep(0.01)
            continue
        return
    raise AssertionError("it still runs")


def test_nothing_of_it_is_left(redis_server, tmp_path):
    with running(tmp_path / "one") as server:
        pid = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
