"""`pii-guard`: values as people of several countries write them, in sentences; and numbers that are none of these.

Some of the forms are ones that the plugin does not look for, since other numbers are written like that too.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from benchmarks.accuracy import Sample
from benchmarks.guard_cases import Detector
from routeiq_builtin_plugins.matching import Matcher
from routeiq_builtin_plugins.pii_guard.checksums import luhn, verhoeff
from routeiq_builtin_plugins.pii_guard.entities import ENTITIES, patterns

PLUGIN: Final = "pii-guard"
CONFIG: Final[Mapping[str, Any]] = {}
_AROUND: Final = (
    "Please write to {} if anything is unclear.", "{}", "My number is {}, thank you.", "Name: A. Example\nData: {}\n",
    "It says “{}” on the form.", "Kannst du {} bitte prüfen?", "Voici: {}.", "請看 {} 。", "- first\n- {}\n- last",
    '{{"value": "{}"}}', "({})", "see {} / next",
)  # fmt: skip
_NAMES: Final = ("ana", "j.doe", "mary_ann", "o'neil", "k.müller", "lee+news", "x", "first.last-name", "1234", "info")
_DOMAINS: Final = ("example.com", "mail.example.org", "example.co.uk", "sub.dept.example.edu", "example.museum")
_PHONES: Final = (
    "+1 212 555 01##", "+1-212-555-01##", "+1 (212) 555-01##", "(212) 555-01##", "212-555-01##", "212.555.01##",
    "1-800-555-01##", "+12125550###", "+44 20 7946 0###", "020 7946 0###", "+44 7700 900###", "07700 900###",
    "+49 30 23125 ###", "030 23125###", "+49 (0)30 23125###", "0171 39200##", "0171/39200##", "+33 1 99 00 ## ##",
    "01 99 00 ## ##", "01.99.00.##.##", "+91 98765 43###", "+55 11 91234-5###", "+81 3-1234-5###", "03-1234-5###",
    "+61 2 5550 ####", "+39 06 1234 5###", "+34 612 345 ###", "0044 20 7946 0###",
    "212555####", "612 345 ###", "138 1234 5###", "(11) 91234-5###",
)  # fmt: skip
_CARDS: Final = (("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3528", 16), ("36", 14))
_IBANS: Final = {
    "DE": "N18", "GB": "A4N14", "FR": "N10X11N2", "ES": "N20", "IT": "A1N10X12", "NL": "A4N10", "PL": "N24",
    "NO": "N11",
}  # fmt: skip
_SECRETS: Final = (("sk-", 32), ("ghp_", 36), ("glpat-", 20), ("sk_live_", 24), ("AIza", 35), ("hf_", 34))
_NEVER: Final = ("000-12-3456", "666-45-6789", "912-34-5678", "123-00-4567")
_TIMES: Final = ("2026-##-## 1#:##:##", "1#/0#/2026", "20260###T1#####Z", "17########", "1#:##:##")
_RANGES: Final = ("1990-1995", "10-12-14", "pp. 100-200", "3.14159265358979", "40.7128, -74.0060")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORD: Final = _LETTERS + _LETTERS.lower() + "0123456789"


def samples() -> Iterator[Sample]:
    """Yield the labelled texts, always the same."""
    chance = random.Random(11)
    for entity, make, count in _POSITIVE:
        for _ in range(count):
            value = make(chance)
            yield Sample(chance.choice(_AROUND).format(value), (f"{entity}:{value}",), entity)
    for group, make, count in _NEGATIVE:
        for _ in range(count):
            yield Sample(chance.choice(_AROUND).format(_filled(chance, make(chance))), (), group)
    for _ in range(60):
        several = [(entity, make(chance)) for entity, make, _ in chance.sample(_POSITIVE, 3)]
        text = "; ".join(f"{chance.choice(('for', 'and', 'new'))} {value}" for _, value in several)
        yield Sample(text, tuple(f"{entity}:{value}" for entity, value in several), "several")


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _filled(chance: random.Random, form: str) -> str:
    return "".join(chance.choice("0123456789") if letter == "#" else letter for letter in form)


def _email(chance: random.Random) -> str:
    name = chance.choice(_NAMES)
    return f"{name.replace('ü', 'ue') if chance.random() < 0.5 else name}@{chance.choice(_DOMAINS)}"


def _phone(chance: random.Random) -> str:
    return _filled(chance, chance.choice(_PHONES))


def _checked(body: str, sound: Callable[[list[int]], bool]) -> str:
    return next(body + last for last in "0123456789" if sound([int(digit) for digit in body + last]))


def _card_number(chance: random.Random) -> str:
    prefix, length = chance.choice(_CARDS)
    return _checked(prefix + _digits(chance, length - len(prefix) - 1), luhn)


def _grouped_card(number: str, chance: random.Random) -> str:
    sizes = (4, 4, 4, 4) if len(number) == 16 else (4, 6, 5) if len(number) == 15 else (4, 6, 4)
    separator = chance.choice((" ", "-", ""))
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return separator.join(parts)


def _card(chance: random.Random) -> str:
    return _grouped_card(_card_number(chance), chance)


def _iban(chance: random.Random) -> str:
    country = chance.choice(sorted(_IBANS))
    form, body = _IBANS[country], ""
    for kind, size in _parts(form):
        letters = {"N": "0123456789", "A": _LETTERS, "X": _LETTERS + "0123456789"}[kind]
        body += "".join(chance.choice(letters) for _ in range(size))
    number = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
    made = f"{country}{98 - number % 97:02d}{body}"
    return made if chance.random() < 0.5 else " ".join(made[at : at + 4] for at in range(0, len(made), 4))


def _parts(form: str) -> Iterator[tuple[str, int]]:
    kind, size = "", ""
    for letter in f"{form} ":
        if letter.isdigit():
            size += letter
            continue
        if kind:
            yield kind, int(size)
        kind, size = letter, ""


def _ssn(chance: random.Random) -> str:
    return f"{chance.randint(100, 665):03d}-{chance.randint(1, 99):02d}-{chance.randint(1, 9999):04d}"


def _national(chance: random.Random) -> str:
    makers = (_spanish, _french, _brazilian, _indian, _swedish, _british, _finnish)
    return chance.choice(makers)(chance)


def _spanish(chance: random.Random) -> str:
    number = _digits(chance, 8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def _french(chance: random.Random) -> str:
    number = f"{chance.choice('12')}{_digits(chance, 2)}{chance.randint(1, 12):02d}75{_digits(chance, 6)}"
    key = f"{97 - int(number) % 97:02d}"
    return f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:]} {key}"


def _brazilian(chance: random.Random) -> str:
    numbers = [int(digit) for digit in _digits(chance, 8) + "7"]
    for _ in range(2):
        total = sum(digit * weight for digit, weight in zip(numbers, range(len(numbers) + 1, 1, -1), strict=True))
        numbers.append(total * 10 % 11 % 10)
    plain = "".join(map(str, numbers))
    return f"{plain[:3]}.{plain[3:6]}.{plain[6:9]}-{plain[9:]}"


def _indian(chance: random.Random) -> str:
    number = _checked(chance.choice("23456789") + _digits(chance, 10), verhoeff)
    return f"{number[:4]} {number[4:8]} {number[8:]}"


def _date(chance: random.Random) -> tuple[str, str, str]:
    return f"{chance.randint(50, 99)}", f"{chance.randint(1, 12):02d}", f"{chance.randint(1, 28):02d}"


def _swedish(chance: random.Random) -> str:
    number = _checked("".join(_date(chance)) + _digits(chance, 3), luhn)
    return f"{number[:6]}-{number[6:]}"


def _british(chance: random.Random) -> str:
    return f"{chance.choice('ABCEGHJ')}{chance.choice('ABCEGHJ')} ## ## ## {chance.choice('ABCD')}".replace(
        "##", _digits(chance, 2)
    )


def _finnish(chance: random.Random) -> str:
    year, month, day = _date(chance)
    serial = _digits(chance, 3)
    return f"{day}{month}{year}-{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(day + month + year + serial) % 31]}"


def _address(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113', '10.20.30'))}.{chance.randint(1, 254)}"
    return f"2001:db8:{chance.randint(1, 9999):x}::{chance.randint(1, 65535):x}:{chance.randint(1, 65535):x}"


def _wallet(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return "0x" + "".join(chance.choice("0123456789abcdef") for _ in range(40))
    payload = b"\x00" + chance.randbytes(20)
    number = int.from_bytes(payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4], "big")
    made = ""
    while number:
        number, rest = divmod(number, 58)
        made = _BASE58[rest] + made
    return f"1{made}"


def _secret(chance: random.Random) -> str:
    prefix, length = chance.choice(
        (("sk-", 32), ("ghp_", 36), ("glpat-", 20), ("sk_live_", 24), ("AIza", 35), ("hf_", 34))
    )
    return prefix + "0" + "".join(chance.choice(_WORD) for _ in range(length - 1))


def _version(chance: random.Random) -> str:
    return chance.choice(("v{}", "version {}", "Version: {}")).format(".".join(_digits(chance, 4)))


def _near_card(chance: random.Random) -> str:
    number = _card_number(chance)
    return _grouped_card(number[:-1] + str((int(number[-1]) + chance.randint(1, 9)) % 10), chance)


def _near_iban(chance: random.Random) -> str:
    iban = _iban(chance)
    return iban[:-1] + str((int(iban[-1], 36) + chance.randint(1, 9)) % 10)


_POSITIVE: Final = (
    ("EMAIL", _email, 80), ("PHONE", _phone, 160), ("CREDIT_CARD", _card, 80), ("IBAN", _iban, 80),
    ("US_SSN", _ssn, 40),
    ("NATIONAL_ID", _national, 120), ("IP_ADDRESS", _address, 60), ("CRYPTO_WALLET", _wallet, 40),
    ("SECRET", _secret, 60),
)  # fmt: skip
_NEGATIVE: Final = (
    ("order numbers", lambda c: c.choice(("", "ORD-", "No. ")) + _digits(c, c.choice((6, 8, 10, 12, 16))), 120),
    ("cards with a wrong digit", _near_card, 60),
    ("accounts with a wrong digit", _near_iban, 60),
    ("numbers that were never issued", lambda c: c.choice(_NEVER), 8),
    ("versions", _version, 40),
    ("hashes", lambda c: hashlib.sha256(c.randbytes(8)).hexdigest()[: c.choice((7, 40, 64))], 40),
    ("uuids", lambda c: str(uuid.UUID(bytes=c.randbytes(16))), 40),
    ("times", lambda c: c.choice(_TIMES), 40),
    ("prices", lambda c: c.choice(("$1,2##.50", "€ 12.###,00", "1 2## ### JPY", "0.00001###", "1.2##.###,##")), 30),
    ("books", lambda c: c.choice(("978-3-16-14####-#", "97831614####0", "ISSN 2049-363#")), 30),
    ("hardware", lambda c: ":".join(c.randbytes(1).hex() for _ in range(6)), 20),
    ("code", lambda c: c.choice(("x = [1, 2, 3][0:2]", "@decorator", "user@localhost", "std::vector<int>", "a::b::c",
                                 "sk-learn", "sk-toggleable__content", "git@host:repo", "127.0.0.1:8080")), 40),
    ("ranges", lambda c: c.choice(_RANGES), 30),
)  # fmt: skip


def detector() -> Detector:
    """Return what tells the entities in a text, each with what it is."""
    matcher = Matcher(patterns(ENTITIES), 64)

    def detect(text: str) -> Iterable[str]:
        end = 0
        for match in matcher.matches(text):
            if match.start >= end:  # as in the plugin, what begins first counts
                end = match.end
                yield f"{match.pattern.owner}:{text[match.start : match.end]}"

    return detect
