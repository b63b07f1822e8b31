"""The stream that a client opens by GET, where it may fetch what another one did not bring to its end."""

from __future__ import annotations

from typing import Any

import orjson

from routeiq.core.dialects.sse import Fragment, changed_frame, payload
from routeiq.core.jsonrpc import INTERNAL_ERROR, Message, error_response

from .unanswered import Unanswered

_RESULT = ("content", "structuredContent", "isError")
_UNCHECKED = "This answer cannot be checked any more. Call the tool again."


class Resumed:
    """Shows plugins the results in such a stream. What may be one of a call that is not known is withheld."""

    def __init__(self, server: str, session: bytes, unanswered: Unanswered) -> None:
        self._server, self._session, self._unanswered = server, session, unanswered

    async def judged(self, frame: bytes) -> bytes:
        """Return an event for the client."""
        if isinstance(frame, Fragment):
            return b""
        data = payload(frame)
        if not data:
            return frame
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError:
            return b""
        if isinstance(document, list):
            return changed_frame(frame, [await self._judged(message) for message in document])
        return changed_frame(frame, await self._judged(document))

    async def _judged(self, message: Any) -> Any:
        keys = {key.lower() for key in message} if isinstance(message, dict) else set()
        if "result" not in keys:
            return message
        if "method" in keys or "result" not in message:
            return _withheld(message)
        call = self._unanswered.find(self._server, self._session, message.get("id"))
        if call is not None:
            return await call.answer_late(message)
        return _withheld(message) if _is_tools(message["result"]) else message


def _is_tools(result: Any) -> bool:
    return isinstance(result, dict) and any(name in result for name in _RESULT)


def _withheld(message: Message) -> Message:
    return error_response(message.get("id"), INTERNAL_ERROR, _UNCHECKED, {"code": "unchecked_answer"})
