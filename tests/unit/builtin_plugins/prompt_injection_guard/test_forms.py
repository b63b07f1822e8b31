"""The forms of a text in which passages are looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.prompt_injection_guard.forms import backwards, lowered, marked, words


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ignore, ALL:\n\n  previous!", b" ignore all previous "), ("", b"  "), ("don't", b" don t "),
        ("\uff29\uff47nore\u200b this", b" ignore this "), ("“précédentes” — dites", b" precedentes dites "),
        ("ign\u043er\u0435", b" ignore "), ("忽略。指令", " 忽略 指令 ".encode()), ("a_b-c", b" a b c "),
    ],
)  # fmt: skip
def test_words_have_one_space_between_them(text, form):
    assert words(text) == form


def test_marked_texts_keep_their_punctuation_and_lines():
    assert marked("<|Im_Start|>\nSYSTEM: é") == b"<|im_start|>\nsystem: e"
    assert lowered("ÀÉ \uff21\uff22") == "ae ab"


@given(st.text())
def test_any_text_has_its_forms(text):
    form = words(text)
    assert form.startswith(b" ")
    assert form.endswith(b" ")
    assert b"   " not in form
    assert backwards(backwards(form)) == form
    assert isinstance(marked(text), bytes)
    assert words(text.upper().lower()) == words(text.upper())


@given(st.text(alphabet="ab é—\u200bж", min_size=1))
def test_few_and_many_letters_beyond_ascii_are_folded_alike(text):
    assert words(text + "x " * 200) == words(text + "x ") + b"x " * 199
