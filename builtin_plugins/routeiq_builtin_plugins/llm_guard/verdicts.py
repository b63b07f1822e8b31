"""What the model that judges has answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .prompts import Template

_CATEGORY: Final = re.compile(r"\bS\d{1,3}\b")
_WORD: Final = re.compile(r"\W*(yes|no)\W*", re.IGNORECASE)


class UnreadableVerdict(ValueError):
    """The answer says neither that a text is safe nor that it is not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text violates the policy, and the categories that it violates, as far as they are named."""

    unsafe: bool
    categories: tuple[str, ...] = ()


SAFE: Final = Verdict(False)


def read(template: Template, answer: str, thresholds: Mapping[str, float]) -> Verdict:
    """Return the verdict in an answer. Raises UnreadableVerdict if there is none."""
    if template in ("llama-guard", "llama-guard-text"):
        return _llama_guard(answer)
    if template == "moderation":
        return _moderation(_document(answer), thresholds)
    word = _WORD.fullmatch(answer)
    if word is not None:
        return Verdict(word[1].lower() == "yes")
    return _json(_document(answer))


def _llama_guard(answer: str) -> Verdict:
    """Read `safe`, or `unsafe` with a line of categories."""
    first, _, rest = answer.strip().partition("\n")
    word = first.strip().lower()
    if word == "safe":
        return SAFE
    if word != "unsafe":
        raise UnreadableVerdict("the first line is neither 'safe' nor 'unsafe'")
    return Verdict(True, tuple(dict.fromkeys(_CATEGORY.findall(rest.upper()))))


def _json(document: Mapping[str, Any]) -> Verdict:
    unsafe = document.get("unsafe")
    if isinstance(unsafe, str) and unsafe.lower() in ("true", "yes", "false", "no"):
        unsafe = unsafe.lower() in ("true", "yes")
    if not isinstance(unsafe, bool):
        raise UnreadableVerdict("'unsafe' is neither true nor false")
    given = document.get("categories")
    listed = [one for one in given if isinstance(one, str) and one] if isinstance(given, list) else []
    return Verdict(True, tuple(dict.fromkeys(listed))) if unsafe else SAFE


def _moderation(document: Mapping[str, Any], thresholds: Mapping[str, float]) -> Verdict:
    """Read an object of OpenAI's moderation, or the answer around it."""
    results = document.get("results")
    if isinstance(results, list) and results and isinstance(results[0], dict):
        document = results[0]
    categories, scores = document.get("categories"), document.get("category_scores")
    if not isinstance(document.get("flagged"), bool) and not isinstance(categories, dict):
        raise UnreadableVerdict("there is neither 'flagged' nor 'categories'")
    found = {name for name, hit in categories.items() if hit is True} if isinstance(categories, dict) else set()
    known = scores if isinstance(scores, dict) else {}
    for name, threshold in thresholds.items():
        score = known.get(name)
        if not isinstance(score, int | float) or isinstance(score, bool):
            raise UnreadableVerdict(f"there is no score of {name!r}, for which a threshold is set")
        found.discard(name)
        if score >= threshold:
            found.add(name)
    # What is flagged for nothing but what a threshold has cleared is not.
    flagged = document.get("flagged") is True and not (isinstance(categories, dict) and any(categories.values()))
    return Verdict(True, tuple(sorted(found))) if found or flagged else SAFE


def _document(answer: str) -> Mapping[str, Any]:
    """Return the JSON object in an answer, whatever stands around it."""
    begin, end = answer.find("{"), answer.rfind("}")
    try:
        document = json.loads(answer[begin : end + 1]) if begin >= 0 else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise UnreadableVerdict("there is no JSON object")
    return document
