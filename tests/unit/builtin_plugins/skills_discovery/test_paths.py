"""Which paths can be a skill's file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.skills_discovery.paths import MAX_PATH, MAX_SEGMENT, asked_for, is_offered


@pytest.mark.parametrize("path", ["SKILL.md", "data/c.json", "a b/ü.txt", "a..b/c", "x" * MAX_SEGMENT])
def test_plain_paths_are_offered(path):
    assert is_offered(path)


@pytest.mark.parametrize(
    "path",
    [
        "", ".env", "a/.git/config", "..", "../a", "a/../b", "a/./b", "/etc/passwd", "a//b", "a/", "a\\b", "a\0",
        "a\nb", "a\x7f", "\u202ea", "\udc80", "x" * (MAX_SEGMENT + 1), "ü" * 128, "a/" * (MAX_PATH // 2) + "a",
    ],
)  # fmt: skip
def test_hidden_climbing_and_unprintable_paths_are_not(path):
    assert not is_offered(path)


def test_a_request_means_a_skill_and_a_path_in_it():
    assert asked_for("one/data/c.json", b"/.well-known/skills/one/data/c.json") == ("one", "data/c.json")
    assert asked_for("one/SKILL.md", None) == ("one", "SKILL.md")


@pytest.mark.parametrize("raw", [b"/one%2fSKILL.md", b"/one%2FSKILL.md", b"/one%5cSKILL.md", b"/one/SKILL.md%00"])
def test_encoded_separators_mean_nothing_even_where_decoding_gives_a_path(raw):
    assert asked_for("one/SKILL.md", raw) is None


@pytest.mark.parametrize("path", ["one", "one/", "", "/SKILL.md", "one/../two/SKILL.md"])
def test_what_names_no_file_means_nothing(path):
    assert asked_for(path, path.encode()) is None


@given(st.text(alphabet=st.sampled_from("./\\a\0%2f~ü\u202e"), max_size=40))
def test_what_is_offered_never_climbs_and_is_never_hidden(path):
    if is_offered(path):
        assert all(part and not part.startswith(".") for part in path.split("/"))
        assert "\\" not in path
        assert "\0" not in path
