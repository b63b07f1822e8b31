"""A replica's own copy of the operator's state, so that it can start while the server is away, and restore a server."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownState:
    """A state that the server had.

    Attributes:
        version: 0 as long as nothing was ever saved.
        lineage: Made with the first version: two states of one lineage are the earlier and the later of one another.
        document: As JSON.
    """

    version: int
    lineage: str
    document: str


class LocalCopy:
    """The file. What cannot be read or written is said once, and does without."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._told = False
        self._writing = threading.Lock()

    def read(self) -> KnownState | None:
        """Return what was written last, or None."""
        try:
            found = json.loads(self._path.read_bytes())
            return KnownState(*_checked(found))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._tell("read", error)
            return None

    def write(self, state: KnownState) -> None:
        """Put a state in the place of the one before, whole or not at all; for this user alone: it may hold secrets."""
        content = f'{{"version":{state.version},"lineage":{json.dumps(state.lineage)},"document":{state.document}}}'
        with self._writing:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor, draft = tempfile.mkstemp(".draft", self._path.stem, self._path.parent)
                try:
                    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                        file.write(content)
                        file.flush()
                        os.fsync(descriptor)
                    Path(draft).replace(self._path)
                except BaseException:
                    Path(draft).unlink(missing_ok=True)
                    raise
                self._told = False
            except OSError as error:
                self._tell("written", error)

    def _tell(self, what: str, error: Exception) -> None:
        if not self._told:
            logger.warning(
                "storage: the local copy of the operator's state, %s, cannot be %s (%s): without it, this replica does"
                " not know the last configuration when it starts while Redis is away",
                self._path, what, error,
            )  # fmt: skip
        self._told = True


def _checked(found: Mapping[str, Any]) -> tuple[int, str, str]:
    version, lineage, document = found["version"], found["lineage"], found["document"]
    if not isinstance(version, int) or not isinstance(lineage, str) or not isinstance(document, dict):
        raise TypeError("it is damaged")
    return version, lineage, json.dumps(document, separators=(",", ":"))
