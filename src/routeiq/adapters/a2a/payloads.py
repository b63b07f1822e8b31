"""Where in a result an agent's words stand: its messages, its tasks, and the events of a stream that update them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .forms import SHAPES, Form, Json, Shape, to_current, to_wire

# The members of what 1.0 and 0.3's HTTP+JSON answer with: one of them is there. Some clients' parsers also take
# `status_update`, or ignore case.
_MEMBERS: Final[Mapping[str, Shape]] = {
    "task": "task",
    "message": "message",
    "msg": "message",
    "statusupdate": "status_update",
    "artifactupdate": "artifact_update",
}


class Payload:
    """One thing that an agent said, at its place in a document.

    Attributes:
        shape: What it is; None for what could not be recognised, which plugins see as it is.
    """

    __slots__ = ("_form", "_holder", "_key", "shape")

    def __init__(self, holder: Any, key: Any, shape: Shape | None, form: Form) -> None:
        self.shape = shape
        self._holder = holder
        self._key = key
        # What says of itself that it is of 0.3 is so, whatever the request was.
        self._form = Form.KIND if "kind" in holder[key] else form

    @property
    def current(self) -> Json:
        """It in the form of 1.0."""
        value: Json = self._holder[self._key]
        return value if self.shape is None else to_current(value, self.shape, self._form)

    def replace(self, value: Json) -> None:
        """Put another one in its place in the document, given in the form of 1.0."""
        self._holder[self._key] = value if self.shape is None else to_wire(value, self.shape, self._form)


def payloads(holder: Json, key: str, form: Form, *, answers: bool) -> list[Payload] | None:
    """Return what the agent said in `holder[key]`, a result or the data of an event.

    Args:
        answers: Whether it is known to hold something: then what is not recognised is taken as a whole.

    Returns:
        None: it ought to hold something, and is not even an object.
    """
    value = holder.get(key)
    if not isinstance(value, dict):
        return None if answers else []
    told = _told(value)
    if told is not None:
        return [Payload(holder, key, told, form)]
    whole = _shape(value)
    found = list(_members(value, form))
    if found or isinstance(value.get("tasks"), list):
        return found
    return [Payload(holder, key, whole, form)] if answers or whole is not None else []


def _members(value: Json, form: Form) -> Iterator[Payload]:
    for name, member in value.items():
        shape = _MEMBERS.get(name.lower().replace("_", ""))
        if shape is not None and isinstance(member, dict):
            yield Payload(value, name, shape, form)
    tasks = value.get("tasks")
    if isinstance(tasks, list):
        for number, task in enumerate(tasks):
            if isinstance(task, dict):
                yield Payload(tasks, number, "task", form)


def _told(value: Json) -> Shape | None:
    """Return what an object of 0.3 says that it is."""
    kind = value.get("kind")
    return SHAPES.get(kind) if isinstance(kind, str) else None


def _shape(value: Json) -> Shape | None:
    """Return what an object is that stands for itself, by the fields that only it has."""
    if isinstance(value.get("artifact"), dict):
        return "artifact_update"
    if isinstance(value.get("status"), dict) or any(
        isinstance(value.get(key), list) for key in ("artifacts", "history")
    ):
        return "task"
    if any(isinstance(value.get(key), list) for key in ("parts", "content")) and "role" in value:
        return "message"
    return None
