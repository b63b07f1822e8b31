"""Calls whose results may still come, by another stream or as that of a task: whoever has to see those is known here.

They are kept in this process for a while.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from routeiq.core.jsonrpc import key_of
from routeiq.core.weights import weight_of

from .tool_calls import ToolCall

MOST: Final = 1000
"""Calls that are kept."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of the arguments of calls that are kept, roughly."""
STREAMS: Final = 600.0
"""Seconds for which a stream may be resumed."""
TASKS: Final = 3600.0
"""Seconds for which a task's result may be asked for."""

Key = tuple[str, bytes, tuple[type, Any] | None]


class Unanswered:
    """The calls of one gateway's servers that may still be answered."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep calls.

        Args:
            seconds: For how long.
        """
        self._seconds = seconds
        self._clock = clock
        self._calls: OrderedDict[Key, tuple[float, ToolCall, int]] = OrderedDict()
        self._bytes = 0

    def keep(self, session: bytes, id: Any, call: ToolCall) -> None:
        """Keep a call, to be found by its session and an id."""
        self._expire()
        key, weight = (call.logical.call.target, session, key_of(id)), weight_of(call.original)
        if key in self._calls:
            self._drop(key)  # what comes from now on answers the newer one
        self._calls[key] = self._clock() + self._seconds, call, weight
        self._bytes += weight
        while self._calls and (len(self._calls) > MOST or self._bytes > MOST_BYTES):
            self._drop(next(iter(self._calls)))

    def find(self, server: str, session: bytes, id: Any) -> ToolCall | None:
        """Return the call that a result belongs to; it stays, since a result can be fetched again."""
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
            key, (until, *_) = next(iter(self._calls.items()))
            if until > now:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        _, call, weight = self._calls.pop(key)
        self._bytes -= weight
        call.finish()
