"""`prompt-injection-guard`: texts written by hand and apart from its rules, and attacks among them in disguise."""

from __future__ import annotations

import base64
import codecs
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import yaml

from benchmarks.accuracy import DATA, Sample
from routeiq_builtin_plugins.prompt_injection_guard.config import Config

PLUGIN: Final = "prompt-injection-guard"
CONFIG: Final[Mapping[str, Any]] = {}
TOOL: Final = "[tool result]\n"
_SEED: Final = 20260
_DISGUISED: Final = ("override", "extraction", "jailbreak")
_LEET: Final = str.maketrans("aeiost", "431057")
_CYRILLIC: Final = str.maketrans("aceopxyi", "асеорхуі")
DISGUISES: Final[Mapping[str, Callable[[str], str]]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent, some": lambda text: quote(text),
    "entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "escapes": lambda text: "".join(f"\\u{ord(one):04x}" if ord(one) < 0x10000 else one for one in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "tags": lambda text: "Nice!" + "".join(chr(0xE0000 + ord(one)) for one in text if one.isascii()),
    "zero-width": lambda text: "\u200b".join(text),
    "full-width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "lookalikes": lambda text: text.translate(_CYRILLIC),
    "leetspeak": lambda text: text.lower().translate(_LEET),
    "letter by letter": lambda text: "   ".join(" ".join(word) for word in text.split()),
}
"""What is done to an attack, by name."""


def samples() -> Iterable[Sample]:
    """Return the texts that the rules were not made with."""
    return _samples(0)


def development() -> Iterable[Sample]:
    """Return the texts that the rules were made with."""
    return _samples(1)


def _samples(first: int) -> Iterator[Sample]:
    """Yield every second text of each group, and of some families each in one disguise."""
    written = yaml.safe_load((DATA / f"{PLUGIN}.yaml").read_text(encoding="utf-8"))
    chance = random.Random(_SEED)
    for family, texts in written["attacks"].items():
        for text in texts[first::2]:
            yield Sample(text, ("injection",), family)
    for family in _DISGUISED:
        for text in written["attacks"][family][first::2]:
            disguise = chance.choice(list(DISGUISES.values()))
            yield Sample(disguise(text), ("injection",), "of these, in disguise")
    for group, texts in written["harmless"].items():
        for text in texts[first::2]:
            yield Sample(text, (), group)


def detector() -> Callable[[str], Iterable[str]]:
    """Return what tells whether the plugin, with its defaults, refuses a text."""
    config = Config()

    def detect(text: str) -> Iterable[str]:
        untrusted = text.startswith(TOOL)
        policy = config.untrusted if untrusted else config.user
        verdict = config.scanner.scan(text.removeprefix(TOOL), untrusted=untrusted)
        return ["injection"] if verdict.score >= policy.block_at else []

    return detect
