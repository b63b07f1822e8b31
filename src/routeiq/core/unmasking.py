"""Puts secrets back in the places of their masks, where it is certain which secret a mask stands for.

A secret that went to another place than its own would be given away. So an entry of a list that can be told neither by
what it says nor by its place is an error, and the secret has to be written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .config_trees import Tree, revealed, same, shown
from .masking import MASK, PASSWORD_IN_URL
from .problems import FieldPath

_MASK_IN_URL: Final = re.compile(rf"(?<=://)([^/@\s:]*):{re.escape(MASK)}@")


class MaskError(ValueError):
    """A mask that stands for no secret, or nobody knows for which; `path` is its place."""

    def __init__(self, path: FieldPath, reason: str) -> None:
        self.path = path
        super().__init__(f"has a mask, and {reason}: write the secret itself")


def unmasked(value: Any, tree: Tree, path: FieldPath) -> Any:
    """Return an edited value with the secrets in it that its masks stand for.

    Args:
        tree: What was there before the edit, with its secrets.
        path: Where the value stands, for errors.

    Raises:
        MaskError: for a mask whose secret is not known.
    """
    if same(value, shown(tree)):
        return revealed(tree)
    if isinstance(value, Mapping):
        before = tree if isinstance(tree, Mapping) else {}
        return {name: unmasked(inner, before.get(name), (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return _entries(value, tree if isinstance(tree, list) else [], path)
    return _text(value, tree, path) if isinstance(value, str) else value


def _entries(values: list[Any], before: list[Tree], path: FieldPath) -> list[Any]:
    alike = [[old for old in before if same(shown(old), value)] for value in values]
    kept_places = len(values) == len(before) and not any(
        found and not same(value, shown(old)) for value, old, found in zip(values, before, alike, strict=True)
    )
    result = []
    for position, (value, found) in enumerate(zip(values, alike, strict=True)):
        here = (*path, position)
        if not _has_mask(value):
            result.append(value)
        elif kept_places:
            result.append(unmasked(value, before[position], here))
        elif found and _all_same(map(revealed, found)):
            result.append(revealed(found[0]))
        else:
            raise MaskError(here, "it is not certain of which of the entries that were there")
    return result


def _text(value: str, tree: Tree, path: FieldPath) -> str:
    if value == MASK:
        raise MaskError(path, "there is no secret that it could stand for")
    old = revealed(tree)
    known = dict(PASSWORD_IN_URL.findall(old)) if isinstance(old, str) else {}

    def password(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise MaskError(path, "there is no password that it could stand for")
        return f"{match[1]}:{known[match[1]]}@"

    return _MASK_IN_URL.sub(password, value)


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_mask, value.values()))
    if isinstance(value, list):
        return any(map(_has_mask, value))
    return isinstance(value, str) and (value == MASK or _MASK_IN_URL.search(value) is not None)


def _all_same(values: Iterable[Any]) -> bool:
    first, *others = values
    return all(same(first, other) for other in others)
