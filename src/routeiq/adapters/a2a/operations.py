"""What a request asks of an agent: by the method of a JSON-RPC call, or by the method and path of HTTP+JSON.

An operation that is not known passes through as it is, unless its parameters hold a message: then it sends one. One
that is known is recognised however it is written that a server might still understand: a guard must not be walked
around by a trailing slash, by capital letters, or by a method of another version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from .forms import Form


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the protocol.

    Attributes:
        name: As version 1.0 calls it, or the method itself where it is not known.
        sends: Whether it brings a message to the agent.
        answers: Whether its result holds what the agent said: messages, tasks and what updates them.
        stream: Whether it is answered by an event stream.
        is_card: Whether its result is an agent card.
    """

    name: str
    sends: bool = False
    answers: bool = False
    stream: bool = False
    is_card: bool = False


_SEND: Final = Operation("SendMessage", sends=True, answers=True)
_SEND_STREAM: Final = Operation("SendStreamingMessage", sends=True, answers=True, stream=True)
_GET: Final = Operation("GetTask", answers=True)
_LIST: Final = Operation("ListTasks", answers=True)
_CANCEL: Final = Operation("CancelTask", answers=True)
_SUBSCRIBE: Final = Operation("SubscribeToTask", answers=True, stream=True)
_EXTENDED_CARD: Final = Operation("GetExtendedAgentCard", is_card=True)
CARD: Final = Operation("GetAgentCard", is_card=True)
"""The public card; it is no operation of the protocol's, but a well-known path."""

_CURRENT: Final[Mapping[str, Operation]] = MappingProxyType(
    {one.name: one for one in (_SEND, _SEND_STREAM, _GET, _LIST, _CANCEL, _SUBSCRIBE, _EXTENDED_CARD)}
)
_LEGACY: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "message/send": _SEND,
        "message/stream": _SEND_STREAM,
        "tasks/get": _GET,
        "tasks/list": _LIST,
        "tasks/cancel": _CANCEL,
        "tasks/resubscribe": _SUBSCRIBE,
        "agent/getAuthenticatedExtendedCard": _EXTENDED_CARD,
    }
)
MESSAGE_NAMES: Final = ("message", "request")
"""Under which the parameters of a sending operation may hold the message."""
CARD_PATHS: Final = ("/.well-known/agent-card.json", "/.well-known/agent.json")
"""Where the public card stands; the second one was its place before 0.3."""


def rpc_operation(method: str, parameters: Any = None) -> tuple[Operation, Form]:
    """Return the operation of a JSON-RPC method, and the form of what it carries."""
    if method in _LEGACY:
        return _LEGACY[method], Form.KIND
    return _CURRENT.get(method) or Operation(method, sends=message_name(parameters) is not None), Form.CURRENT


def rest_operation(method: str, path: str) -> Operation | None:
    """Return the operation that a path below an agent stands for; None if it is none of HTTP+JSON's.

    Args:
        path: What follows the agent's name, decoded.
    """
    # Tenants and `v1` may stand before; servers differ in what they make of case, slashes and parameters of segments.
    segments = [segment.partition(";")[0] for segment in path.lower().split("/") if segment]
    last, above = (segments or [""])[-1], segments[-2:-1]
    noun, colon, verb = last.rpartition(":")
    if colon and noun == "message":
        return {"send": _SEND, "stream": _SEND_STREAM}.get(verb)
    if colon and above == ["tasks"]:
        return {"cancel": _CANCEL, "subscribe": _SUBSCRIBE}.get(verb)
    if method in ("GET", "HEAD"):
        if last == "tasks":
            return _LIST
        if above == ["tasks"]:
            return _GET
        if last == "extendedagentcard" or (last == "card" and above == ["v1"]):
            return _EXTENDED_CARD
    return None


def rest_form(path: str, version: str, body: Mapping[str, Any] | None) -> Form:
    """Return the form of an operation of HTTP+JSON.

    Args:
        path: What follows the agent's name.
        version: The header `A2A-Version`; empty stands for 0.3.
        body: Of the request, where it is an object.
    """
    if version and not version.startswith("0."):
        return Form.CURRENT
    message = message_in(body)
    if message is not None:
        parts = message.get("parts", message.get("content"))
        first = parts[0] if isinstance(parts, list) and parts else None
        if "kind" in message or (isinstance(first, dict) and "kind" in first):
            return Form.KIND
        if "content" in message:
            return Form.PROTO
    return Form.PROTO if "/v1/" in f"{path}/".lower() else Form.CURRENT


def message_in(parameters: Any) -> dict[str, Any] | None:
    """Return the message that the parameters of a sending operation hold, or None."""
    name = message_name(parameters)
    return None if name is None else parameters[name]


def message_name(parameters: Any) -> str | None:
    """Return under which name the parameters hold the message: protobuf's JSON of 0.3 may call it `request`."""
    if isinstance(parameters, dict):
        for name in MESSAGE_NAMES:
            if isinstance(parameters.get(name), dict):
                return name
    return None
