"""What of contents may be written: secrets taken away, texts cut.

Secrets go before texts are cut, so that half of one can never be what is left. Patterns are RE2's, whose time is linear
in the text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from ..matching import regexp

REDACTED: Final = "[REDACTED]"
_REDACTED: Final = REDACTED.encode()
CUT: Final = "[...]"
DEEPEST: Final = 32
"""How deep values are followed; what lies deeper is not written."""


class Redactor:
    """Takes values of secret keys and what fits patterns away, and cuts texts."""

    def __init__(self, keys: Collection[str], max_text: int, patterns: Collection[str] = ()) -> None:
        """Make one.

        Args:
            keys: Names of members; case, `-` and `_` do not matter.
            max_text: How many characters of a text stay.
            patterns: What is taken out of texts.

        Raises:
            PatternError: One of them is no pattern.
        """
        self._patterns = [regexp(pattern) for pattern in patterns]
        self._keys = frozenset(map(_plain, keys))
        self._max_text = max_text

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return a value of JSON as it may be written."""
        if isinstance(value, str):
            return self.cut(value)
        if value is None or isinstance(value, int | float):
            return value
        if depth >= DEEPEST:
            return CUT
        if isinstance(value, Mapping):
            return {
                str(key): REDACTED if _plain(str(key)) in self._keys else self.value(one, depth + 1)
                for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(one, depth + 1) for one in value]
        return type(value).__name__

    def json_text(self, text: Any) -> Any:
        """Return what a text of JSON says; of one that is none, such as a half of one, nothing if it names a secret."""
        if not isinstance(text, str):
            return self.value(text)
        try:
            return self.value(json.loads(text, parse_constant=str))
        except (ValueError, RecursionError):
            plain = _plain(text)
            return REDACTED if any(key in plain for key in self._keys) else self.cut(text)

    def cut(self, text: str) -> str:
        """Return a text without what fits the patterns, or the beginning of a longer one."""
        if self._patterns:
            data = text.encode("utf-8", "replace")
            for pattern in self._patterns:
                data = pattern.sub(_REDACTED, data)
            text = data.decode("utf-8", "replace")
        return text if len(text) <= self._max_text else text[: self._max_text] + CUT


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
