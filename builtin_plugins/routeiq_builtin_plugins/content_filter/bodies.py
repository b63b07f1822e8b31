"""Bodies of requests and responses as texts: those of a JSON document, else the whole of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routeiq_plugin_sdk import JSONText, json_texts, with_json_texts


class Undecodable(ValueError):
    """The body is no UTF-8."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read.

    Attributes:
        value: What it says: JSON's value, or its text where it is no JSON.
        is_json: Which of the two.
        texts: The texts in it.
    """

    value: Any
    is_json: bool
    texts: list[JSONText]

    def with_texts(self, changed: Mapping[int, str]) -> bytes:
        """Return the body with other texts, by their number."""
        new = with_json_texts(self.value, {self.texts[number].where: text for number, text in changed.items()})
        text = json.dumps(new, ensure_ascii=False, separators=(",", ":")) if self.is_json else new
        encoded: bytes = text.encode("utf-8", "replace")  # JSON can hold halves of surrogate pairs, UTF-8 cannot
        return encoded


def body_of(body: bytes) -> Body:
    """Return what a body says. Raises Undecodable."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Undecodable(str(error)) from None
    try:
        value, is_json = json.loads(text), True
    except (ValueError, RecursionError):
        value, is_json = text, False
    return Body(value, is_json, json_texts(value))
