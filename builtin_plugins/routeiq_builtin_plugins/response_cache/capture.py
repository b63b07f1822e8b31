"""A streamed answer as it came from upstream, put together before any plugin has changed it."""

from __future__ import annotations

from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage


class Capture:
    """Takes up the chunks of one stream, until it has more than it may.

    Attributes:
        plain: Whether they say nothing but the text and the tool calls of one answer, and not too much.
    """

    __slots__ = ("_calls", "_finish_reason", "_left", "_texts", "_usage", "plain")

    def __init__(self, most: int) -> None:
        """Begin; `most` is how many characters are kept."""
        self.plain = True
        self._left = most
        self._texts: list[str] = []
        self._calls: dict[int, list[str | None]] = {}
        self._finish_reason: str | None = None
        self._usage: Usage | None = None

    def add(self, chunk: StreamChunk) -> None:
        """Take up the next chunk."""
        if not self.plain:
            return
        if chunk.usage is not None:
            self._usage = chunk.usage
        if chunk.finish_reason is not None:
            self._finish_reason = chunk.finish_reason
        if chunk.index or (chunk.text and chunk.kind != "text"):
            self._give_up()
        elif chunk.kind == "text":
            self._texts.append(chunk.text)
            self._spend(len(chunk.text))
        elif chunk.tool_call is not None:
            self._add_call(chunk.tool_call)

    def response(self) -> LLMResponse | None:
        """Return the answer; None if it says more than can be kept."""
        if not self.plain:
            return None
        calls = tuple(
            ToolCall(index, one, name, text or "") for index, (one, name, text) in sorted(self._calls.items())
        )
        return LLMResponse("".join(self._texts), calls, self._finish_reason or "", self._usage)

    def _add_call(self, part: ToolCall) -> None:
        call = self._calls.setdefault(part.index, [None, None, ""])
        call[0] = part.id or call[0]
        call[1] = part.name or call[1]
        call[2] = f"{call[2]}{part.arguments}"
        self._spend(len(part.arguments) + 1)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            self._give_up()

    def _give_up(self) -> None:
        self.plain = False
        self._texts, self._calls = [], {}
