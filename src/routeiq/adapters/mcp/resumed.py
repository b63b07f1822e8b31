"""Results that come by another way than the answer to their call: a stream that is resumed, a task that is asked for.

MCP up to 2025-11-25 lets clients fetch by GET what another stream did not bring to its end; calls that run as tasks
have their results fetched by `tasks/result`, or by `tasks/get` in later versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from routeiq.core.dialects.sse import Fragment, changed_frame, payload
from routeiq.core.jsonrpc import INTERNAL_ERROR, Message, RPCError, error_response, loads
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import RemoteError

from .tool_calls import ToolCall, is_result, without_result

Find = Callable[[Message], ToolCall | None]
"""Returns the call that a response has the result of, if it is known."""

_UNCHECKED: Final = "This answer cannot be checked any more. Call the tool again."


class Resumed:
    """Shows plugins the results in such an answer. What may be one of a call that is not known is withheld."""

    def __init__(self, find: Find, activity: Activity) -> None:
        """Judge what comes by a request.

        Args:
            activity: That request's.
        """
        self._find = find
        self._activity = activity

    async def judged_frame(self, frame: bytes) -> bytes:
        """Return an event for the client; empty for one that cannot be read."""
        data = b"" if isinstance(frame, Fragment) else payload(frame)
        if not data:
            return b"" if isinstance(frame, Fragment) else frame
        try:
            return changed_frame(frame, await self.judged(loads(data)))
        except RPCError:
            return b""

    async def judged_body(self, body: bytes, local: Sequence[Message] = ()) -> bytes:
        """Return a whole body for the client, which has no responses of others. Raises RemoteError for no JSON."""
        try:
            return orjson.dumps(await self.judged(loads(body)))
        except RPCError as error:
            raise RemoteError(
                "upstream_answer_invalid", "The MCP server's answer is no JSON that could be read."
            ) from error

    def note(self, data: bytes) -> None:
        """Take up nothing: no call ends by what passes as it is."""

    async def judged(self, document: Any) -> Any:
        """Return what the client gets of a message or a batch."""
        if isinstance(document, list):
            return [await self._response(message) for message in document]
        return await self._response(document)

    async def _response(self, message: Any) -> Any:
        keys = {key.lower() for key in message} if isinstance(message, dict) else set()
        if "result" not in keys:
            return without_result(message) if "method" in keys else message
        if "method" in keys or "result" not in message:
            return _withheld(message)
        result = message["result"]
        if not _holds_result(result):
            return message
        call = self._find(message)
        if call is None:
            return _withheld(message)
        if is_result(result):
            return await call.answer_late(message, self._activity)
        inner = await call.answer_late({**message, "result": result["result"]}, self._activity)
        return {**message, "result": {**result, "result": inner["result"]}} if "result" in inner else inner


def _holds_result(result: Any) -> bool:
    return is_result(result) or (isinstance(result, dict) and is_result(result.get("result")))


def _withheld(message: Message) -> Message:
    return error_response(message.get("id"), INTERNAL_ERROR, _UNCHECKED, {"code": "unchecked_answer"})
