"""What an agent said in the course of a stream, put together as the task or the message that it amounts to."""

from __future__ import annotations

from typing import Any, Final

from routeiq.core.weights import weight_of

from .forms import Json, Shape

MOST_PARTS: Final = 10_000
"""Parts of artifacts that are kept; a stream that never ends must not fill the memory."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of what is kept of artifacts, roughly."""


class Said:
    """Takes the payloads of a stream one after the other, in the form of 1.0."""

    def __init__(self) -> None:
        self._whole: Json | None = None
        self._parts = self._bytes = 0

    @property
    def result(self) -> Json | None:
        """The task or message up to now; None before the first."""
        return self._whole

    def add(self, shape: Shape | None, value: Json) -> None:
        """Take what came next."""
        if shape == "status_update":
            self._task(value)["status"] = value.get("status")
        elif shape == "artifact_update":
            artifact = value.get("artifact")
            if isinstance(artifact, dict):
                self._add_artifact(artifact, append=value.get("append") is True, task=self._task(value))
        else:
            self._whole = dict(value)

    def _task(self, update: Json) -> Json:
        if self._whole is None:
            self._whole = {"id": update.get("taskId"), "contextId": update.get("contextId")}
        return self._whole

    def _add_artifact(self, artifact: Json, *, append: bool, task: Json) -> None:
        parts = artifact.get("parts")
        self._parts += max(len(parts), 1) if isinstance(parts, list) else 1
        self._bytes += weight_of(artifact)
        if self._parts > MOST_PARTS or self._bytes > MOST_BYTES:
            return
        known: Any = task.get("artifacts")
        artifacts = list(known) if isinstance(known, list) else []
        place = next((n for n, one in enumerate(artifacts) if _id(one) == artifact.get("artifactId")), None)
        if place is None:
            artifacts.append(artifact)
        elif append and isinstance(parts, list):
            before = artifacts[place].get("parts")
            artifacts[place] = {**artifacts[place], "parts": [*(before if isinstance(before, list) else ()), *parts]}
        else:
            artifacts[place] = artifact
        task["artifacts"] = artifacts


def _id(artifact: Any) -> Any:
    return artifact.get("artifactId") if isinstance(artifact, dict) else None
