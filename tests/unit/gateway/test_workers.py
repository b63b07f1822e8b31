"""Several processes that serve one port. Each test drives a parent of its own: signals are what it is about."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from routeiq.gateway.workers import Workers

PARENT = """
import logging, os, signal, sys, time
from routeiq.gateway.listening import CannotServe, bind
from routeiq.gateway.worker_process import STARTED
from routeiq.gateway.workers import Workers

def is_gone(parent):
    try:
        return parent.poll() and parent.recv() is None
    except EOFError:
        return True

def work(argument, sockets, parent, seat, speaks):
    {work}

if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    sockets = bind("127.0.0.1", 0)
    print(sockets[0].getsockname()[1], flush=True)
    try:
        Workers(work, sys.argv[1], sockets, 2, patience={patience}, drain=0.3).run()
    except CannotServe as error:
        sys.exit(f"cannot serve: {{error}}")
"""

SERVE = """
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
[one] = sockets
one.listen()
one.settimeout(0.05)
parent.send(STARTED)
if speaks:
    print("speaks", flush=True)
while not stop and not is_gone(parent):
    try:
        connection, _ = one.accept()
    except TimeoutError:
        continue
    with connection:
        connection.sendall(str(os.getpid()).encode())
time.sleep(float(argument))
"""


@pytest.fixture
def parent(tmp_path):
    """parent(work, argument, patience): a running parent process whose workers do `work`."""
    running = []

    def start(work=SERVE, argument="0", patience=10):
        script = tmp_path / "parent.py"
        script.write_text(PARENT.format(work=textwrap.indent(work, "    ").strip(), patience=patience))
        process = subprocess.Popen(
            [sys.executable, script, argument],
            # What parents that are killed leave behind.
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def worker_of(port, patience=10):
    """Return the pid of the worker that answers."""
    end = time.monotonic() + patience
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                if answer := connection.recv(100):
                    return int(answer)
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def workers_of(port, count=2):
    """Return the pids of all workers."""
    found = set()
    end = time.monotonic() + 10
    while len(found) < count and time.monotonic() < end:
        found.add(worker_of(port))
    return found


def gone(pid, patience=5):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


def test_workers_share_the_port_and_one_speaks_for_all(parent):
    process = parent()
    assert len(workers_of(int(process.stdout.readline()))) == 2
    process.send_signal(signal.SIGTERM)
    printed, errors = process.communicate(timeout=10)
    assert (process.returncode, printed, errors.count(" serves\n")) == (0, "speaks\n", 2)


def test_a_worker_that_dies_is_replaced(parent):
    process = parent()
    port = int(process.stdout.readline())
    before = workers_of(port)
    os.kill(killed := before.pop(), signal.SIGKILL)
    assert gone(killed)
    # The pause after a short life lies between.
    end = time.monotonic() + 10
    while len(after := workers_of(port) - {killed}) < 2 and time.monotonic() < end:
        pass
    assert before < after
    process.send_signal(signal.SIGTERM)
    assert f"worker {killed} is replaced" in process.communicate(timeout=10)[1]


def test_a_worker_that_cannot_start_ends_all_with_its_reason(parent):
    process = parent("parent.send('the reason'); sys.exit(1)")
    printed, errors = process.communicate(timeout=15)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "cannot serve: the reason"
    assert printed.count("\n") == 1


def test_a_worker_that_dies_before_it_serves_ends_all(parent):
    process = parent("os._exit(7)")
    errors = process.communicate(timeout=15)[1]
    assert process.returncode == 1
    assert "a worker ended with status 7 before it served" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_and_waits_for_their_work(parent, number):
    process = parent(argument="0.5")
    pids = workers_of(int(process.stdout.readline()))
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert time.monotonic() - began >= 0.5
    assert all(gone(pid, 0.1) for pid in pids)


def test_a_worker_that_does_not_end_is_killed(parent):
    process = parent(argument="60", patience=0.5)
    pids = workers_of(int(process.stdout.readline()))
    process.send_signal(signal.SIGTERM)
    errors = process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert all(gone(pid, 0.1) for pid in pids)
    assert "did not end within 0.5 s, and is killed" in errors


def test_workers_see_that_their_parent_is_gone(parent):
    process = parent()
    pids = workers_of(int(process.stdout.readline()))
    process.kill()
    assert all(gone(pid) for pid in pids)


def test_a_hangup_goes_to_the_one_that_leads_once_there_is_one(parent):
    process = parent(
        """
signal.signal(signal.SIGHUP, lambda *_: print(f"{seat.member.number} reloads", flush=True))
signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP,))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
time.sleep(1)
parent.send(STARTED)
assert parent.recv() == "lead"
print(f"{seat.member.number} leads", flush=True)
time.sleep(60)
"""
    )
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGHUP)
    told = sorted(process.stdout.readline() for _ in range(2))
    assert told[0].split() == [told[1].split()[0], "leads"]
    assert told[1].split() == [told[0].split()[0], "reloads"]
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[0] == ""


def test_a_worker_that_was_replaced_and_does_not_end_is_killed(parent):
    process = parent(SERVE.replace("while not stop", "while not stop or argument == '0'"), patience=0.3)
    port = int(process.stdout.readline())
    before = workers_of(port)
    process.send_signal(signal.SIGUSR2)
    end = time.monotonic() + 20
    while workers_of(port) & before and time.monotonic() < end:
        pass
    assert all(gone(pid, 10) for pid in before)
    assert len(workers_of(port)) == 2
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[1].count("did not end within 0.6 s, and is killed") >= 2


def test_a_process_that_cannot_be_made_is_tried_again_after_a_while(monkeypatch, caplog):
    tried = []

    def start(number, *, successor):
        tried.append(number)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    workers = Workers(None, None, [], 2, patience=1)
    monkeypatch.setattr(workers, "_start", start)
    workers._fill()
    workers._fill()
    assert tried == [0, 1]
    assert caplog.messages == ["a worker cannot be started"] * 2
    workers._due = dict.fromkeys(workers._due, 0.0)
    workers._fill()
    assert tried == [0, 1, 0, 1]
