"""What is noted of a call while it runs, in its `shared`: what it has reserved, and where it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from routeiq_plugin_sdk import Deployment

from .reservations import Reserved


@dataclass(slots=True)
class CallNotes:
    """What one call has reserved, and where its latest attempt was made."""

    reserved: Reserved = field(default_factory=Reserved)
    deployment: Deployment | None = None


@dataclass(slots=True)
class Notes:
    """The calls of one request that have not ended, by their ids."""

    calls: dict[str, CallNotes] = field(default_factory=dict)

    def of(self, call: str) -> CallNotes:
        """Return the notes of a call, new ones if there are none."""
        return self.calls.setdefault(call, CallNotes())

    def take(self, call: str) -> CallNotes:
        """Return the notes of a call that has ended, and forget them."""
        return self.calls.pop(call, None) or CallNotes()


def notes_of(shared: dict[str, Any], plugin: str) -> Notes:
    """Return the notes in a request's `shared`, new ones if there are none."""
    notes = shared.get(plugin)
    if not isinstance(notes, Notes):
        notes = shared[plugin] = Notes()
    return notes
