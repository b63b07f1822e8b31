"""A replica's own copy of the state: whole or not there, for one user alone, and never in the way."""

import json
import os
import stat
import threading

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from routeiq.storage.redis.copy import KnownState, LocalCopy

STATE = KnownState(3, "lineage", '{"plugins":{"ä":1}}')


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "copy.json"


def test_what_is_written_is_read(path):
    LocalCopy(path).write(STATE)
    found = LocalCopy(path).read()
    assert (found.version, found.lineage, json.loads(found.document)) == (3, "lineage", {"plugins": {"ä": 1}})


def test_it_is_for_this_user_alone(path):
    LocalCopy(path).write(STATE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_none_is_no_state(path, caplog):
    assert LocalCopy(path).read() is None
    assert caplog.text == ""


@pytest.mark.parametrize(
    "content",
    [b"", b'{"version":3,"lin', b"[]", b"\xff", b"{}", b'{"version":"3","lineage":"x","document":{}}',
     b'{"version":3,"lineage":"x","document":[]}'],
)  # fmt: skip
def test_one_that_is_damaged_is_no_state_and_is_said(path, caplog, content):
    path.parent.mkdir()
    path.write_bytes(content)
    assert LocalCopy(path).read() is None
    assert f"{path}, cannot be read" in caplog.text


def test_one_that_cannot_be_written_is_said_once(tmp_path, caplog):
    (tmp_path / "folder").write_text("a file")
    copy = LocalCopy(tmp_path / "folder" / "copy.json")
    copy.write(STATE)
    copy.write(STATE)
    assert caplog.text.count("cannot be written") == 1


def test_a_full_disk_leaves_the_copy_before(path, monkeypatch, caplog):
    LocalCopy(path).write(STATE)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    LocalCopy(path).write(KnownState(4, "lineage", "{}"))
    assert "No space left on device" in caplog.text
    assert LocalCopy(path).read().version == 3
    assert list(path.parent.iterdir()) == [path]


def test_many_writers_leave_one_whole_copy(path):
    threads = [
        threading.Thread(target=lambda n=n: LocalCopy(path).write(KnownState(n, "l", json.dumps({"x": "y" * n * 100}))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = LocalCopy(path).read()
    assert len(json.loads(found.document)["x"]) == found.version * 100
    assert list(path.parent.iterdir()) == [path]
