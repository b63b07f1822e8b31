"""Checksums of numbers that identify people and their accounts: a number that fails its own is another number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

_VERHOEFF_PRODUCT: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_VERHOEFF_PLACE: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def digits(text: str) -> list[int]:
    """Return the digits of a text, whatever stands between them."""
    return [int(character) for character in text if "0" <= character <= "9"]


def luhn(numbers: Sequence[int]) -> bool:
    """Return whether digits have the check digit of ISO/IEC 7812-1: payment cards and many others."""
    total = 0
    for place, number in enumerate(reversed(numbers)):
        doubled = number * 2 if place % 2 else number
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def mod_97(text: str) -> bool:
    """Return whether letters and digits leave 1 by 97, letters being 10 to 35 (ISO/IEC 7064 MOD 97-10)."""
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1


def mod_11_10(numbers: Sequence[int]) -> bool:
    """Return whether digits have the check digit of ISO/IEC 7064 MOD 11,10: German tax numbers."""
    product = 10
    for number in numbers[:-1]:
        product = ((number + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == numbers[-1]


def weighted(numbers: Sequence[int], weights: Sequence[int]) -> int:
    """Return the sum of digits, each times its weight."""
    return sum(number * weight for number, weight in zip(numbers, weights, strict=False))


def verhoeff(numbers: Sequence[int]) -> bool:
    """Return whether digits have the check digit of Verhoeff's scheme: Indian Aadhaar numbers."""
    check = 0
    for place, number in enumerate(reversed(numbers)):
        check = _VERHOEFF_PRODUCT[check][_VERHOEFF_PLACE[place % 8][number]]
    return check == 0


def base58_check(text: str) -> bool:
    """Return whether a text in Base58 ends with the first bytes of its twofold hash: Bitcoin addresses."""
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    decoded = number.to_bytes(25, "big") if number < 1 << 200 else b""
    return bool(decoded) and hashlib.sha256(hashlib.sha256(decoded[:-4]).digest()).digest()[:4] == decoded[-4:]


def bech32(text: str) -> bool:
    """Return whether a text has the checksum of BIP 173 or BIP 350: newer Bitcoin addresses."""
    prefix, _, data = text.lower().rpartition("1")
    if any(character not in _BECH32 for character in data):
        return False
    values = [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]
    check = 1
    for value in [*values, *(_BECH32.index(character) for character in data)]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)
