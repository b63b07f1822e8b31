"""The order of a rolling restart, whatever becomes of the workers meanwhile."""

import logging
from types import SimpleNamespace

import pytest

from routeiq.gateway.group import Member
from routeiq.gateway.rolling_restart import RollingRestart


class Worker(SimpleNamespace):
    """What a restart knows of a worker, in this process."""

    def __init__(self, number, generation=0):
        super().__init__(
            member=Member(number, generation), pid=100 + 10 * generation + number, leaving=False, failure=None
        )
        self.started = generation == 0
        self.alive = True
        self.retired = False
        self.process = SimpleNamespace(is_alive=lambda: self.alive)

    def retire(self):
        self.retired = True


@pytest.fixture
def workers():
    return [Worker(number) for number in range(3)]


@pytest.fixture
def restart(workers, caplog):
    caplog.set_level(logging.INFO)
    begun = []

    def start(number):
        begun.append(Worker(number, 1))
        return begun[-1]

    restart = RollingRestart(workers, start)
    restart.begun = begun
    return restart


def test_a_worker_retires_once_its_successor_serves_and_then_the_next_one_is_begun(restart, workers):
    for position in range(3):
        assert restart.advance()
        assert restart.advance()
        assert [worker.retired for worker in workers] == [True] * position + [False] * (3 - position)
        assert [one.member.number for one in restart.begun] == list(range(position + 1))
        restart.begun[-1].started = True
    assert not restart.advance()
    assert all(worker.retired for worker in workers)


def test_progress_is_logged(restart, workers, caplog):
    restart.advance()
    restart.begun[-1].started = True
    restart.advance()
    assert caplog.messages == ["rolling restart: worker 110 took the place of 100 (1 of 3)"]
    assert caplog.get_records("setup")[0].getMessage() == "rolling restart: 3 workers are replaced one after the other"


@pytest.mark.parametrize("reason", [None, "the plugin is broken"])
def test_a_successor_that_cannot_start_ends_it_and_the_others_keep_serving(restart, workers, caplog, reason):
    restart.advance()
    successor = restart.begun[-1]
    successor.started = True  # until a moment ago
    successor.failure, successor.alive = reason, reason is not None
    assert not restart.advance()
    assert not any(worker.retired for worker in workers)
    assert caplog.records[-1].levelno == logging.ERROR
    assert (reason or "the new worker ended before it served") in caplog.records[-1].getMessage()


def test_a_successor_that_cannot_be_made_ends_it(workers, caplog):
    def start(number):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    assert not RollingRestart(workers, start).advance()
    assert "Resource temporarily unavailable" in caplog.records[-1].getMessage()


def test_workers_that_ended_meanwhile_are_passed_over(restart, workers):
    workers[0].alive = False
    workers[1].leaving = True
    assert restart.advance()
    assert [one.member.number for one in restart.begun] == [2]
