"""Settings and configurations in YAML: read with limits, and with the line of each key for messages about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import ConfigurationError, Problem

LARGEST: Final = 1 << 20  # bytes of a file
MOST_NODES: Final = 100_000  # after anchors are expanded: a small file can stand for gigabytes


@dataclass(frozen=True, slots=True)
class Document:
    """The mapping that a file holds, and where its keys stand."""

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
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise _wrong(path, f"is {len(raw)} bytes long; at most {LARGEST} are read")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(path, f"is not UTF-8: byte {error.start} cannot be decoded") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Return the mapping that a text holds. Raises ConfigurationError as `load_yaml` does."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return Document({}, {})
        lines: dict[str, int] = {}
        _walk(root, "", lines, [MOST_NODES], path, ())
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise ConfigurationError([Problem(where, "", f"is no YAML: {problem}")]) from None
    except (RecursionError, ValueError) as error:
        raise _wrong(path, f"cannot be used: {error or 'nested too deeply'}") from None
    if not isinstance(data, dict):
        raise _wrong(path, f"must hold keys and values, not a {type(data).__name__}")
    wrong = [key for key in data if not isinstance(key, str)]
    if wrong:
        raise _wrong(path, f"the key {wrong[0]!r} must be text: put it in quotes")
    return Document(data, lines)


def _walk(node: yaml.Node, path: str, lines: dict[str, int], left: list[int], file: Path, above: tuple[int, ...]) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise _wrong(file, f"stands for more than {MOST_NODES} values, once its anchors are expanded")
    if id(node) in above:
        raise _wrong(file, "contains itself: an anchor is used inside what it names")
    above = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(getattr(key, "value", ""))
            dotted = f"{path}.{name}" if path else name
            line = key.start_mark.line + 1
            if name in seen and name != "<<":
                raise ConfigurationError([Problem(f"{file}, line {line}", dotted, "stands twice: remove one of them")])
            seen.add(name)
            lines.setdefault(dotted, line)
            _walk(value, dotted, lines, left, file, above)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            dotted = f"{path}.{position}" if path else str(position)
            lines.setdefault(dotted, value.start_mark.line + 1)
            _walk(value, dotted, lines, left, file, above)


def _wrong(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError([Problem(str(path), "", message)])
