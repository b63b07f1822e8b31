"""What is written in a text in another form: encodings undone, to a bounded depth and size."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

from .signs import Signs

DEPTH: Final = 3
"""Encodings within each other that are undone."""
MOST_TEXTS: Final = 48
"""Texts that are made of one."""
MOST_CHARACTERS: Final = 256 * 1024
"""Characters of all of them together."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[ :,]?){10,}")
_SEPARATORS: Final = re.compile("[ :,]")
_BEYOND: Final = bytes(range(128, 256))
_ESCAPES: Final = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\u\{([0-9A-Fa-f]{1,6})\}|\\U([0-9A-Fa-f]{8})")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]+")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_LEAST: Final = 20  # letters of base64 that are looked at
_SEGMENTS: Final = 4
_ENOUGH: Final = 12  # bytes of text that are no accident
_SAMPLE: Final = 96  # characters of base64 that say whether there is a text in it


class Layer(NamedTuple):
    """A text that was found in another.

    Attributes:
        text: The text.
        signs: What `signs_in` says of it.
        how: The encodings that were undone, the outermost first: `base64`, `hex` ...; empty for the text itself.
    """

    text: str
    signs: frozenset[str]
    how: tuple[str, ...] = ()


def layers(text: str, signs: Signs) -> Iterator[Layer]:
    """Yield a text, and what is written in it in other forms; what is within that, too. It ends for every text."""
    waiting = [Layer(text, signs.of(text))]
    made, left = 0, MOST_CHARACTERS
    seen = {text}
    while waiting:
        layer = waiting.pop()
        yield layer
        if len(layer.how) >= DEPTH:
            continue
        for how, whole in _within(layer):
            if made >= MOST_TEXTS or left <= 0:
                break
            found = whole[:left]
            if found in seen:
                continue
            seen.add(found)
            made += 1
            left -= len(found)
            waiting.append(Layer(found, signs.of(found), (*layer.how, how)))


def _within(layer: Layer) -> Iterator[tuple[str, str]]:
    """Yield what stands in a text in another form, and in which."""
    text, signs = layer.text, layer.signs
    if "url" in signs:
        yield "url", unquote(text, errors="replace")
    if "html" in signs:
        yield "html", html.unescape(text)
    if "escapes" in signs:
        yield "escapes", _ESCAPES.sub(_character, text)
    if "tags" in signs:
        yield "tags", "".join(chr(ord(one) - 0xE0000) for one in "".join(_TAGS.findall(text))[:MOST_CHARACTERS])
    if "selectors" in signs:
        yield from (("selectors", decoded) for decoded in map(_selected, _SELECTORS.findall(text)) if decoded)
    if "hex" in signs:
        for found in _HEX.finditer(text):
            yield from (("hex", decoded) for decoded in map(_unhex, _digits(found[0])) if decoded)
    if "base64" in signs:
        for found in _BASE64.finditer(text):
            decoded = _base64(found[0])
            if decoded:
                yield "base64", decoded


def _selected(selectors: str) -> str | None:
    """Return the text whose bytes stand as variation selectors, which are not shown."""
    return _text(bytes(ord(one) - 0xFE00 if one < "\U000e0000" else ord(one) - 0xE0100 + 16 for one in selectors))


def _character(found: re.Match[str]) -> str:
    number = int(next(group for group in found.groups() if group), 16)
    return chr(number) if number <= 0x10FFFF else ""


def _digits(text: str) -> list[str]:
    """Return what may be hexadecimal in a stretch of it: all, and each long run, since numbers may stand beside it."""
    runs = _SEPARATORS.split(text)
    return ["".join(runs), *(run for run in runs if len(runs) > 1 and len(run) >= _LEAST)]


def _unhex(digits: str) -> str | None:
    data = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return _text(data) or _text(data.strip(_BEYOND))


def _base64(text: str) -> str | None:
    """Return the text in base64, of either alphabet; what stands before it, such as a path, may have run into it."""
    letters = text.rstrip("=").replace("-", "+").replace("_", "/")
    several = [letters, *letters.split("/", _SEGMENTS)[1:]]
    for piece in [one[skipped:] for one in several if len(one) >= _LEAST for skipped in range(4)]:
        sample = _decoded(piece[:_SAMPLE])
        if sample is not None and _text(sample, cut=True):
            whole = _decoded(piece[: MOST_CHARACTERS * 2])
            return None if whole is None else _text(whole, cut=True)
    return None


def _decoded(letters: str) -> bytes | None:
    usable = letters if len(letters) % 4 != 1 else letters[:-1]
    try:
        return base64.b64decode(usable + "=" * (-len(usable) % 4))
    except (binascii.Error, ValueError):
        return None


def _text(data: bytes, cut: bool = False) -> str | None:
    """Return bytes as text if they are one: UTF-8, and nearly all of it can be shown.

    Args:
        cut: Whether what comes first is enough: more, which is none, may have run into it.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not cut or error.start < _ENOUGH:
            return None
        text = data[: error.start].decode("utf-8")
    if len(text) < 8:
        return None
    shown = sum(map(str.isprintable, text)) + text.count("\n") + text.count("\t") + text.count("\r")
    return text if shown >= 0.95 * len(text) else None
