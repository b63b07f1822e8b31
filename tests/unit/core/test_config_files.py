"""Configuration files as they were read at one moment."""

import pytest

from routeiq.core.config_files import ConfigFiles, FileContent
from routeiq.core.errors import ConfigurationError


def test_a_reading_stays_as_it_is_while_the_file_changes(tmp_path):
    (tmp_path / "a.yaml").write_text("word: one\n")
    files = ConfigFiles(tmp_path).read(["a", "b"])
    (tmp_path / "a.yaml").write_text("word: two\n")
    (tmp_path / "b.yaml").write_text("word: three\n")
    assert files.document("a").data == {"word": "one"}
    assert files.document("b") is None
    assert files.read(["a"]).document("a").data == {"word": "two"}


def test_a_file_that_was_not_read_yet_is_read_when_it_is_asked_for(tmp_path):
    files = ConfigFiles(tmp_path)
    assert files.document("a") is None
    (tmp_path / "a.yaml").write_text("word: one\n")
    assert files.document("a").data == {"word": "one"}


def test_readings_are_compared_by_what_they_hold(tmp_path):
    (tmp_path / "a.yaml").write_text("word: one\n")
    before = ConfigFiles(tmp_path).read(["a", "b"])
    assert before.differing(before.read(["a", "b"]), ["a", "b"]) == []
    (tmp_path / "b.yaml").write_text("")
    assert before.differing(before.read(["a", "b"]), ["a", "b"]) == ["b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * ((1 << 20) + 1), "longer than"),
        (b"word: [", "no YAML"),
        (b"- 1\n", "must hold keys and values"),
        (b"a: &a [*a]\n", "contains itself"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_when_it_is_used_and_names_it(tmp_path, content, said):
    (tmp_path / "a.yaml").write_bytes(content)
    files = ConfigFiles(tmp_path).read(["a"])
    with pytest.raises(ConfigurationError, match=rf"a\.yaml.*{said}"):
        files.document("a")


def test_a_file_that_cannot_be_read_is_no_missing_one(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").mkdir()
    assert ConfigFiles(tmp_path).content("a") == FileContent()
    (tmp_path / "c.yml").write_text("")
    assert "rename" in ConfigFiles(tmp_path).content("c").problem
