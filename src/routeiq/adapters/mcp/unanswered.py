"""Calls whose stream ended before their answer: MCP up to 2025-11-25 lets clients fetch that by another one.

A client that resumes a stream (GET with `Last-Event-ID`) gets there what plugins have to see. Whoever it belongs to is
looked up here; it is kept in this process for a while.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from routeiq.core.jsonrpc import key_of

from .tool_calls import ToolCall

MOST: Final = 1000
"""Calls that are kept."""
SECONDS: Final = 600.0
"""For how long."""

Key = tuple[str, bytes, tuple[type, Any] | None]


class Unanswered:
    """The calls of one gateway's servers that may still be answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: OrderedDict[Key, tuple[float, ToolCall]] = OrderedDict()

    def keep(self, session: bytes, call: ToolCall) -> None:
        """Keep a call of a session."""
        self._expire()
        self._calls[call.logical.call.target, session, key_of(call.id)] = self._clock() + SECONDS, call
        if len(self._calls) > MOST:
            self._drop(next(iter(self._calls)))

    def find(self, server: str, session: bytes, id: Any) -> ToolCall | None:
        """Return the call that a response belongs to; it stays, since a stream can be resumed again."""
        self._expire()
        found = self._calls.get((server, session, key_of(id)))
        return None if found is None else found[1]

    def forget(self, server: str, session: bytes) -> None:
        """Forget the calls of a session that has ended."""
        for key in [key for key in self._calls if key[:2] == (server, session)]:
            self._drop(key)

    def close(self) -> None:
        """Forget all."""
        for key in list(self._calls):
            self._drop(key)

    def _expire(self) -> None:
        now = self._clock()
        while self._calls:
            key, (until, _) = next(iter(self._calls.items()))
            if until > now:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        _, call = self._calls.pop(key)
        call.finish()
