"""A response of a server that a test only says there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from routeiq_plugin_sdk import Headers

from routeiq.transport import ConnectionClosed, Target, UpstreamResponse

JSON: Final = b"application/json"
EVENTS: Final = b"text/event-stream"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class ScriptedResponse(UpstreamResponse):
    """A response that is there already."""

    __slots__ = ("_broken", "_pieces", "_target")

    def __init__(
        self,
        target: Target,
        status: int,
        kind: bytes,
        pieces: list[bytes],
        headers: Mapping[str, str] = _NONE,
        broken: bool = False,
    ) -> None:
        """Make it.

        Args:
            kind: Its media type.
            broken: Whether the connection breaks behind the last piece.
        """
        self.status = status
        self.headers = [(b"content-type", kind), *Headers.of(headers).raw]
        self._connection: Any = None  # nothing is left open
        self._target, self._pieces, self._broken = target, pieces, broken

    async def read(self) -> bytes:
        """Return the body."""
        return b"".join([piece async for piece in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        for piece in self._pieces:
            yield piece
        if self._broken:
            raise ConnectionClosed(self._target.name, "the connection broke, as the test says", response_started=True)
