"""Folding: what looks alike is alike, invisible characters go, and places in the original are known."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routeiq_builtin_plugins.folding import fold, folded, is_invisible, revealed

TRICKS = st.text(st.sampled_from("abсеé ö５५ﬁ㎏\u200b\u200d\u0301\u0336\u00ad\ufe0f\U000e0041日ж❤️1\u20e3"), max_size=12)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain text.", "plain text."), ("sесrеt", "secret"), ("ｓｅｃｒｅｔ", "secret"), ("𝓼𝓮𝓬𝓻𝓮𝓽", "secret"),
        ("s\u200be\u2060c\ufeffr\u00ade\U000e0065t", "secret"), ("sécrèt", "secret"), ("se\u0301c\u0336ret", "secret"),
        ("ⓈⒺⒸⓇⒺⓉ", "SECRET"), ("🅂🄴🄲🅁🄴🅃", "SECRET"), ("🅢🅴🅒🅁🄴🅣", "SECRET"), ("４१１ 1", "411 1"), ("ﬁ", "fi"),
        ("日本", "日本"), ("Ωж", "Ωж"),
    ],
)  # fmt: skip
def test_a_text_is_what_it_looks_like(written, seen):
    assert fold(written) == seen


@given(TRICKS, TRICKS)
def test_pieces_fold_like_the_whole(one, other):
    assert fold(one + other) == fold(one) + fold(other)


def test_a_long_text_is_folded_step_by_step_so_that_others_have_their_turn():
    assert fold("\u0430\u200b b" * 100_000) == "a b" * 100_000
    assert len(fold("\u0430" * 65_537)) == 65_537


@given(TRICKS)
def test_the_place_of_everything_is_known_in_the_original(text):
    made = folded(text)
    for start in range(len(made.text)):
        first, last = made.span(start, start + 1)
        assert made.text[start] in fold(text[first:last])
        assert made.position(first) <= start
    assert made.span(0, 0)[0] == made.span(0, 0)[1]


def test_marks_belong_to_what_is_found():
    assert folded("a\u200bb\u0301c").span(0, 2) == (0, 4)


def test_the_table_of_known_characters_has_an_end():
    everything = "".join(map(chr, range(0x3400, 0x3400 + 20_000)))
    assert fold(everything) == everything


def test_what_only_hides_something_is_taken_away_and_what_is_meant_stays():
    assert revealed("s\u200be\u200b\u200bc\u0336r\u00adet") == "secret"
    assert revealed("a \u200b b\u200b ") == "a  b "
    assert revealed("cafe\u0301 cafe\u0301s x\u0304 ") == "café cafés x\u0304 "
    assert revealed("1\ufe0f\u20e3 ❤\ufe0f\u200d🔥 می\u200cخواهم") == "1\ufe0f\u20e3 ❤\ufe0f\u200d🔥 می\u200cخواهم"
    assert revealed("می" + "\u200c" * 9 + "خ") == "می\u200c\u200cخ"
    assert revealed("a" + "\u200b" * 9) == "a\u200b\u200b"


@given(TRICKS, TRICKS)
@example("a\u200b", "b")
@example("\u00ad\u0301\u0301", "1")
@example("\u00ad\u0301\u200b\u20e3", "")
def test_revealing_changes_nothing_that_is_seen_and_can_be_done_piece_by_piece(one, other):
    assert fold(revealed(one + other)) == fold(one + other)
    assert revealed(revealed(one) + other) == revealed(one + other)


def test_what_is_invisible():
    assert all(is_invisible(one) for one in "\u200b\u00ad\ufe0f\U000e0041\u3164\u202e")
    assert not any(is_invisible(one) for one in "a \n\u0301é")
