"""The table of look-alikes: single characters beyond ASCII, each for one of ASCII."""

import unicodedata

from routeiq_builtin_plugins.folding.confusables import LOOK_ALIKES


def test_each_looks_like_one_letter_or_digit_of_ascii():
    alike = [character for several in LOOK_ALIKES.values() for character in several]
    assert all(plain.isascii() and plain.isalnum() and len(plain) == 1 for plain in LOOK_ALIKES)
    assert len(alike) == len(set(alike)) > 400
    assert not any(character.isascii() or unicodedata.category(character) == "Nd" for character in alike)


def test_cyrillic_and_greek_letters_are_among_them():
    assert {"а", "ɑ", "α"} <= set(LOOK_ALIKES["a"])
    assert "О" in LOOK_ALIKES["O"]
