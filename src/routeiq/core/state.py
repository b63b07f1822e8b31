"""The operator's state: what is set at run time, shared by all processes that have one store.

It is one JSON document with a version, changed by compare-and-set. Beside it the store keeps what those processes have
to tell each other: an audit log, who is there, notices, and leases.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

KEPT_RECORDS: Final = 10_000
"""The audit log's newest entries, which are kept."""
UNREAD_NOTICES: Final = 1000
"""Notices that a slow listener may leave unread; then it loses the oldest."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """The document and its version, which is 0 as long as nothing was ever saved."""

    version: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of the audit log; a later one has a higher number."""

    number: int
    entry: Mapping[str, Any]


class StateStore(Protocol):
    """Where the operator's state is kept. It belongs to the event loop that opened it.

    Methods raise StorageUnavailable, in bounded time, if the store cannot be reached or written, and ValueError for
    what JSON cannot hold. After that error it is not known whether a change was made; an operator's state was either
    saved whole or not at all.
    """

    @property
    def available(self) -> bool:
        """Whether the store can be used, as far as is known now."""

    @property
    def reason(self) -> str:
        """Why it cannot be used and what to do; empty while it can."""

    def glance(self) -> StoredState | None:
        """Return the state as it was left on this machine, before the store is open; None where nobody can tell.

        It decides what is not even imported: a plugin that an operator disabled at run time.
        """

    async def open(self) -> None:
        """Connect, and make ready what is needed. What is down and may come back is no error here: see `available`.

        Raises:
            StorageUnavailable: if the store will not work before somebody has mended something.
        """

    async def close(self) -> None:
        """End all iterators and let go of everything; harmless if it is not open."""

    async def load(self) -> StoredState:
        """Return the state, or the last one that was known here while the store is away (`available` tells).

        Raises:
            StorageUnavailable: if none is known.
        """

    async def save(self, expected: int, document: Mapping[str, Any]) -> int:
        """Replace the state of version `expected`, and return the new version.

        Raises:
            StateConflict: if it has another version by now; nothing is changed.
        """

    def changes(self) -> AsyncIterator[int]:
        """Return an iterator of versions that begins now, with the present one, and ends when the store is closed.

        It gives a version whenever the state may have changed, whoever did it, also while the store was away. Only the
        newest counts: what a slow reader has not read is replaced. A version other than yours, lower ones too, means
        that the state has to be loaded.
        """

    async def record(self, entry: Mapping[str, Any]) -> None:
        """Append to the audit log."""

    async def records(self, before: int | None, limit: int) -> Sequence[Record]:
        """Return at most `limit` entries of the audit log, the newest first.

        Args:
            before: Only entries with a lower number; None: from the newest on.
        """

    async def announce(self, member: str, facts: Mapping[str, Any], expires_in: float) -> None:
        """Tell all others what is so of one process, for so many seconds."""

    async def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what processes told of themselves, and has not expired, by their name."""

    async def broadcast(self, topic: str, payload: Any) -> None:
        """Tell a small notice to all who listen now, in this process too. Who is cut off then misses it."""

    def listen(self, topic: str) -> AsyncIterator[Any]:
        """Return an iterator of a topic's notices that begins now, and ends when the store is closed."""

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or prolong a lease, and return whether the holder has it for so many seconds from now."""


def encoded(value: Any) -> str:
    """Return a value of the state as JSON.

    Raises:
        ValueError: if JSON cannot hold it.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, RecursionError) as error:
        raise ValueError(f"JSON cannot hold this part of the state: {error}") from None
