"""One worker as its parent sees it. `work` is written to a module of its own, which the new process can import."""

import importlib
import itertools
import signal
import textwrap
from pathlib import Path

import pytest

from routeiq.gateway.group import Member, Seat
from routeiq.gateway.worker_process import LEAD, LEAVING, RETIRE, STARTED, WorkerProcess

names = (f"worker_process_work_{number}" for number in itertools.count())


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start(work): a worker that does this."""
    monkeypatch.syspath_prepend(str(tmp_path))
    running = []

    def start(work, argument=None):
        name = next(names)
        body = textwrap.indent(textwrap.dedent(work), "    ")
        (tmp_path / f"{name}.py").write_text(
            f"import os, signal, sys, time\n\ndef work(argument, sockets, pipe, seat, speaks):\n{body}"
        )
        importlib.invalidate_caches()
        function = importlib.import_module(name).work
        seat = Seat(Path("/nowhere"), Member(3, 7), 4)
        running.append(WorkerProcess(function, argument, [], seat, successor=True, speaks=False))
        return running[-1]

    yield start
    for worker in running:
        worker.kill()
        worker.process.join()


def heard(worker, condition):
    while not condition(worker) and not worker.silent:
        worker.pipe.poll(5)
        worker.listen()
    return condition(worker)


def test_it_is_told_its_seat_and_says_what_becomes_of_it(start):
    worker = start(
        f"pipe.send({STARTED!r}); pipe.send({LEAVING!r}); pipe.send([argument, seat.member.number, seat.size])", 5
    )
    assert not worker.serves
    assert heard(worker, lambda one: one.failure)
    assert (worker.started, worker.leaving, worker.failure) == (True, True, "[5, 3, 4]")


def test_it_serves_until_it_retires(start):
    worker = start(f"pipe.send({STARTED!r}); pipe.send([pipe.recv(), pipe.recv()])")
    assert heard(worker, lambda one: one.started)
    assert worker.serves
    worker.tell(LEAD)
    worker.retire()
    assert (worker.serves, worker.retired_at is not None) == (False, True)
    assert heard(worker, lambda one: one.failure)
    assert worker.failure == str([LEAD, RETIRE])


def test_one_that_ended_is_silent_and_nothing_said_to_it_is_an_error(start):
    worker = start("sys.exit(3)")
    worker.process.join()
    worker.listen()
    assert worker.silent
    worker.tell(LEAD)
    worker.send_signal(signal.SIGTERM)
    assert worker.bury() == "it ended with status 3"


def test_signals_that_would_end_it_wait_until_it_is_ready_for_them(start):
    worker = start(
        f"""
        pipe.send({STARTED!r})
        pipe.recv()
        caught = []
        for number in (signal.SIGHUP, signal.SIGUSR2):
            signal.signal(number, lambda number, _: caught.append(number))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP, signal.SIGUSR2))
        pipe.send(sorted(caught))
        """
    )
    heard(worker, lambda one: one.started)
    worker.send_signal(signal.SIGHUP)
    worker.send_signal(signal.SIGUSR2)
    worker.tell("go on")
    assert heard(worker, lambda one: one.failure)
    assert worker.failure == str([int(signal.SIGHUP), int(signal.SIGUSR2)])


def test_the_parents_own_signals_are_not_held_back(start):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    start("pass")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
