"""The body of a POST: which messages it has, which of them call tools, and what the server is sent of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from routeiq.core.jsonrpc import INVALID_REQUEST, Message, RPCError, checked, is_request, key_of, loads, messages_of

from .mirrored import check_routing
from .servers import RawHeaders
from .tool_calls import ToolCall, is_call, tool_and_arguments


class Posted:
    """A body, read.

    Attributes:
        ids: Of all requests in it.
        calls: The messages that call tools, with the tools' names and their arguments.
        notifies: Whether none of it asks for a response.
    """

    def __init__(self, raw: bytes, headers: RawHeaders, *, guarded: bool) -> None:
        """Read a body.

        Args:
            headers: Of its request.
            guarded: Whether plugins judge calls: then what cannot be read, or could be read otherwise, is refused.

        Raises:
            RPCError: for a body that is refused.
        """
        self._raw = raw
        self._guarded = guarded
        self._document: Any = None
        self._messages: list[Message] = []
        try:
            self._document = loads(raw)
            self._messages = messages_of(self._document)
        except RPCError:
            if guarded:
                raise
        if guarded:
            for message in self._messages:
                checked(message)
        if len(self._messages) == 1:
            check_routing(self._messages[0], headers)
        self.ids = [message["id"] for message in self._messages if is_request(message)]
        self.calls = [*self._read_calls()]
        self.notifies = bool(self._messages) and not self.ids
        keys = [key_of(one) for one in self.ids]
        if self.calls and len(set(keys)) < len(keys):
            raise RPCError(INVALID_REQUEST, "Several requests of the batch have one id.")

    def _read_calls(self) -> Iterator[tuple[Message, str, dict[str, Any]]]:
        for message in self._messages:
            if not is_call(message):
                continue
            try:
                yield message, *tool_and_arguments(message)
            except RPCError:
                if self._guarded:
                    raise
                # It is for the server to say what is wrong with it.

    @property
    def is_batch(self) -> bool:
        """Whether it is a list of messages (MCP 2025-03-26)."""
        return isinstance(self._document, list)

    @property
    def id(self) -> Any:
        """The id of its only request; None where there is none, or there are several."""
        return self.ids[0] if len(self.ids) == 1 else None

    def method(self) -> str:
        """Return the method of its only message; empty where there are several."""
        method = self._messages[0].get("method") if len(self._messages) == 1 else None
        return method if isinstance(method, str) else ""

    def outgoing(self, calls: Sequence[ToolCall], refused: Sequence[ToolCall]) -> bytes:
        """Return what the server is sent: the client's own bytes, unless something in them changed or was judged.

        Empty where nothing is left of it.
        """
        changed = any(call.changed or call.logical.trace_context for call in calls)
        if not (self._guarded or changed or refused):
            return self._raw
        known = {id(call.original): call for call in calls}
        gone = {id(call.original) for call in refused}
        messages = [
            known[id(message)].message() if id(message) in known else message
            for message in self._messages
            if id(message) not in gone
        ]
        if not messages:
            return b""
        return orjson.dumps(messages if self.is_batch else messages[0])
