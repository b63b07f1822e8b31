"""What is noted of a call while it runs, in its `shared`: under what its answer is kept, and how it was treated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .capture import Capture
from .question import Question
from .similarity import Direction
from .status import Status


@dataclass(slots=True)
class CallNotes:
    """What is known of a call that asks the model.

    Attributes:
        question: What it asks.
        keeps: Whether its answer is to be kept.
        direction: That of its text, if it was embedded.
        capture: What came of a stream.
    """

    question: Question
    keeps: bool
    direction: Direction | None = None
    capture: Capture | None = None


@dataclass(slots=True)
class Notes:
    """The calls of a request that have not ended, by their ids, and how the latest one of the client was treated."""

    calls: dict[str, CallNotes] = field(default_factory=dict)
    status: Status | None = None


def notes_of(shared: dict[str, Any], plugin: str) -> Notes:
    """Return the notes in a request's `shared`, new ones if there are none."""
    notes = shared.get(plugin)
    if not isinstance(notes, Notes):
        notes = shared[plugin] = Notes()
    return notes
