"""National numbers of people whose check digits are public: each by its own rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Final

from .checksums import digits, luhn, mod_11_10, verhoeff, weighted

_SPANISH: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_FINNISH: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ITALIAN_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def us_social_security(text: str) -> bool:
    """Return whether a number can have been issued: areas 000, 666 and 900-999 never were, nor groups of zeros."""
    area, group, serial = text[:3], text[4:6], text[7:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000" or text[3] != text[6]:
        return False
    return area + group + serial not in ("078051120", "219099999", "123456789")  # printed on cards, made up


def spanish(text: str) -> bool:
    """Return whether a DNI or NIE has its letter."""
    plain = text.upper().replace("-", "").replace(" ", "")
    number = plain[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return _SPANISH[int(number) % 23] == plain[-1]


def italian(text: str) -> bool:
    """Return whether a codice fiscale has its last letter."""
    plain = text.upper()
    total = sum(
        _ITALIAN_ODD[character] if place % 2 == 0 else int(character, 36) - (0 if character.isdigit() else 10)
        for place, character in enumerate(plain[:15])
    )
    return chr(ord("A") + total % 26) == plain[15]


def french(text: str) -> bool:
    """Return whether a NIR has its key; Corsican departments count as numbers."""
    plain = text.upper().replace(" ", "")
    number = int(plain[:13].replace("2A", "19").replace("2B", "18"))
    return 97 - number % 97 == int(plain[13:])


def german(text: str) -> bool:
    """Return whether a tax number has its check digit, and one digit two or three times in the first ten."""
    numbers = digits(text)
    counts = sorted(Counter(numbers[:10]).values(), reverse=True)
    return numbers[0] != 0 and counts[0] in (2, 3) and counts[1] == 1 and mod_11_10(numbers)


def brazilian(text: str) -> bool:
    """Return whether a CPF has its two check digits."""
    numbers = digits(text)
    if len(set(numbers)) == 1:
        return False
    first = weighted(numbers[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(numbers[:10], range(11, 1, -1)) * 10 % 11 % 10
    return numbers[9:] == [first, second]


def indian(text: str) -> bool:
    """Return whether an Aadhaar number has its check digit."""
    return verhoeff(digits(text))


def chinese(text: str) -> bool:
    """Return whether a resident's number has a date and its check character (ISO/IEC 7064 MOD 11-2)."""
    numbers = digits(text[:17])
    total = weighted(numbers, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return _is_date(text[6:10], text[10:12], text[12:14]) and "10X98765432"[total % 11] == text[17].upper()


def swedish(text: str) -> bool:
    """Return whether a personnummer has a date and its check digit; coordination numbers add 60 to the day."""
    numbers = digits(text)[-10:]
    day = numbers[4] * 10 + numbers[5]
    return _is_date("2000", f"{numbers[2]}{numbers[3]}", str(day - 60 if day > 60 else day)) and luhn(numbers)


def finnish(text: str) -> bool:
    """Return whether a henkilötunnus has a date and its check character."""
    number = int(text[:6] + text[7:10])
    return _is_date("2000", text[2:4], text[:2]) and _FINNISH[number % 31] == text[10].upper()


def polish(text: str) -> bool:
    """Return whether a PESEL has a date and its check digit."""
    numbers = digits(text)
    month = (numbers[2] * 10 + numbers[3]) % 20
    check = -weighted(numbers[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10
    return _is_date("2000", str(month), text[4:6]) and check == numbers[10]


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


NATIONAL: Final[tuple[tuple[str, Callable[[str], bool] | None], ...]] = (
    (r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b", spanish),
    (r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", italian),
    (r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b", french),
    (r"\b\d{2} \d{3} \d{3} \d{3}\b", german),
    (r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b", brazilian),
    (r"\b[2-9]\d{3}[ -]\d{4}[ -]\d{4}\b", indian),
    (r"\b[1-8]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx]\b", chinese),
    (r"\b(?:19|20)?\d{6}[-+]\d{4}\b", swedish),
    (r"\b[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b", finnish),
    (r"\b\d{2}[0-389]\d[0-3]\d{6}\b", polish),
    # The United Kingdom's national insurance numbers have no check digit, but few prefixes and a form of their own.
    (r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", None),
)
"""Patterns of the numbers, and what checks a number that has the form."""
