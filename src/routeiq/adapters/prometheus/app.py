"""`/metrics` as an ASGI application: mount it outside of `PluginMiddleware`, which is then not in an operator's way."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Protocol

from .exposition import negotiated, rendered
from .snapshots import Snapshot

logger = logging.getLogger(__name__)

PLAIN: Final = b"text/plain; charset=utf-8"


class Source(Protocol):
    """What has figures: those of a process (`Figures`), or of several."""

    async def taken(self) -> Snapshot:
        """Return the figures of this moment. Raises OSError if they cannot be had."""


class MetricsApp:
    """Answers scrapers, in the text format or in OpenMetrics, whichever they prefer."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request, whatever its path; a WebSocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": "there is nothing at this path"})
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"Use GET here.\n", PLAIN, (b"allow", b"GET, HEAD"))
            return
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        exposition = negotiated(accept.decode("latin-1"))
        try:
            snapshot = await self._source.taken()
        except OSError as error:
            logger.warning("a scraper is not answered: %s", error)
            await _answer(send, 503, b"The figures cannot be had now.\n", PLAIN, (b"retry-after", b"5"))
            return
        pieces = []
        for piece in rendered(snapshot.families.values(), exposition):
            pieces.append(piece)
            await asyncio.sleep(0)  # requests come first: with many plugins all of it takes some milliseconds
        is_head = scope["method"] == "HEAD"
        content_type = exposition.content_type.encode()
        await _answer(send, 200, b"".join(pieces), content_type, (b"vary", b"accept"), is_head=is_head)


async def _answer(
    send: Any, status: int, body: bytes, content_type: bytes, more: tuple[bytes, bytes], *, is_head: bool = False
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
