"""Where lines are written."""

import os
import stat
import threading
from pathlib import Path

import pytest

from routeiq_builtin_plugins.request_log import sinks
from routeiq_builtin_plugins.request_log.sinks import RotatedFile, StandardOutput, write_all


def test_a_file_is_its_users_alone_and_grows(tmp_path):
    for _ in range(2):
        sink = RotatedFile(tmp_path / "log", 0, 1)
        sink.write(b"a\n")
        sink.close()
        sink.close()
    assert (tmp_path / "log").read_bytes() == b"a\na\n"
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_a_full_file_is_renamed_and_the_oldest_goes(tmp_path):
    sink = RotatedFile(tmp_path / "log", 4, 2)
    for letter in b"abcdefg":
        sink.write(bytes([letter]) + b"\n")
    sink.close()
    kept = {name: (tmp_path / name).read_bytes() for name in ("log", "log.1", "log.2")}
    assert kept == {"log": b"g\n", "log.1": b"e\nf\n", "log.2": b"c\nd\n"}
    assert not (tmp_path / "log.3").exists()


def test_a_line_that_is_longer_than_a_file_may_be_has_one_to_itself(tmp_path):
    sink = RotatedFile(tmp_path / "log", 4, 1)
    sink.write(b"longer than four\n")
    sink.write(b"b\n")
    sink.close()
    assert (tmp_path / "log.1").read_bytes() == b"longer than four\n"


@pytest.mark.parametrize("gone", [Path.unlink, lambda path: path.rename(f"{path}.old")])
def test_a_file_that_somebody_else_takes_away_is_opened_anew(tmp_path, monkeypatch, gone):
    monkeypatch.setattr(sinks, "LOOKS_EVERY", 0.0)
    sink = RotatedFile(tmp_path / "log", 0, 1)
    sink.write(b"a\n")
    gone(tmp_path / "log")
    sink.write(b"b\n")
    sink.close()
    assert (tmp_path / "log").read_bytes() == b"b\n"


def test_several_writers_lose_no_line_and_tear_none(tmp_path):
    def work(number):
        sink = RotatedFile(tmp_path / "log", 2000, 100)
        for line in range(200):
            sink.write(b"%d-%d\n" % (number, line))
        sink.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [line for path in tmp_path.glob("log*") for line in path.read_bytes().splitlines()]
    assert sorted(found) == sorted(b"%d-%d" % (number, line) for number in range(4) for line in range(200))


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        RotatedFile(tmp_path / "none" / "log", 0, 1)


def test_all_of_a_line_is_written_to_a_pipe_that_takes_it_in_parts():
    reading, writing = os.pipe()
    data, got = b"x" * 300_000 + b"\n", bytearray()

    def read():
        while len(got) < len(data):
            got.extend(os.read(reading, 10_000))

    reader = threading.Thread(target=read)
    reader.start()
    write_all(writing, data)
    reader.join()
    StandardOutput(writing).write(b"more\n")
    assert os.read(reading, 100) == b"more\n"
    StandardOutput(writing).close()
    assert bytes(got) == data
    os.close(reading)
    os.close(writing)
