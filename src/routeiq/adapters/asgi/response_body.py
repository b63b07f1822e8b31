"""The whole body of a response: which responses have one, how it is framed, and its phases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from routeiq_plugin_sdk import PluginResponse, ResponseMetadata

from routeiq.core.dispatch import fire

from .content_coding import decode_body
from .exchange import Exchange
from .refusal import Refusal
from .types import RawHeaders

BODYLESS: Final = (204, 304)


async def edited(exchange: Exchange, metadata: ResponseMetadata, body: bytes, limit: int) -> tuple[RawHeaders, bytes]:
    """Run a body through its phases; return it with the headers that fit it.

    Raises:
        Refusal: 502 for a content coding that cannot be undone, or decodes to more than `limit` bytes.
        Reject, PluginAborted: from a phase.
    """
    coding = metadata.headers.get("content-encoding")
    if coding is not None:
        body = _decoded(body, coding, limit)
    plans, request = exchange.plans, exchange.request
    if plans.response_body is not None:
        body = await fire(plans.response_body, request, metadata, body, exchange)
    if plans.response_chunk is not None:
        body = await fire(plans.response_chunk, request, metadata, body, True, exchange)
    gone = (b"content-length", b"content-encoding", b"transfer-encoding")
    length = (b"content-length", b"%d" % len(body))
    return [*[pair for pair in metadata.headers.raw if pair[0] not in gone], length], body


def framed(response: PluginResponse, method: str) -> tuple[RawHeaders, bytes]:
    """Return headers and body as they are sent (RFC 9110 sections 8.6, 9.3.2, 15.3.5 and 15.4.5)."""
    headers = [pair for pair in response.headers.raw if pair[0] != b"content-length"]
    if response.status_code in BODYLESS:
        return headers, b""
    headers.append((b"content-length", b"%d" % len(response.body)))
    return headers, b"" if method == "HEAD" else response.body


def is_event_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether these are the headers of server-sent events, which nobody may wait for."""
    return any(name.lower() == b"content-type" and b"text/event-stream" in value.lower() for name, value in headers)


def _decoded(body: bytes, coding: str, limit: int) -> bytes:
    try:
        return decode_body(body, coding, limit)
    except Refusal as error:
        message = "The response's content coding cannot be undone, which a plugin needs."
        raise Refusal(502, message, "response_coding") from error
