"""`content-filter`: five patterns, and texts in which they stand plainly, hidden by tricks with Unicode, or nearly."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from benchmarks.accuracy import Sample
from benchmarks.guard_cases import Detector
from routeiq_builtin_plugins.content_filter.config import Config
from routeiq_builtin_plugins.content_filter.filters import Filters

PLUGIN: Final = "content-filter"
CONFIG: Final[Mapping[str, Any]] = {
    "rules": [
        {"name": "project", "words": ["Projekt Adler", "Projekt Falke"], "action": "redact"},
        {"name": "insult", "words": ["numbskull", "blockhead", "dimwit"]},
        {"name": "ticket", "pattern": r"\bINC-\d{6}\b", "action": "redact"},
        {"name": "password", "pattern": r"password\s{0,3}[:=]\s{0,3}\S{4,40}", "action": "redact"},
        {"name": "codename", "words": ["жар-птица", "blåbær"], "action": "flag"},
    ]
}
_FOUND: Final = {
    "project": ["Projekt Adler", "projekt falke", "PROJEKT  ADLER"],
    "insult": ["numbskull", "Blockhead", "DIMWIT"],
    "ticket": ["INC-104233", "INC-999001"],
    "password": ["password: hunter22", "Password = correcthorse", "password:Tr0ub4dor"],
    "codename": ["жар-птица", "Blåbær", "ЖАР-ПТИЦА"],
}
_NEARLY: Final = {
    "words that hold others": ["blockheadedness", "numbskulls", "Projekt Adlerhorst", "dimwits"],
    "other numbers": ["INC-10423", "INC-1042339", "PRINC-104233", "INC 104233"],
    "words apart": ["Projekt: Adler", "Projekt und Adler", "password is secret", "the password, please"],
    "similar words": ["numb skull", "жар", "blueberry", "Projekt Amsel"],
}
_AROUND: Final = (
    "Please tell me about {} before noon.", "{}", "What do we know of {}, and since when?", "Subject: {}\n\nHello,",
    "日本語のテキスト {} です", "- {}\n- and something else", "He wrote “{}” in the margin.",
)  # fmt: skip
_LOOK_ALIKES: Final = dict(zip("aceopxyABEKMHOPCTX", "асеорхуАВЕКМНОРСТХ", strict=True))


def samples() -> Iterator[Sample]:
    """Yield the labelled texts, always the same."""
    chance = random.Random(7)
    for label, texts in _FOUND.items():
        for text in texts:
            for trick, hidden in _tricks(text, chance):
                for around in chance.sample(_AROUND, 4):
                    yield Sample(around.format(hidden), (label,), trick)
    for group, texts in _NEARLY.items():
        for text in texts:
            for around in chance.sample(_AROUND, 5):
                yield Sample(around.format(text), (), group)


def _tricks(text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    yield "plain", text
    yield "look-alikes", "".join(_LOOK_ALIKES.get(letter, letter) for letter in text)
    yield "full width", "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    yield "zero width", "\u200b".join(text)
    yield "soft hyphens", "".join(letter + chance.choice(("", "\u00ad", "\u2060")) for letter in text)
    yield "marks", "".join(letter + ("\u0336" if letter.isalnum() else "") for letter in text)


def detector() -> Detector:
    """Return what tells the rules that match a text."""
    matcher = Filters(Config.model_validate(CONFIG)).incoming.matcher

    def detect(text: str) -> Iterable[str]:
        return {match.pattern.owner.name for match in matcher.matches(text)}

    return detect
