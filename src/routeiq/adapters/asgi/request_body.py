"""The request body on its way to the application: buffered for `request_body`, piece by piece for `request_chunk`."""

from __future__ import annotations

from routeiq_plugin_sdk import PluginRequest, PluginResponse, Reject

from routeiq.core.errors import PluginAborted

from .content_coding import decode_body
from .exchange import Exchange
from .outbound import Outbound
from .refusal import Refusal
from .types import Message, RawHeaders, Receive, Scope

_LENGTHS = (b"content-length", b"transfer-encoding")


class ClientLeft(Exception):
    """The client left before its request was complete."""


def has_body(request: PluginRequest) -> bool:
    """Return whether a request announces a body (RFC 9112 section 6.3)."""
    headers = request.headers
    length = headers.get("content-length")
    if length is not None:
        return length.strip() != "0"
    if headers.get("transfer-encoding") is not None:
        return True
    return request.http_version not in ("1.0", "1.1") and request.method not in ("GET", "HEAD", "OPTIONS", "TRACE")


async def run_body(
    exchange: Exchange, scope: Scope, receive: Receive, limit: int
) -> PluginResponse | tuple[Scope, Receive]:
    """Buffer the body and run its phases; return a plugin's response, or the scope and the `receive` that follow.

    Raises:
        Refusal: 413 beyond the limit, 400 or 415 for a content coding that cannot be undone.
        ClientLeft: the client left before its request was complete.
        Reject, PluginAborted: from a phase.
    """
    request, plans, activity = exchange.request, exchange.plans, exchange
    body = await read_body(request, receive, limit)
    coding = request.headers.get("content-encoding")
    if coding is not None:
        body = decode_body(body, coding, limit)
    plan = plans.request_body
    if plan is not None:
        result = plan.call(request, body, activity)
        result = await result if plan.is_async else result
        if isinstance(result, PluginResponse):
            return result
        body = result
    chunk_plan = plans.request_chunk
    if chunk_plan is not None:
        result = chunk_plan.call(request, body, True, activity)
        body = await result if chunk_plan.is_async else result
    headers = [pair for pair in scope["headers"] if pair[0] not in (*_LENGTHS, b"content-encoding")]
    headers.append((b"content-length", b"%d" % len(body)))
    return {**scope, "headers": headers}, _once(body, receive)


async def read_body(request: PluginRequest, receive: Receive, limit: int) -> bytes:
    """Return the whole body. Raises Refusal (413) beyond the limit, ClientLeft if it does not come."""
    announced = request.headers.get("content-length")
    # More than 18 digits are no length of anything; what is no number is the server's business.
    if announced is not None and announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeft
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request body is over {limit} bytes.", "body_too_large")


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body, and then what the server says."""
    given = False

    async def receive_body() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_body


def chunked(exchange: Exchange, scope: Scope, receive: Receive, outbound: Outbound) -> tuple[Scope, Receive]:
    """Return scope and `receive` with `request_chunk` run on each piece as the application asks for it.

    What a plugin refuses is raised in the application, and remembered in `outbound` in case that the application hides
    it: many turn any error of the body into one of their own.
    """
    # Noted now: what is chosen for a call while the body is read has not seen the beginning of it.
    plan = exchange.plans.request_chunk
    ended = False

    async def receive_chunk() -> Message:
        nonlocal ended
        if outbound.refused is not None:
            raise outbound.refused
        message = await receive()
        if ended or plan is None or message["type"] != "http.request":
            return message
        ended = not message.get("more_body", False)
        try:
            result = plan.call(exchange.request, message.get("body", b""), ended, exchange)
            return {**message, "body": await result if plan.is_async else result}
        except (Reject, PluginAborted) as error:
            outbound.refused = error
            raise

    # Plugins may change the length, so that only the body's end can tell it.
    headers: RawHeaders = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    return {**scope, "headers": headers}, receive_chunk
