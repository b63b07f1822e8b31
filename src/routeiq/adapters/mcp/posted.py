"""The body of a POST: which messages it has, which of them call tools, and what the server is sent of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from routeiq.core.jsonrpc import INVALID_REQUEST, Message, RPCError, checked, is_request, key_of, loads, messages_of

from .mirrored import check_routing
from .servers import RawHeaders
from .tool_calls import TASKS, ToolCall, is_call, tool_and_arguments


class Posted:
    """A body, read.

    Attributes:
        ids: Of all requests in it.
        notifies: Whether none of it asks for a response.
    """

    def __init__(self, raw: bytes, *, guarded: bool) -> None:
        """Read a body.

        Args:
            guarded: Whether plugins judge calls: then what cannot be read, or could be read otherwise, is refused.

        Raises:
            RPCError: for a body that cannot be read.
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
        self.ids = [message["id"] for message in self._messages if is_request(message)]
        self.notifies = bool(self._messages) and not self.ids

    def checked(self, headers: RawHeaders) -> list[tuple[Message, str, dict[str, Any]]]:
        """Return the messages that call tools, with the tools' names and their arguments.

        Args:
            headers: Of the request.

        Raises:
            RPCError: for what is refused.
        """
        if self._guarded:
            for message in self._messages:
                checked(message)
        if len(self._messages) == 1:
            check_routing(self._messages[0], headers)
        calls = [*self._calls()]
        keys = [key_of(one) for one in self.ids]
        if calls and len(set(keys)) < len(keys):
            raise RPCError(INVALID_REQUEST, "Several requests of the batch have one id.")
        return calls

    def _calls(self) -> Iterator[tuple[Message, str, dict[str, Any]]]:
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

    def task(self) -> str | None:
        """Return the id of the task whose result is asked for, or None."""
        params = self._messages[0].get("params") if self.method().startswith(TASKS) else None
        id = params.get("taskId") if isinstance(params, dict) else None  # noqa: A001 - its name in the protocol
        return id if isinstance(id, str) else None

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
