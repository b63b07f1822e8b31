"""Stream windows: text held until every plugin that judges it has, edited in one place, and let go in order.

The text of each passage is kept once for all plugins. Each judges it at its own pace, in windows of its own; what one
replaces is what the others see from then on. A frame leaves as a whole when all plugins have passed all of its text,
and every frame before it has left; so the hold is that of the plugin that holds most, and not the sum of all.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter_ns

from routeiq_plugin_sdk import StreamChunk, ToolCall, WindowText

from .dialects import StreamEvent
from .plans import Guard

Judge = Callable[[Guard, WindowText, bool], Awaitable[str]]
Held = Callable[[str, int, int], None]
Chunks = tuple[StreamChunk, ...]
Leaving = tuple[StreamEvent | None, Chunks]
_TEXTS = ("text", "reasoning", "refusal")


class _Segment:
    """The text of one chunk, as it is now."""

    __slots__ = ("gone", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.gone = False


class _Frame:
    """An event that is held; `event` is None for a chunk that no event stands for."""

    __slots__ = ("chunks", "event", "segments")

    def __init__(self, event: StreamEvent | None, chunks: Chunks, segments: list[_Segment | None]) -> None:
        self.event = event
        self.chunks = chunks
        self.segments = segments

    def leaves(self) -> bool:
        """Return whether all of its text may leave."""
        return all(segment is None or segment.gone for segment in self.segments)

    def edited(self) -> Chunks:
        """Return the chunks as plugins leave them; the very same tuple if they left them alone."""
        chunks = [
            chunk if segment is None or segment.text == _text_of(chunk) else _with_text(chunk, segment.text)
            for chunk, segment in zip(self.chunks, self.segments, strict=True)
        ]
        same = all(new is old for new, old in zip(chunks, self.chunks, strict=True))
        return self.chunks if same else tuple(chunks)


class _Passage:
    """One text of the answer. Positions count its characters as they leave."""

    def __init__(self, kind: str, index: int, guards: Sequence[Guard]) -> None:
        self.kind = kind
        self.index = index
        self.call: ToolCall | None = None
        self.segments: deque[_Segment] = deque()
        self.start = 0  # where the first segment that is held begins
        self.end = 0
        self.before = ""
        self.safe = [0] * len(guards)  # up to where each plugin lets the text go
        self.open = False
        self._context = max(guard.window.size for guard in guards)

    def add(self, segment: _Segment) -> None:
        self.segments.append(segment)
        self.end += len(segment.text)
        self.open = True

    def between(self, start: int, stop: int) -> str:
        """Return the text that is held between two positions."""
        held = "".join([segment.text for segment in self.segments])
        return held[start - self.start : stop - self.start]

    def window(self, start: int, stop: int, size: int) -> WindowText:
        text = self.between(start, stop)
        room = max(size - len(text), 0)
        before = (self.before + self.between(self.start, start))[-room:] if room else ""
        return WindowText(text, before, self.kind, self.index, self.call, start)  # type: ignore[arg-type]

    def replace(self, number: int, start: int, old: str, new: str) -> None:
        """Put one plugin's text in the place of a window's, as far as the two differ."""
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        first, last, text = start + head, start + len(old) - tail, new[head : len(new) - tail]
        self._write(first, last, text)
        shift = len(text) - (last - first)
        self.end += shift
        for other, position in enumerate(self.safe):
            if other == number or position <= first:
                continue
            self.safe[other] = position + shift if position >= last else first

    def _write(self, first: int, last: int, text: str) -> None:
        position, written = self.start, False
        for segment in self.segments:
            stop = position + len(segment.text)
            if not written and (first < stop or segment is self.segments[-1]):
                keep, rest = segment.text[: first - position], segment.text[max(last - position, 0) :]
                segment.text = keep + text + (rest if last < stop else "")
                written = True
            elif written and position < last:
                segment.text = segment.text[last - position :]
            position = stop

    def let_go(self) -> None:
        """Release the segments that every plugin has passed."""
        limit = min(self.safe)
        while self.segments and self.start + len(self.segments[0].text) <= limit:
            segment = self.segments.popleft()
            segment.gone = True
            self.start += len(segment.text)
            self.before = (self.before + segment.text)[-self._context :]


class _FirstText:
    """Tells how long each plugin's window held the first text of a stream back: until enough had come to judge it."""

    def __init__(self, guards: Sequence[Guard], held: Held) -> None:
        self.arrived = 0  # what is being taken up now
        self._held = held
        self._waiting = {number: guard.plan.plugins[0] for number, guard in enumerate(guards) if guard.plan.plugins}
        self._began = 0
        self._passage: _Passage | None = None
        self._segment: _Segment | None = None

    def came(self, passage: _Passage, segment: _Segment) -> None:
        if self._passage is None:
            self._passage, self._segment, self._began = passage, segment, self.arrived

    def judged(self, passage: _Passage, number: int) -> None:
        if passage is not self._passage or number not in self._waiting or self._segment is None:
            return
        if self._segment.gone or passage.safe[number] >= passage.start + len(self._segment.text):
            self._held(self._waiting.pop(number), self._began, self.arrived)


