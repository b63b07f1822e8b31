"""The body of a request to one of the gateway's own endpoints: whole, without content codings, up to a limit."""

from __future__ import annotations

from typing import Any

from routeiq.adapters.asgi import Refusal, decode_body


async def request_body(scope: Any, receive: Any, limit: int) -> bytes:
    """Return the body.

    Args:
        limit: Bytes that it may have, decoded too.

    Raises:
        Refusal: 413 beyond the limit, 400 or 415 for a coding that cannot be undone, 400 if the client left.
    """
    pieces = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "The client left before its request was complete.", "client_left")
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise Refusal(413, f"The body is over {limit} bytes.", "request_too_large")
        pieces.append(piece)
        if not message.get("more_body", False):
            break
    raw = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    # The scope's headers, not the client's: where a plugin read the body, it is decoded by now.
    for name, value in scope["headers"]:
        if name == b"content-encoding":
            return decode_body(raw, value.decode("latin-1"), limit)
    return raw
