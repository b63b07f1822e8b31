"""Bodies of requests: JSON objects, read with limits, so that nothing that follows meets what it cannot hold."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from email.message import Message
from typing import Any, Final

from starlette.datastructures import Headers

from .answers import Refusal

LARGEST: Final = 1 << 20
"""Bytes of a body that are taken."""
DEEPEST: Final = 64
"""Levels of objects and lists in one."""
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"


async def read_object(receive: Any, headers: Headers, media_types: Collection[str]) -> dict[str, Any]:
    """Return the JSON object that is a request's body.

    Args:
        media_types: Those that are taken.

    Raises:
        Refusal: 415 for another media type, 413 for a body that is too large, 400 for what is no JSON or cannot be
            kept, 422 for JSON that is no object, or has numbers that are too large.
    """
    _check_type(headers, media_types)
    document = _parsed(await _read(receive, headers))
    for value, depth in _values(document):
        _check_value(value, depth)
    if not isinstance(document, dict):
        raise Refusal(422, "The body must be an object: keys and values.", "not_an_object")
    return document


def _check_type(headers: Headers, media_types: Collection[str]) -> None:
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    charset = str(message.get_param("charset", "utf-8")).lower()
    if headers.get("content-type") is None or message.get_content_type() not in media_types or charset != "utf-8":
        wanted = " or ".join(sorted(media_types))
        advice = {"accept-patch" if MERGE_PATCH in media_types else "accept": ", ".join(sorted(media_types))}
        raise Refusal(415, f"The body must be of type {wanted}: say so by content-type.", "media_type", headers=advice)
    if headers.get("content-encoding", "identity").lower() != "identity":
        advice = {"accept-encoding": "identity"}
        raise Refusal(415, "The body must not be compressed.", "content_encoding", headers=advice)


async def _read(receive: Any, headers: Headers) -> bytes:
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > LARGEST:
        raise _too_large()
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "The client left before its request was complete.", "client_left")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > LARGEST:
            raise _too_large()
        if not message.get("more_body", False):
            return b"".join(pieces)


def _too_large() -> Refusal:
    return Refusal(413, f"The body is over {LARGEST} bytes.", "body_too_large")


def _parsed(body: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the key {twice!r} stands twice in one object")
        return found

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    try:
        return json.loads(body.decode(), object_pairs_hook=unique, parse_constant=constant)
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8.", "invalid_json") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Refusal(400, f"The body is no JSON that can be kept: {error}.", "invalid_json") from None


def _values(document: Any) -> Iterator[tuple[Any, int]]:
    """Yield every value in a document, and every key, with its depth; without recursion."""
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        yield value, depth
        if isinstance(value, Mapping):
            waiting += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]


def _check_value(value: Any, depth: int) -> None:
    if depth > DEEPEST and isinstance(value, dict | list):
        raise _too_deep()
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refusal(400, "The body has half a surrogate pair, which is no character.", "invalid_json") from None
    too_large = isinstance(value, int) and not -(1 << 63) <= value < 1 << 64
    if too_large or (isinstance(value, float) and not math.isfinite(value)):
        raise Refusal(422, "The body has a number that is too large: 64 bits are kept.", "number_too_large")


def _too_deep() -> Refusal:
    return Refusal(400, f"The body is nested deeper than {DEEPEST} levels.", "too_deep")
