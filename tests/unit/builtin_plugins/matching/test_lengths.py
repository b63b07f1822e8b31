"""How long matches of a pattern can be."""

import pytest
import re2

from routeiq_builtin_plugins.matching import longest_match


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("abc", 3), ("a|bcd", 3), ("(a|bc){2,3}x", 7), ("a*", None), ("a?b??", 2), (r"\bsecret\b", 6), ("[]a-z]{4}", 4),
        ("(?i)ab", 2), ("(?i:ab)c", 3), ("(?P<x>a)b", 2), (r"\pL\p{Greek}\x{10FFFF}\x41", 4), (r"\Qa.b\E+", None),
        (r"\Qa.b\E?", 3), (r"\Qa(b", 3), ("^a$", 1), (r"[[:alpha:]]{2}\]", 3), ("x{3,}", None), ("(?:)*a", 1),
        (r"(?:\b)*a", 1), ("a{0}", 0), (r"\A\z", 0), ("(a(b(c|de)f)+)?", None), ("", 0), ("[^]]", 1), (r"[\]x]y", 2),
    ],
)  # fmt: skip
def test_the_longest_match_of_a_pattern(pattern, longest):
    assert re2.compile(pattern)
    assert longest_match(pattern) == longest


def test_deeply_nested_groups_are_no_matter():
    assert longest_match("(" * 900 + "a" + ")" * 900) == 1
