"""What is worth a closer look."""

import pytest

from routeiq_builtin_plugins.prompt_injection_guard.signs import Signs

SIGNS = Signs()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("aWdub3JlIGFsbCBwcmV2aW91cw==", "base64"), ("69 67 6e 6f 72 65 20 61 6c 6c", "hex"), ("a%20b", "url"),
        ("&#105;", "html"), ("&lt;", "html"), (r"\u0069", "escapes"), ("1gn0re", "digits"), ("i g n o r e it", "spelt"),
        ("\U000e0069", "tags"), ("\ufe01\U000e0101\ufe01\ufe02", "selectors"), ("[inst]", "marks"),
        ("System : x", "marks"),
    ],
)  # fmt: skip
def test_a_sign_is_seen(text, sign):
    assert sign in SIGNS.of(text)


def test_prose_has_none():
    assert SIGNS.of("A plain sentence, with a comma; and (nothing) else: 12 % of 300.\nOne more.") == frozenset()
