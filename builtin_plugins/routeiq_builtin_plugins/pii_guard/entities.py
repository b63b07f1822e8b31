"""What is looked for: the forms that it has, and what tells it from all else that has such a form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from typing import Final, Literal, get_args

from ..matching import Pattern, longest_match, regexp
from .checksums import base58_check, bech32, digits, luhn, mod_97
from .identities import NATIONAL, us_social_security

EntityName = Literal[
    "EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "US_SSN", "NATIONAL_ID", "IP_ADDRESS", "CRYPTO_WALLET", "SECRET"
]
ENTITIES: Final[tuple[EntityName, ...]] = get_args(EntityName)

_EMAIL: Final = (
    r"\b[A-Za-z0-9_](?:[A-Za-z0-9_.%+'-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9-]{1,40}\.){1,4}[A-Za-z]{2,24}\b"
)
_CARD: Final = r"\b(?:\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{13,19})\b"
_IBAN: Final = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
# A version before it makes four numbers a version. The word is part of what is matched, and decides.
_IPV4: Final = r"(?i:\bv(?:ersion|er)?[ .:=]{0,2})?\b(?:\d{1,3}\.){3}\d{1,3}\b(?:\.\d)?"
_GROUP: Final = "[0-9A-Fa-f]{1,4}"
_IPV6: Final = rf"\b(?:{_GROUP}:){{7}}{_GROUP}\b|\b(?:{_GROUP}:){{1,6}}:(?:{_GROUP}(?::{_GROUP}){{0,5}}\b)?"
_PHONES: Final = (
    r"\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){2,6}\b",
    r"(?:\b1[ .-])?(?:\([2-9]\d{2}\) ?|\b[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}\b",
)
# What begins with a zero is a group of a longer number where digits come before: they are part of what is matched.
_PHONES_WITH_ZERO: Final = (
    r"(?:\b\w{0,4}\d[ -])?\b00[1-9]\d{0,2}(?:[ .-]\d{1,5}){2,5}\b",
    r"(?:\b\w{0,4}\d[ -])?(?:\b0\d{2,4}[ /-]|\(0\d{2,4}\) ?)\d{3,4}(?:[ -]?\d{2,5}){1,2}\b",
    r"(?:\b\w{0,4}\d[ -])?\b0[1-9](?:[ .]\d{2}){4}\b",
)
_LONGEST_SECRET: Final = 512
"""Characters that a secret without an end of its own has in a stream; they are held back if answers are looked at."""
_SECRETS: Final = (
    r"\bsk-(?:ant-|proj-|svcacct-)?[\w-]{20,}", r"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,}",
    r"\bgithub_pat_\w{50,}", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", r"\bAIza[\w-]{35}", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}", r"\bglpat-[\w-]{20,}", r"\bhf_[A-Za-z0-9]{30,}",
    r"\bnpm_[A-Za-z0-9]{36}\b", r"\bpypi-[\w-]{50,}", r"\bSG\.[\w-]{16,}\.[\w-]{30,}",
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b",
)  # fmt: skip
# Lengths by country, SWIFT's IBAN registry.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DZ ES LY MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE",
        31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_CARD_PREFIX: Final = re.compile(
    r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|3(?:0[0-5]|[689])|6(?:011|4[4-9]|5)|35(?:2[89]|[3-8])|62|50|5[6-8]|6[37]"
)
_CARD_LENGTHS: Final = {"34": (15,), "37": (15,), "4": (13, 16, 19), "5": (16,), "2": (16,)}


def patterns(entities: Collection[EntityName]) -> list[Pattern]:
    """Return what finds entities; where several begin at one place, the first of them counts."""
    made: list[Pattern] = []
    for entity in _ORDER:
        if entity in entities:
            made += [_pattern(entity, source, valid) for source, valid in _SOURCES[entity]]
    return made


def _pattern(entity: EntityName, source: str, valid: Callable[[str], bool] | None) -> Pattern:
    longest = (longest_match(source) or _LONGEST_SECRET) + 1  # and what follows it, which tells that it has ended
    return Pattern(entity, source, regexp(source), 0, longest, folds=True, valid=valid)


def _is_email(text: str) -> bool:
    name, _, domain = text.rpartition("@")
    return ".." not in name and len(domain) <= 253


def _is_card(text: str) -> bool:
    numbers = digits(text)
    plain = "".join(map(str, numbers))
    prefix = _CARD_PREFIX.match(plain)
    lengths = _CARD_LENGTHS.get(plain[:2]) or _CARD_LENGTHS.get(plain[:1]) or range(14, 20)
    return prefix is not None and len(plain) in lengths and len(set(numbers)) > 1 and luhn(numbers)


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    return _IBAN_LENGTHS.get(plain[:2]) == len(plain) and mod_97(plain[4:] + plain[:4])


def _is_address(text: str) -> bool:
    if text[0] in "vV" or not digits(text):
        return False  # a version, or `face::add` of a program
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def _is_phone(text: str) -> bool:
    numbers = digits(text)
    least, most = (8, 15) if text[0] == "+" else (10, 11)
    return least <= len(numbers) <= most and len(set(numbers)) > 2


def _is_phone_with_zero(text: str) -> bool:
    numbers = digits(text)
    most = 17 if text.startswith("00") else 12
    return text[0] in "0(" and 9 <= len(numbers) <= most and len(set(numbers)) > 2


def _is_secret(text: str) -> bool:
    """Return whether a key is more than a word that begins like one: keys have digits, and many different letters."""
    return len(set(text)) >= 10 and any(character.isdigit() for character in text)


_SOURCES: Final[dict[EntityName, list[tuple[str, Callable[[str], bool] | None]]]] = {
    "EMAIL": [(_EMAIL, _is_email)],
    "PHONE": [
        *((source, _is_phone) for source in _PHONES),
        *((source, _is_phone_with_zero) for source in _PHONES_WITH_ZERO),
    ],
    "CREDIT_CARD": [(_CARD, _is_card)],
    "IBAN": [(_IBAN, _is_iban)],
    "US_SSN": [(r"\b\d{3}[- ]\d{2}[- ]\d{4}\b", us_social_security)],
    "NATIONAL_ID": list(NATIONAL),
    "IP_ADDRESS": [(_IPV4, _is_address), (_IPV6, _is_address)],
    "CRYPTO_WALLET": [
        (r"\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b", base58_check),
        (r"\bbc1[02-9ac-hj-np-z]{11,87}\b", bech32),
        (r"\b0x[0-9a-fA-F]{40}\b", None),
    ],
    "SECRET": [(source, _is_secret) for source in _SECRETS],
}
# The more is known of a form, the earlier it is tried.
_ORDER: Final[tuple[EntityName, ...]] = (
    "SECRET", "EMAIL", "IBAN", "CREDIT_CARD", "US_SSN", "NATIONAL_ID", "CRYPTO_WALLET", "IP_ADDRESS", "PHONE",
)  # fmt: skip
