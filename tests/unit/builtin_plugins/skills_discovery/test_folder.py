"""The files of one skill's folder."""

import os

import pytest

from routeiq_builtin_plugins.skills_discovery.folder import entries, read
from routeiq_builtin_plugins.skills_discovery.manifest import SkillRefused


@pytest.fixture
def folder(tmp_path):
    skill = tmp_path / "skill"
    (skill / "data").mkdir(parents=True)
    for name in ("a.txt", "SKILL.md", "data/c.json"):
        (skill / name).write_text(name)
    return skill


def paths(folder):
    return [entry.path for entry in entries(str(folder), 100)]


def test_files_are_listed_the_manifest_first(folder):
    assert paths(folder) == ["SKILL.md", "a.txt", "data/c.json"]


def test_hidden_files_and_what_leads_out_or_to_them_is_not_listed(folder):
    (folder / ".env").write_text("secret")
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("secret")
    (folder.parent / "skill-2").mkdir()
    (folder.parent / "skill-2/b").write_text("a neighbour whose name begins the same")
    for number, target in enumerate(
        ["/etc/passwd", "../skill-2/b", ".env", ".git/config", "gone", "loop", "/dev/null"]
    ):
        (folder / f"link{number}").symlink_to(target)
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    os.mkfifo(folder / "pipe")
    assert paths(folder) == ["SKILL.md", "a.txt", "data/c.json"]


def test_a_link_to_a_file_of_the_same_skill_is_listed(folder):
    (folder / "again.json").symlink_to("data/c.json")
    found = {entry.path: entry for entry in entries(str(folder), 100)}
    assert read(found["again.json"], 100) == b"data/c.json"


def test_a_signature_changes_with_the_file(folder):
    before = entries(str(folder), 100)
    assert entries(str(folder), 100) == before
    (folder / "a.txt").write_text("other text")
    assert entries(str(folder), 100) != before


def test_too_many_files_are_refused(folder):
    with pytest.raises(SkillRefused, match="more than 2 files"):
        entries(str(folder), 2)


def test_a_file_that_became_a_link_or_a_pipe_or_grew_is_not_read(folder):
    entry = next(one for one in entries(str(folder), 100) if one.path == "a.txt")
    with pytest.raises(SkillRefused, match="max_skill_bytes"):
        read(entry, 4)
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to("/etc/passwd")
    with pytest.raises(OSError):
        read(entry, 1000)
    (folder / "a.txt").unlink()
    os.mkfifo(folder / "a.txt")
    with pytest.raises(OSError, match="is no file"):
        read(entry, 1000)
