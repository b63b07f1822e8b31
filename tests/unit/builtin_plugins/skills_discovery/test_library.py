"""The skills of a folder."""

import hashlib
import os

import pytest

from routeiq_builtin_plugins.skills_discovery.config import Config
from routeiq_builtin_plugins.skills_discovery.library import Snapshot, look


def skill(folder, name, description="Does a thing.", **files):
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: {description}\n---\n")
    for file, content in files.items():
        (folder / name / file).write_text(content)


@pytest.fixture
def config(tmp_path):
    skill(tmp_path / "skills", "one")
    skill(tmp_path / "skills", "two", more="text")
    return Config(directory=tmp_path / "skills")


def test_a_skill_has_its_files_and_an_archive_where_there_are_several(config):
    found = look(config, Snapshot())
    assert list(found.skills) == ["one", "two"]
    assert found.problems == {}
    one, two = found.skills.values()
    assert (list(one.files), one.archive) == (["SKILL.md"], None)
    assert list(two.files) == ["SKILL.md", "more"]
    assert two.files["more"].digest == hashlib.sha256(b"text").hexdigest()
    assert two.archive.digest == hashlib.sha256(two.archive.content).hexdigest()


def test_nothing_is_read_again_until_it_changes(config):
    before = look(config, Snapshot())
    assert look(config, before) is before
    skill(config.directory, "two", "Does another thing.", more="text")
    after = look(config, before)
    assert after.skills["two"].manifest.description == "Does another thing."
    assert after.skills["one"] is before.skills["one"]


def test_skills_come_and_go(config):
    before = look(config, Snapshot())
    skill(config.directory, "three")
    (config.directory / "one" / "SKILL.md").unlink()
    after = look(config, before)
    assert list(after.skills) == ["three", "two"]
    assert after.problems == {"one": "has no SKILL.md"}


def test_a_folder_that_is_no_skill_says_why_and_the_others_stay(config, tmp_path):
    skill(config.directory, "wrong")
    (config.directory / "wrong").rename(config.directory / "other")
    skill(tmp_path, "outside")
    (config.directory / "out").symlink_to(tmp_path / "outside")
    (config.directory / "inside").symlink_to("one")
    (config.directory / ".hidden").mkdir()
    (config.directory / "README.md").write_text("no folder")
    found = look(config, Snapshot())
    assert list(found.skills) == ["one", "two"]
    assert found.problems == {
        "inside": "SKILL.md: 'name' is 'one', and must be that of the folder, 'inside'",
        "other": "SKILL.md: 'name' is 'wrong', and must be that of the folder, 'other'",
        "out": "is a symbolic link that leads out of the directory",
    }
    assert look(config, found) is found


def test_links_of_a_mounted_volume_are_followed_within_it(tmp_path):
    skill(tmp_path / "..2026", "one")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "one").symlink_to("..data/one")
    assert list(look(Config(directory=tmp_path), Snapshot()).skills) == ["one"]


@pytest.mark.parametrize(
    ("limit", "reason"),
    [({"max_skill_bytes": 46}, "is larger than max_skill_bytes"), ({"max_skill_files": 1}, "has more than 1")],
)
def test_a_skill_beyond_a_limit_is_not_offered(config, limit, reason):
    found = look(config.model_copy(update=limit), Snapshot())
    assert list(found.skills) == ["one"]
    assert reason in found.problems["two"]


def test_a_directory_that_is_not_there_offers_nothing(tmp_path):
    config = Config(directory=tmp_path / "none")
    found = look(config, Snapshot())
    assert (found.skills, list(found.problems)) == ({}, ["."])
    assert look(config, found) is found
    (tmp_path / "none").write_text("a file")
    assert "cannot be read" in look(config, found).problems["."]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_tried_again(config):
    (config.directory / "one" / "SKILL.md").chmod(0)
    found = look(config, Snapshot())
    assert "cannot be read" in found.problems["one"]
    (config.directory / "one" / "SKILL.md").chmod(0o644)
    assert look(config, found).problems == {}
