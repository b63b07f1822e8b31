"""The group's directory: private, short, and gone at the end."""

import fcntl
import os
import stat
import tempfile

import pytest

from routeiq.gateway.group.directory import GroupDirectory, Member, made_directory
from routeiq.gateway.group.errors import GroupError


def test_only_the_user_enters_it_and_it_is_removed_with_what_is_in_it():
    with made_directory() as directory:
        assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
        directory.socket_of(Member(0, 0)).touch()
    assert not directory.path.exists()


def test_cleaners_of_temporary_files_see_that_it_is_in_use():
    with made_directory() as directory:
        other = os.open(directory.path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)


def test_a_place_with_a_long_path_is_not_taken(monkeypatch, tmp_path):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with made_directory() as directory:
        assert str(directory.path).startswith("/tmp/routeiq-")
        assert len(os.fsencode(directory.socket_of(Member(511, 2**32)))) <= 100
    assert list(long.iterdir()) == []


def test_no_place_at_all_is_an_error_that_says_what_to_do(monkeypatch, tmp_path):
    def fail(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", fail)
    with pytest.raises(GroupError, match="/tmp: Permission denied.*set TMPDIR"), made_directory():
        pass


def test_members_are_those_with_a_socket_by_number_and_generation(tmp_path):
    directory = GroupDirectory(tmp_path)
    for name in ("10-3", "2-11", "2-4", "other", "1-x"):
        (tmp_path / name).touch()
    assert directory.members() == [Member(2, 4), Member(2, 11), Member(10, 3)]
    directory.forget(Member(2, 4))
    directory.forget(Member(2, 4))
    assert directory.members() == [Member(2, 11), Member(10, 3)]


def test_a_directory_that_is_gone_has_no_members(tmp_path):
    assert GroupDirectory(tmp_path / "none").members() == ()
