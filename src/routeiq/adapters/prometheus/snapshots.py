"""What one process counted until now, as a value that others can add to theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .families import Family, merge


@dataclass(slots=True)
class Snapshot:
    """The families of a process, or of several together.

    Attributes:
        families: By name.
        last_errors: The latest failure of each plugin (first) in each hook (second) that failed.
    """

    families: dict[str, Family] = field(default_factory=dict)
    last_errors: dict[tuple[str, str], str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "families": [family.to_dict() for family in self.families.values()],
            "last_errors": [[plugin, hook, error] for (plugin, hook), error in self.last_errors.items()],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Snapshot:
        """Return the snapshot that a document describes."""
        families = [Family.from_dict(one) for one in document["families"]]
        last_errors = {(plugin, hook): error for plugin, hook, error in document["last_errors"]}
        return cls({family.name: family for family in families}, last_errors)


def merged(living: Iterable[Snapshot], ended: Iterable[Snapshot] = ()) -> Snapshot:
    """Return what processes counted together. Of those that have ended only totals count."""
    together = Snapshot()
    for one in living:
        merge(together.families, list(one.families.values()))
        together.last_errors = {**one.last_errors, **together.last_errors}
    for one in ended:
        merge(together.families, list(one.families.values()), totals_only=True)
    return together
