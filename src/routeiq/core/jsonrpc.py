"""JSON-RPC 2.0 as the protocols of tools (MCP) and agents (A2A) speak it: its messages told apart, and its errors.

A body is read here by other rules than its receiver may have. So what is ambiguous is refused rather than guessed at,
and what plugins judged is sent on as it was read: see `checked`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeGuard

import orjson
from routeiq_plugin_sdk.tools import MOST_NESTED

from .errors import RouteIQError

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REJECTED: Final = -32010
"""Ours, from the range that is every implementation's own: a plugin refused."""

TOO_DEEP: Final = f"more than {MOST_NESTED} levels deep"

Message = dict[str, Any]
_ENVELOPE: Final = frozenset({"jsonrpc", "id", "method", "params"})


class RPCError(RouteIQError):
    """What ends a request with an error of JSON-RPC's.

    Attributes:
        code: As JSON-RPC or the protocol above it has it.
        message: For the client.
        data: For programs, or None.
        status: The status of the HTTP response that carries it.
    """

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.status = code, message, data, status

    def document(self, id: str | float | None) -> Message:
        """Return the error as the response to the request of this id; None: its id is not known."""
        return error_response(id, self.code, self.message, self.data)


def error_response(id: Any, code: int, message: str, data: Mapping[str, Any] | None = None) -> Message:
    """Return an error as a response; `data` is left out where there is none."""
    error: Message = {"code": code, "message": message}
    if data is not None:
        error["data"] = dict(data)
    return {"jsonrpc": "2.0", "id": id, "error": error}


def loads(body: bytes) -> Any:
    """Return what a body says. Raises RPCError (`PARSE_ERROR`) for one that is no JSON, or nested too deep."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RPCError(PARSE_ERROR, f"The body is no JSON: {error}.") from None
    if is_too_deep(document):
        raise RPCError(PARSE_ERROR, f"The body is nested {TOO_DEEP}.")
    return document


def is_too_deep(value: Any) -> bool:
    """Return whether a value is nested deeper than plugins' replacements may be, and than can surely be written anew.

    What plugins may not return they could not change: a guard would fail at it, and failing may mean to let it pass.
    """
    layer = [value]
    for _ in range(MOST_NESTED):
        layer = [inner for one in layer for inner in _inside(one) if isinstance(inner, dict | list)]
        if not layer:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def messages_of(document: Any) -> list[Message]:
    """Return the messages of a body: its only one, or those of a batch.

    Raises:
        RPCError: `INVALID_REQUEST` for what is neither an object nor a list of some.
    """
    messages = document if isinstance(document, list) else [document]
    if not messages or not all(isinstance(message, dict) for message in messages):
        raise RPCError(INVALID_REQUEST, "The body is neither a JSON-RPC message nor a batch of them.")
    return messages


def checked(message: Message, also: Collection[str] = ()) -> Message:
    """Return a message that every reader reads alike, once it is written anew from what was read here.

    Of a key that stands there twice one reader takes the first value and another one the last: written anew, there is
    only one left. What remains are readers that ignore case.

    Args:
        also: Keys that matter beside those of JSON-RPC.

    Raises:
        RPCError: `INVALID_REQUEST` for a key that differs from one that matters in its case alone.
    """
    for key in message:
        if key not in _ENVELOPE and key not in also and key.lower() in {*_ENVELOPE, *also}:
            raise RPCError(INVALID_REQUEST, f"The key {key!r} is written {key.lower()!r}.")
    return message


def is_request(message: Message) -> bool:
    """Return whether a message asks for a response; without an id it is a notification."""
    return "method" in message and "id" in message


def is_response(message: Any) -> TypeGuard[Message]:
    """Return whether this is the response to a request, be it an error."""
    return isinstance(message, dict) and "method" not in message and ("result" in message or "error" in message)


def key_of(value: Any) -> tuple[type, Any] | None:
    """Return an id to look up by: 1 and `true` are not the same; None for what identifies nothing."""
    return (type(value), value) if is_id(value) else None


def is_id(value: Any) -> bool:
    """Return whether a value identifies a request: text or a number, neither null nor a boolean."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)
