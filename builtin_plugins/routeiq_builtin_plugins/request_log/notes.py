"""What is noted of a request while it runs, in its `shared`: when it came, and what its calls are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routeiq_plugin_sdk import Deployment


@dataclass(slots=True)
class CallNotes:
    """What was seen of a call.

    Attributes:
        messages: The conversation as it left, if it is to be written.
        deployment: Where its latest attempt was made.
    """

    messages: Sequence[Mapping[str, Any]] | None = None
    deployment: Deployment | None = None


@dataclass(slots=True)
class Notes:
    """What was seen of a request.

    Attributes:
        began: When it came, by `time.perf_counter`; None if that was not seen.
        calls: Its calls that have not ended, by their ids.
    """

    began: float | None = None
    calls: dict[str, CallNotes] = field(default_factory=dict)

    def of(self, call: str) -> CallNotes:
        """Return the notes of a call, new ones if there are none."""
        return self.calls.setdefault(call, CallNotes())


def notes_of(shared: dict[str, Any], plugin: str) -> Notes:
    """Return the notes in a request's `shared`, new ones if there are none."""
    notes = shared.get(plugin)
    if not isinstance(notes, Notes):
        notes = shared[plugin] = Notes()
    return notes
