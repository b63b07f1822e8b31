"""What a client is sent: a server's answer as it comes, or an error of JSON-RPC's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import orjson

from routeiq.core.remote_calls import RemoteError
from routeiq.transport import UpstreamResponse
from routeiq.transport.remote_headers import is_coded, media_type

from .failures import Told, answered_with, refused_credentials, status_of, told
from .servers import RawHeaders, Server

_JSON: Final = (b"content-type", b"application/json")
# They speak of the very bytes that came.
_OF_BYTES: Final = frozenset(
    {b"content-length", b"content-encoding", b"content-md5", b"content-digest", b"etag", b"repr-digest"}
)


class Reply:
    """The response to one request.

    Attributes:
        started: Whether its head has left.
    """

    def __init__(self, server: Server, send: Any) -> None:
        self.started = False
        self._server = server
        self._send = send

    async def begin(self, response: UpstreamResponse, *, changed: bool) -> None:
        """Send the head of a server's answer, whose body may be changed."""
        headers = self._server.returned(response.headers)
        if changed:
            headers = [pair for pair in headers if pair[0] not in _OF_BYTES]
        await self._start(response.status, headers)

    async def piece(self, body: bytes) -> None:
        """Send a part of the body."""
        if body:
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self) -> None:
        """Send the end of the body."""
        await self._send({"type": "http.response.body", "body": b""})

    async def relay(self, response: UpstreamResponse, pieces: AsyncIterator[bytes] | None = None) -> None:
        """Send a server's answer as it comes, or these pieces as its body."""
        await self.begin(response, changed=pieces is not None)
        async for piece in response.chunks() if pieces is None else pieces:
            await self.piece(piece)
        await self.end()

    async def whole(self, response: UpstreamResponse, body: bytes, status: int | None = None) -> None:
        """Send a server's answer with another body, and another status perhaps."""
        headers = [pair for pair in self._server.returned(response.headers) if pair[0] not in _OF_BYTES]
        await self._whole(response.status if status is None else status, headers, body)

    async def document(self, status: int, document: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Send a document as the whole response."""
        await self._whole(status, [_JSON, *headers], orjson.dumps(document))

    async def error(self, error: Told, id: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Send an error as the whole response."""
        await self.document(status_of(error), told(error, id), headers)

    async def failure(self, response: UpstreamResponse, error: RemoteError, id: Any) -> None:
        """Send an error in the place of a server's answer, whose headers stay: `retry-after` and its like."""
        kept = self._server.returned(response.headers)
        headers = [pair for pair in kept if pair[0] not in _OF_BYTES and not pair[0].startswith(b"content-")]
        await self.error(error, id, headers)

    async def event(self, document: Any) -> None:
        """Send a document as an event of a stream."""
        await self.piece(b"event: message\ndata: " + orjson.dumps(document) + b"\n\n")

    async def _whole(self, status: int, headers: RawHeaders, body: bytes) -> None:
        length = [(b"content-length", b"%d" % len(body))] if status != 204 else []
        await self._start(status, [*headers, *length])
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, headers: RawHeaders) -> None:
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})


def is_json(response: UpstreamResponse) -> bool:
    """Return whether an answer is JSON."""
    kind = media_type(response.headers)
    return kind == b"application/json" or kind.endswith(b"+json")


def check_status(response: UpstreamResponse, server: Server) -> None:
    """Raise RemoteError for an answer whose status speaks to the gateway, not to its clients.

    Another address of the server's is none of theirs, and may hold what the settings' URL does: a key in its query.
    """
    if response.status == 401 and b"authorization" not in server.forwarded:
        raise refused_credentials()
    if 300 <= response.status < 400:
        raise answered_with(response.status)


def check_plain(response: UpstreamResponse) -> None:
    """Raise RemoteError for an answer that was asked for as plain bytes and is none."""
    if is_coded(response.headers):
        raise RemoteError(
            "upstream_answer_invalid", "The MCP server's answer has a content coding that was not wanted."
        )
