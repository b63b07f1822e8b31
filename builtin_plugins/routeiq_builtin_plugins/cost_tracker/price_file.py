"""A file of prices: YAML or JSON, in the form of the configuration or in that of LiteLLM's price map."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from .prices import Price

_PRICES: Final = TypeAdapter(tuple[Price, ...])
_MILLION: Final = 1_000_000
_THEIRS: Final = (
    ("input", "input_cost_per_token"),
    ("output", "output_cost_per_token"),
    ("cached_input", "cache_read_input_token_cost"),
    ("reasoning", "output_cost_per_reasoning_token"),
)


class InvalidPrices(ValueError):
    """A file of prices cannot be read; its text says which, and why."""


class PriceFile:
    """One file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> tuple[Price, ...] | None:
        """Return the prices if the file is another one than last time, else None. Blocks.

        Raises:
            InvalidPrices: It cannot be read, or is no file of prices; it is read again once it has changed.
        """
        try:
            status = self.path.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen == self._seen:
                return None
            self._seen = seen
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidPrices(f"the file of prices {self.path} cannot be read: {error}") from error
        return parsed(text, self.path)


def parsed(text: str, path: Path) -> tuple[Price, ...]:
    """Return the prices of a file's text. Raises InvalidPrices."""
    try:
        document = yaml.safe_load(text)  # which reads JSON too
    except yaml.YAMLError as error:
        raise InvalidPrices(f"the file of prices {path} is neither YAML nor JSON: {error}") from None
    if isinstance(document, Mapping) and "prices" in document:
        document = document["prices"]
    elif isinstance(document, Mapping):
        document = [_converted(str(model), entry) for model, entry in document.items() if _is_priced(entry)]
    try:
        return _PRICES.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        message = f"{first['msg']} ({error.error_count()} problems)"
        raise InvalidPrices(f"the file of prices {path} is wrong at {where}: {message}") from None


def _is_priced(entry: Any) -> bool:
    return isinstance(entry, Mapping) and entry.get("input_cost_per_token") is not None


def _converted(model: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of LiteLLM's map, whose prices are for one token."""
    found: dict[str, Any] = {"model": model}
    for ours, theirs in _THEIRS:
        if entry.get(theirs) is not None:
            found[ours] = Decimal(str(entry[theirs])) * _MILLION
    return found
