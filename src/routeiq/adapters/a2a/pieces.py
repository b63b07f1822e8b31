"""Artifacts that a stream brings in pieces, put together: for agents whose settings say `whole_artifacts`.

A word that an agent splits over two updates is in neither of them. Where that matters more than to see an artifact
grow, its updates are held until the last one, and leave as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .errors import invalid_answer, too_large
from .forms import Json
from .judge import Document
from .payloads import Payload

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of the events that are held."""
_ENDED: Final = frozenset({"TASK_STATE_COMPLETED", "TASK_STATE_FAILED", "TASK_STATE_CANCELED", "TASK_STATE_REJECTED"})


class Held(NamedTuple):
    """An event that waits, or may leave."""

    frame: bytes
    document: Document


class Pieces:
    """Holds the updates of artifacts until they are complete."""

    def __init__(self) -> None:
        # By task and artifact; with the bytes of all events that went into one.
        self._held: dict[tuple[str, str], tuple[Held, int]] = {}
        self._bytes = 0

    def taken(self, frame: bytes, document: Document) -> Iterator[Held]:
        """Yield the events that may leave now that one has come.

        Raises:
            AgentError: for more than can be held.
        """
        found = document.found or []
        update = found[0] if len(found) == 1 and found[0].shape == "artifact_update" else None
        if update is None:
            if any(_is_end(payload) for payload in found):
                yield from self.rest()
            yield Held(frame, document)
            return
        yield from self._kept(frame, document, update)

    def rest(self) -> Iterator[Held]:
        """Yield what is held."""
        held, self._held, self._bytes = self._held, {}, 0
        yield from (event for event, _ in held.values())

    def _kept(self, frame: bytes, document: Document, update: Payload) -> Iterator[Held]:
        document.check()
        value = update.current
        artifact = value.get("artifact")
        if not isinstance(artifact, dict):
            raise invalid_answer("The agent's update holds no artifact.")
        task, name, size = value.get("taskId"), artifact.get("artifactId"), len(frame)
        if not isinstance(task, str) or not isinstance(name, str):
            raise invalid_answer("The agent's update does not say of which task and artifact it is.")
        before, so_far = self._held.pop((task, name), (None, 0))
        self._bytes -= so_far
        if before is not None and value.get("append") is True:
            size += so_far
            assert before.document.found is not None
            update.replace(_joined(before.document.found[0].current, value))
            document.changed = True
        if self._bytes + size > MOST_BYTES:
            raise too_large()
        if value.get("lastChunk") is True:
            yield Held(frame, document)
        else:
            self._held[task, name] = Held(frame, document), size
            self._bytes += size


def _is_end(payload: Payload) -> bool:
    """Return whether a payload is a task or a message, or says that nothing follows."""
    if payload.shape != "status_update":
        return True
    status = payload.current.get("status")
    state = status.get("state") if isinstance(status, dict) else None
    return isinstance(state, str) and state in _ENDED


def _joined(first: Json, second: Json) -> Json:
    """Return one update for two."""
    artifact = {**first["artifact"], **second["artifact"]}
    artifact["parts"] = _parts(first["artifact"].get("parts"), second["artifact"].get("parts"))
    joined = {**first, **second, "artifact": artifact}
    joined.pop("append", None)
    if "append" in first:
        joined["append"] = first["append"]
    return joined


def _parts(first: Any, second: Any) -> list[Any]:
    """Return the parts of both; texts that meet become one."""
    before = list(first) if isinstance(first, list) else []
    after = list(second) if isinstance(second, list) else []
    if before and after and _is_text(before[-1]) and _is_text(after[0]):
        before[-1] = {"text": before[-1]["text"] + after.pop(0)["text"]}
    return [*before, *after]


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() == {"text"} and isinstance(part["text"], str)