class Windows:
    """The windows of one stream."""

    def __init__(self, guards: Sequence[Guard], judge: Judge, held: Held | None = None) -> None:
        """Begin.

        Args:
            guards: The plugins, in the order of their calls.
            judge: Calls one of them, and returns the text that leaves; raises what ends the stream.
            held: Told of the first text how long each plugin held it back (`Trace.held`); None: nobody asks.
        """
        self._first = None if held is None else _FirstText(guards, held)
        self._guards = guards
        self._judge = judge
        self._passages: dict[tuple[str, int, int], _Passage] = {}
        self._current: dict[int, _Passage] = {}  # by choice
        self._frames: deque[_Frame] = deque()

    async def add(self, event: StreamEvent | None, chunks: Chunks) -> list[Leaving]:
        """Take up an event with its chunks, and return what may leave now."""
        segments: list[_Segment | None] = []
        if self._first is not None:
            self._first.arrived = perf_counter_ns()
        self._frames.append(_Frame(event, chunks, segments))
        for chunk in chunks:
            segments.append(await self._take(chunk))
            if chunk.finish_reason is not None and chunk.index in self._current:
                await self._end(self._current[chunk.index])
        if event is not None and event.closes and 0 in self._current:
            await self._end(self._current[0])
        return self._leaving()

    async def end(self) -> list[Leaving]:
        """Judge what is left, and return all that is held."""
        if self._first is not None:
            self._first.arrived = perf_counter_ns()
        for passage in self._passages.values():
            await self._end(passage)
        return self._leaving()

    async def _take(self, chunk: StreamChunk) -> _Segment | None:
        call = chunk.tool_call if chunk.kind == "tool_call" else None
        if call is None and chunk.kind not in _TEXTS:
            return None
        key = chunk.kind, chunk.index, -1 if call is None else call.index
        passage = self._passages.get(key)
        if passage is None:
            passage = self._passages[key] = _Passage(chunk.kind, chunk.index, self._guards)
        if call is not None:
            known = passage.call or ToolCall(call.index)
            passage.call = ToolCall(call.index, call.id or known.id, call.name or known.name)
        text = _text_of(chunk)
        if not text:
            return None
        before = self._current.get(chunk.index)
        if before is not None and before is not passage:
            await self._end(before)  # the answer has moved on
        self._current[chunk.index] = passage
        segment = _Segment(text)
        passage.add(segment)
        if self._first is not None:
            self._first.came(passage, segment)
        await self._judge_full(passage)
        return segment

    async def _judge_full(self, passage: _Passage) -> None:
        for number, guard in enumerate(self._guards):
            hold = guard.window.hold
            while passage.end - passage.safe[number] >= hold:
                start = passage.safe[number]
                end = min(passage.end, start + guard.window.size)
                stop = await self._judged(passage, number, start, end, is_final=False)
                passage.safe[number] = max(start, stop - guard.window.overlap)
                if self._first is not None:
                    self._first.judged(passage, number)
        passage.let_go()

    async def _end(self, passage: _Passage) -> None:
        if not passage.open:
            return
        passage.open = False
        for number in range(len(self._guards)):
            await self._judged(passage, number, passage.safe[number], passage.end, is_final=True)
            passage.safe[number] = passage.end
            if self._first is not None:
                self._first.judged(passage, number)
        passage.safe = [passage.end] * len(self._guards)
        passage.let_go()

    async def _judged(self, passage: _Passage, number: int, start: int, stop: int, *, is_final: bool) -> int:
        """Have one plugin judge a window; return where its end is now."""
        guard = self._guards[number]
        window = passage.window(start, stop, guard.window.size)
        text = await self._judge(guard, window, is_final)
        if text != window.text:
            passage.replace(number, start, window.text, text)
        return start + len(text)

    def _leaving(self) -> list[Leaving]:
        leaving: list[Leaving] = []
        while self._frames and self._frames[0].leaves():
            frame = self._frames.popleft()
            leaving.append((frame.event, frame.edited()))
        return leaving


def _text_of(chunk: StreamChunk) -> str:
    if chunk.kind == "tool_call":
        return "" if chunk.tool_call is None else chunk.tool_call.arguments
    return chunk.text if chunk.kind in _TEXTS else ""


def _with_text(chunk: StreamChunk, text: str) -> StreamChunk:
    if chunk.kind == "tool_call" and chunk.tool_call is not None:
        return dataclasses.replace(chunk, tool_call=dataclasses.replace(chunk.tool_call, arguments=text))
    return dataclasses.replace(chunk, text=text)


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    return next(position for position in range(most) if one[position] != other[position])
