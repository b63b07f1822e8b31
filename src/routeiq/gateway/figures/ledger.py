"""What each process of a gateway has told of itself, in files that outlive it.

A total that was told must never fall: a scraper takes a fall for a restart, and the next figure for as much growth. So
every process writes what it counted before it tells it, and the file of one that has ended counts on.

Files of ended processes are folded into one when they become many. That file names those which are in it: whoever reads
while it is made counts nothing twice, and nothing not at all.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from routeiq.adapters.prometheus import Snapshot, merged

MANY: Final = 16
"""Files of ended processes that may lie beside each other."""
_FOLDED: Final = "folded"


class Ledger:
    """The files in one directory, seen from one process.

    Attributes:
        name: What this process is called in it: no other is, before or after it.
    """

    def __init__(self, directory: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._directory = directory
        self._folding = threading.Lock()

    def write(self, snapshot: Snapshot) -> None:
        """Put what this process has counted in the place of what it had. Raises OSError."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._put(self.name, snapshot.to_dict())

    def read(self) -> Mapping[str, Snapshot]:
        """Return what processes have told, by their names; ended ones may stand together under one. Raises OSError."""
        while True:
            folded = self._get(_FOLDED) or {"names": [], "snapshot": None}
            # Looked up after that: what was folded meanwhile is missing here, and not yet in there.
            documents = {name: self._get(name) for name in self._names() if name not in folded["names"]}
            if None not in documents.values() and (self._get(_FOLDED) or folded)["names"] == folded["names"]:
                break
        if folded["snapshot"] is not None:
            documents[_FOLDED] = folded["snapshot"]
        return {name: Snapshot.from_dict(document) for name, document in documents.items() if document is not None}

    def fold(self) -> None:
        """Put the files of processes that have ended into one, if they are many. One process may do it at a time.

        Raises OSError.
        """
        with self._folding:
            self._fold()

    def _fold(self) -> None:
        folded = self._get(_FOLDED) or {"names": []}
        names = self._names()
        ended = [name for name in names if name not in folded["names"] and _has_ended(name)]
        if len(ended) < MANY:
            return
        told = self.read()
        together = merged((), [told[name] for name in [_FOLDED, *ended] if name in told])
        left = [name for name in folded["names"] if name in names]  # an earlier fold was interrupted
        self._put(_FOLDED, {"names": [*left, *ended], "snapshot": together.to_dict()})
        for name in (*left, *ended):
            (self._directory / f"{name}.json").unlink(missing_ok=True)

    def _names(self) -> Collection[str]:
        return {path.stem for path in self._directory.glob("*-*.json")}

    def _get(self, name: str) -> Any:
        """Return a file's document, or None if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return orjson.loads((self._directory / f"{name}.json").read_bytes())
        return None

    def _put(self, name: str, document: Any) -> None:
        """Write a file so that it is there as a whole, or as it was."""
        new = self._directory / f"{name}.{self.name}.new"
        new.write_bytes(orjson.dumps(document))
        new.replace(self._directory / f"{name}.json")


def _has_ended(name: str) -> bool:
    try:
        os.kill(int(name.partition("-")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # the number has another user's process by now
        return True
    return False
