"""What can be said of the filter, and what is refused, with the rule's name and what to do."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.content_filter.config import Config


def problems(*rules, **more):
    with pytest.raises(ValidationError) as raised:
        Config.model_validate({"rules": list(rules), **more})
    return str(raised.value)


def test_without_rules_it_is_valid_and_does_nothing():
    assert Config().rules == ()


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("(?=a)b", "has no look-around: match what surrounds it too"), ("(?<!a)b", "has no look-around"),
        (r"(a)\1", "has no backreferences: write out what may repeat"), ("(?>a)b", "has no atomic groups"),
        ("a++", "possessive quantifiers, and needs none: leave them out"), (r"a\Z", r"writes \\z for the end"),
        ("(?(1)a|b)", "has no conditions: write two rules"), ("a(", "missing"), ("a{2000}", "invalid repetition size"),
    ],
)  # fmt: skip
def test_what_the_engine_lacks_is_refused_with_the_rules_name_and_what_to_do(pattern, advice):
    told = problems({"name": "tickets", "pattern": pattern})
    assert "rule 'tickets': the pattern is not accepted" in told
    assert advice.replace("\\\\", "\\") in told


def test_all_that_is_wrong_is_told_at_once():
    told = problems({"name": "a"}, {"name": "a", "words": ["x"], "pattern": "y"}, {"name": "b", "words": ["  "]})
    assert "two rules are named 'a'" in told
    assert told.count("rule 'a' must have either a pattern, or words or a file with words") == 2
    assert "rule 'b': it has no words" in told


def test_a_file_of_words_is_read(tmp_path):
    (tmp_path / "words.txt").write_text("# insults\nnumbskull\n\ndimwit # too\n", encoding="utf-8")
    assert Config.model_validate({"rules": [{"name": "a", "file": tmp_path / "words.txt"}]})
    assert "cannot be read" in problems({"name": "a", "file": str(tmp_path / "none.txt")})


def test_patterns_beyond_their_memory_are_refused():
    rules = [{"name": f"r{number}", "pattern": f"(?:{number}[a-z]{{900}}){{1}}"} for number in range(40)]
    assert "raise memory_mib" in problems(*rules, memory_mib=1)


def test_a_match_that_can_be_too_long_for_streams_is_refused():
    assert "can be 90000 characters long" in problems({"name": "a", "pattern": "(?:" + "b" * 90 + "){1000}"})


def test_what_matches_nothing_but_empty_text_is_refused():
    assert "matches nothing but empty text" in problems({"name": "a", "pattern": r"\b"})


def test_misspelt_options_are_refused():
    assert "Extra inputs are not permitted" in problems({"name": "a", "words": ["b"], "acton": "flag"})
