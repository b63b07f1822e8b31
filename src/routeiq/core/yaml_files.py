"""Settings and configurations in YAML: read with limits, and with the line of each key for messages about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import ConfigurationError, Problem

LARGEST: Final = 1 << 20
"""Bytes of a file that are read."""
MOST_NODES: Final = 100_000
"""Values that a file may hold once its anchors are expanded: a few lines can stand for gigabytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """The mapping that a file holds, and where its keys stand.

    Attributes:
        lines: The line of each key by its dotted path; entries of lists are counted from 0.
    """

    data: dict[str, Any]
    lines: dict[str, int]

    def line(self, field: str) -> int | None:
        """Return the line of a key by its dotted path, or of the nearest key above it."""
        while field and field not in self.lines:
            field = field.rpartition(".")[0]
        return self.lines.get(field)


def load_yaml(path: Path) -> Document:
    """Return a file's mapping; an empty file is an empty one.

    Raises:
        ConfigurationError: if the file cannot be read, is too large, is no YAML, repeats a key, or holds no mapping.
    """
    return parse_yaml(read_text(path), path)


def read_text(path: Path) -> str:
    """Return a file's text. Raises ConfigurationError if it cannot be read, is too large, or is not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise _wrong(path, f"is longer than {LARGEST} bytes, which is the most that is read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(path, f"is not UTF-8: byte {error.start} cannot be decoded") from None


def parse_yaml(text: str, path: Path) -> Document:
    """Return the mapping that a text holds. Raises ConfigurationError as `load_yaml` does."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None or root.tag == "tag:yaml.org,2002:null":
            return Document({}, {})
        survey = _Survey(path)
        survey.visit(root, "")
        # Only now, since constructing is what costs: an anchor bomb is small until then.
        data = loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
        raise ConfigurationError([Problem(where, "", f"is no YAML: {problem}")]) from None
    except RecursionError:
        raise _wrong(path, "is nested too deeply") from None
    except ValueError as error:  # a date such as 2025-13-01
        raise _wrong(path, f"holds a value that cannot be: {error}") from None
    if not isinstance(data, dict):
        raise _wrong(path, f"must hold keys and values, not a {type(data).__name__}")
    for key in data:
        if not isinstance(key, str):
            raise _wrong(path, f"the key {key!r} must be text: put it in quotes")
    return Document(data, survey.lines)


class _Survey:
    """Walks a file's nodes before anything is made of them: notes lines, counts, and refuses repeated keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}
        self._left = MOST_NODES
        self._above: set[int] = set()

    def visit(self, node: yaml.Node, dotted: str) -> None:
        self._left -= 1
        if self._left < 0:
            raise _wrong(self.path, f"stands for more than {MOST_NODES} values, once its anchors are expanded")
        if id(node) in self._above:
            raise _wrong(self.path, "contains itself: an anchor is used inside what it names")
        self._above.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, dotted)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._entry(_below(dotted, str(position)), value.start_mark.line, value)
        self._above.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, dotted: str) -> None:
        seen = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            below = _below(dotted, name)
            if name in seen and name != "<<":
                line = key.start_mark.line + 1
                where = f"{self.path}, line {line}"
                raise ConfigurationError([Problem(where, below, "stands twice: remove one of them")])
            seen.add(name)
            self._entry(below, key.start_mark.line, value)

    def _entry(self, dotted: str, line: int, value: yaml.Node) -> None:
        self.lines.setdefault(dotted, line + 1)
        self.visit(value, dotted)


def _wrong(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError([Problem(str(path), "", message)])


def _below(dotted: str, name: str) -> str:
    return f"{dotted}.{name}" if dotted else name
