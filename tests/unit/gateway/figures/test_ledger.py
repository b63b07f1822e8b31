"""What processes told, kept beyond their end. tests/property/test_figures.py has the laws."""

import os
import subprocess
import sys

import orjson
import pytest

from routeiq.adapters.prometheus import Family, Snapshot
from routeiq.gateway.figures import Ledger
from routeiq.gateway.figures.ledger import MANY


def snapshot(hits):
    return Snapshot({"hits": Family("hits", "counter", series={(): hits})})


def hits(read):
    return sum(one.families["hits"].series[()] for one in read.values())


def ended_process():
    """Return the id of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "figures"


def of_ended(directory, count):
    process = ended_process()
    for number in range(count):
        one = Ledger(directory)
        one.name = f"{process}-{number}"
        one.write(snapshot(1))


def test_each_process_has_one_file_that_it_replaces(directory):
    one, other = Ledger(directory), Ledger(directory)
    for total in (1, 2):
        one.write(snapshot(total))
    other.write(snapshot(5))
    assert {name: read.families["hits"].series[()] for name, read in one.read().items()} == {one.name: 2, other.name: 5}
    assert directory.stat().st_mode & 0o777 == 0o700


def test_nothing_was_told_yet(directory):
    assert Ledger(directory).read() == {}


def test_a_directory_that_is_gone_is_an_error_for_whoever_writes(tmp_path):
    with pytest.raises(FileNotFoundError):
        Ledger(tmp_path / "gone" / "figures").write(snapshot(1))


def test_files_of_ended_processes_become_one_when_they_are_many(directory):
    one = Ledger(directory)
    one.write(snapshot(100))
    of_ended(directory, MANY - 1)
    one.fold()
    assert len(list(directory.glob("*.json"))) == MANY
    of_ended(directory, 1)
    one.fold()
    assert {path.name for path in directory.iterdir()} == {f"{one.name}.json", "folded.json"}
    assert hits(one.read()) == 100 + MANY
    of_ended(directory, MANY)
    one.fold()
    assert len(list(directory.iterdir())) == 2
    assert hits(one.read()) == 100 + 2 * MANY


def test_a_fold_that_was_interrupted_counts_nothing_twice(directory):
    one = Ledger(directory)
    of_ended(directory, MANY)
    files = {path: path.read_bytes() for path in directory.glob("*.json")}
    one.fold()
    for path, content in files.items():
        path.write_bytes(content)
    assert hits(one.read()) == MANY
    of_ended(directory, MANY)
    one.fold()
    assert hits(one.read()) == 2 * MANY
    assert [path.name for path in directory.iterdir()] == ["folded.json"]


def test_what_is_folded_while_somebody_reads_is_neither_lost_nor_counted_twice(directory, monkeypatch):
    one, folder = Ledger(directory), Ledger(directory)
    of_ended(directory, MANY)
    get, looked_up = one._get, []

    def folded_in_between(name):
        looked_up.append(name)
        if len(looked_up) == 3:
            folder.fold()
        return get(name)

    monkeypatch.setattr(one, "_get", folded_in_between)
    assert hits(one.read()) == MANY
    assert looked_up.count("folded") > 2


def test_a_file_is_there_as_a_whole_or_as_it_was(directory, monkeypatch):
    one = Ledger(directory)
    one.write(snapshot(1))

    def full(document):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(orjson, "dumps", full)
    with pytest.raises(OSError, match="No space left"):
        one.write(snapshot(2))
    assert hits(one.read()) == 1


def test_names_tell_the_process_and_are_unique(directory):
    names = {Ledger(directory).name for _ in range(10)}
    assert len(names) == 10
    assert {name.partition("-")[0] for name in names} == {str(os.getpid())}
