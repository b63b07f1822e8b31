"""A server's answer, read as far as plugins or figures need it: each response is given to the call that it answers.

Where plugins see results, nothing passes that some client could take for one they have not seen: a second response,
one with another id, a message that is both, text that is no JSON here and may be elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from routeiq.core.dialects.sse import Fragment, changed_frame, payload
from routeiq.core.jsonrpc import Message, RPCError, checked, key_of, loads
from routeiq.core.remote_calls import RemoteError

from .resumed import Resumed
from .tool_calls import ToolCall, without_result

_RESPONSE = ("result", "error")


class Answers:
    """What an answer to some calls, among other requests perhaps, brings."""

    def __init__(self, calls: Sequence[ToolCall], ids: Sequence[Any], others: Resumed | None = None) -> None:
        """Take calls.

        Args:
            ids: Of all requests that are answered together, the calls' own among them.
            others: Judges responses to other requests; None: they pass.
        """
        self._others = others
        self._calls = {key_of(call.id): call for call in calls}
        self._ids = {key_of(one) for one in ids}
        # A client that waits for one response takes any for it.
        self._any = calls[0] if len(ids) == 1 and calls else None

    async def judged(self, document: Any) -> Any:
        """Return what the client gets of a message or a batch; None: nothing. Raises RemoteError for an invalid one."""
        if not isinstance(document, list):
            return await self._judged(document)
        judged = [await self._judged(message) for message in document]
        return [message for message in judged if message is not None] or None

    async def judged_body(self, body: bytes, local: Sequence[Message] = ()) -> bytes:
        """Return a whole body for the client. Raises RemoteError for one that is invalid.

        Args:
            local: Responses that did not come from the server, and go with its own.
        """
        document = await self.judged(_loads(body))
        if local:
            document = [*(document if isinstance(document, list) else [document] if document else ()), *local]
        if document is None:
            raise RemoteError("upstream_answer_invalid", "The MCP server's answer is no response to the request.")
        return orjson.dumps(document)

    async def judged_frame(self, frame: bytes) -> bytes:
        """Return an event for the client; empty: it gets none. Raises RemoteError for one that is invalid."""
        if isinstance(frame, Fragment):
            raise RemoteError("upstream_answer_too_large", "The MCP server's answer is too large.")
        data = payload(frame)
        if not data:
            return frame  # a comment, or the id of what comes next
        document = await self.judged(_loads(data))
        return b"" if document is None else changed_frame(frame, document)

    def note(self, data: bytes) -> None:
        """Take up what passes as it is, for figures alone."""
        if not (b'"result"' in data or b'"error"' in data):
            return
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError:
            return
        for message in document if isinstance(document, list) else [document]:
            call = self._call(message) if isinstance(message, dict) and _answers(message) else None
            if call is not None and not call.settled:
                try:
                    call.note(message)
                except RemoteError as error:
                    call.fail(error)

    async def _judged(self, message: Any) -> Message | None:
        if not isinstance(message, dict):
            raise RemoteError("upstream_answer_invalid", "The MCP server's answer is no JSON-RPC.")
        try:
            checked(message, _RESPONSE)
        except RPCError as error:
            problem = f"The MCP server's answer is invalid. {error.message}"
            raise RemoteError("upstream_answer_invalid", problem) from error
        if not _answers(message):
            return without_result(message)
        if "method" in message:
            raise RemoteError("upstream_answer_invalid", "The MCP server's answer is a request and a response.")
        call = self._call(message)
        if call is not None:
            return None if call.settled else await call.answer(message)
        if key_of(message.get("id")) not in self._ids and "result" in message:
            return None
        judged: Message = message if self._others is None else await self._others.judged(message)
        return judged

    def _call(self, message: Message) -> ToolCall | None:
        """Return the call that a response answers, or None."""
        return self._any or self._calls.get(key_of(message.get("id")))


def _answers(message: Message) -> bool:
    return "result" in message or "error" in message


def _loads(data: bytes) -> Any:
    try:
        return loads(data)
    except RPCError as error:
        raise RemoteError(
            "upstream_answer_invalid", "The MCP server's answer is no JSON that could be read."
        ) from error
