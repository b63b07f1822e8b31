"""The skills of a folder, and how a change of one is noticed."""

import os

import pytest

from routeiq_builtin_plugins.upskill_evaluator import library
from routeiq_builtin_plugins.upskill_evaluator.library import Skill, skills


def make(folder, name, **files):
    place = folder / name
    place.mkdir(parents=True)
    (place / "SKILL.md").write_text("---\nname: x\n---\n")
    for file, text in files.items():
        (place / file.replace("_json", ".json")).write_text(text)
    return place


def found(folder):
    return {one.name if isinstance(one, Skill) else one[0]: one for one in skills(folder, "tests.json")}


def test_folders_with_a_manifest_are_skills(tmp_path):
    make(tmp_path, "a", tests_json="[]")
    make(tmp_path, "b", skill_meta_json='{"tests": [{"input": "x"}]}')
    make(tmp_path, "c", skill_meta_json="no json")
    make(tmp_path, ".hidden")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert list(found(tmp_path)) == ["a", "b", "c"]
    assert {name: (one.has_tests, one.tests is not None) for name, one in found(tmp_path).items()} == {
        "a": (True, True), "b": (True, False), "c": (False, False),
    }  # fmt: skip
    assert found(tmp_path / "nowhere") == {}


def test_any_change_of_a_file_changes_the_fingerprint(tmp_path):
    place = make(tmp_path, "a", tests_json="[]")
    seen = [found(tmp_path)["a"].fingerprint]
    (place / "tests.json").write_text("[1]")
    seen.append(found(tmp_path)["a"].fingerprint)
    (place / "more").mkdir()
    (place / "more" / "x").write_text("")
    seen.append(found(tmp_path)["a"].fingerprint)
    (place / "more" / "x").rename(place / "more" / "y")
    seen.append(found(tmp_path)["a"].fingerprint)
    assert len(set(seen)) == 4
    os.utime(place / "tests.json", (1, 1))
    (place / ".git").mkdir()
    (place / ".git" / "x").write_text("hidden")
    assert found(tmp_path)["a"].fingerprint == seen[-1]


def test_what_is_too_large_is_said(tmp_path, monkeypatch: pytest.MonkeyPatch):
    make(tmp_path, "a", tests_json="[]")
    monkeypatch.setattr(library, "MOST_FILES", 1)
    name, reason = found(tmp_path)["a"]
    assert (name, reason.startswith("has more than 1 files")) == ("a", True)
