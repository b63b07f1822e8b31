"""Streams of LiteLLM as its callers know them, with hooks on every step."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Final, Self

from litellm.litellm_core_utils.streaming_handler import CustomStreamWrapper
from litellm.responses.streaming_iterator import BaseResponsesAPIStreamingIterator
from litellm.utils import TextCompletionStreamWrapper
from routeiq_plugin_sdk import Headers, LLMResponse, Reject, StreamChunk, Usage

from routeiq.core.attempts import AttemptError
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, AnswerIdentity
from routeiq.core.dialects.passages import Passage
from routeiq.core.errors import PluginAborted
from routeiq.core.logging import Activity, current_activity
from routeiq.core.replay import chat_events
from routeiq.core.streams import CallStream

from .answers import Answer
from .caller_thread import CallerThread
from .errors import raised
from .levels import Level, inside
from .objects import Frames, LazyDocument, plain_text
from .requests import KeywordRequest

END: Final = object()
# What LiteLLM's own code and its callers ask `isinstance` of.
_KINDS: Final = (CustomStreamWrapper, TextCompletionStreamWrapper, BaseResponsesAPIStreamingIterator)


class RaisingStream(CallStream):
    """A stream that ends with an exception where others send an error event: its reader is Python code."""

    def _error_event(self, exception: Reject | PluginAborted | AttemptError) -> bytes:
        raise raised(exception, self._logical.call.model)

    def read_items(self, answer: Answer) -> None:
        """Take LiteLLM's objects as they are: to write and read each as JSON costs more than all hooks on it."""
        answer.as_items = True
        self._frames = answer.frames
        self._usage_apart = answer.asked_usage
        self._latest: Any = None

    async def _pass(self, data: Any) -> Any:
        """Return what becomes of one step: an object that nobody changed, or frames."""
        if type(data) is bytes:
            return await super()._pass(data)
        text = plain_text(data) if self._windows is None else None
        if text is None:
            return await super()._pass(self._frames.frame(data, usage_apart=self._usage_apart))
        chunk = StreamChunk("text", text, None, data.choices[0].index, None, None, LazyDocument(data))
        new = chunk if self._plan is None else await self._hooked(chunk, is_final=False)
        if new is not chunk:
            (event,) = self._decoder.feed(self._frames.frame(data))
            return self._leave(event, (new,))
        self._take((chunk,))
        self._latest = data
        return (data,)

    async def _finish(self) -> bytes:
        latest, self._latest = getattr(self, "_latest", None), None
        if latest is not None:  # what a plugin adds at the end continues from it
            for event in self._decoder.feed(self._frames.frame(latest)):
                self._encoder.passed(event)
        return await super()._finish()

    @property
    def activity(self) -> Activity:
        """What runs while a step is taken."""
        return self._logical.activity

    async def leave_unread(self) -> None:
        """End a stream of which nothing was read."""
        self._logical.call.aborted = True
        try:
            await self._succeed()
        finally:
            await self._attempt.close()


class Opened:
    """A stream that is ready to be read.

    Attributes:
        source: LiteLLM's own stream, or None for an answer that a plugin gave.
        frames: Turns frames into LiteLLM's objects.
        ended: Whether its call has ended, or is about to.
    """

    def __init__(self, source: Any, stream: RaisingStream, frames: Frames, levels: tuple[Level, ...]) -> None:
        self.source = source
        self.frames = frames
        self.ended = False
        self._levels = levels
        self._activity = stream.activity
        self._stream = stream
        self._pieces: AsyncGenerator[bytes, None] | None = None
        self._ready: deque[Any] = deque()

    async def take(self) -> Any:
        """Return the next of LiteLLM's objects, or `END`."""
        ready = self._ready
        if self._pieces is None:
            self._pieces = self._stream.__aiter__()
        while not ready:
            if self.ended:
                return END
            levels, activity = inside.set(self._levels), current_activity.set(self._activity)
            try:
                piece = await anext(self._pieces, END)
            except BaseException:
                self.ended = True
                raise
            finally:
                inside.reset(levels)
                current_activity.reset(activity)
            if piece is END:
                self.ended = True
                return END
            ready.extend(piece if type(piece) is tuple else self.frames.items(piece))  # type: ignore[arg-type]
        return ready.popleft()

    async def close(self) -> None:
        """End the stream: its call is a success with what was read so far."""
        if self.ended:
            return
        self.ended = True
        levels, activity = inside.set(self._levels), current_activity.set(self._activity)
        try:
            if self._pieces is None:
                await self._stream.leave_unread()
            else:
                await self._pieces.aclose()
        finally:
            inside.reset(levels)
            current_activity.reset(activity)


def open_stream(
    logical: LogicalCall,
    request: KeywordRequest,
    answer: Answer | LLMResponse,
    identity: AnswerIdentity,
    levels: tuple[Level, ...],
) -> Opened:
    """Return the stream of a call that was answered.

    Args:
        levels: What `inside` is while a step is taken.
    """
    dialect = request.operation.dialect
    given = answer if isinstance(answer, Answer) else None
    native = given is not None or dialect is CHAT
    stream = RaisingStream(
        logical,
        Replay(answer, identity) if isinstance(answer, LLMResponse) else answer,
        (dialect if native else CHAT).stream_decoder(),
        dialect.stream_encoder(identity, native=native, include_usage=request.include_usage),
        native=native,
        strips_usage=(given.asked_usage if given is not None else not request.include_usage),
    )
    if given is not None and dialect is CHAT:
        stream.read_items(given)
    frames = Frames(request.operation.api) if given is None else given.frames
    return Opened(None if given is None else given.value, stream, frames, levels)


class Replay:
    """A plugin's answer as a stream; the state machine's `Attempt`."""

    headers = Headers()

    def __init__(self, response: LLMResponse, identity: AnswerIdentity) -> None:
        self._response = response
        self._identity = identity

    def response(self) -> LLMResponse:
        """Return the answer."""
        return self._response

    def usage(self) -> Usage | None:
        """Return what the answer says of its usage."""
        return self._response.usage

    def passages(self) -> list[Passage]:
        """A stream is judged as it leaves."""
        return []

    def replace(self, old: Sequence[Passage], texts: Sequence[str]) -> None:
        """There is nothing to replace."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer as events of chat completions."""
        identity = self._identity
        for event in chat_events(
            self._response, id=identity.id, model=identity.model, created=identity.created, include_usage=True
        ):
            yield event

    async def close(self) -> None:
        """Nothing is held."""


class _HookedStream:
    """What both kinds have in common: LiteLLM's own attributes are those of its own stream."""

    _opened: Opened

    def __getattr__(self, name: str) -> Any:
        opened = self.__dict__.get("_opened")
        if opened is not None and opened.source is not None:
            return getattr(opened.source, name)
        if name in ("_hidden_params", "chunks"):
            return self.__dict__.setdefault(name, {} if name == "_hidden_params" else [])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class AsyncStream(_HookedStream):
    """An asynchronous stream."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        item = await self._opened.take()
        if item is END:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        """End the stream: its call is a success with what was read so far."""
        await self._opened.close()

    def __del__(self) -> None:
        opened = self.__dict__.get("_opened")
        if opened is not None and not opened.ended:
            with contextlib.suppress(RuntimeError):  # without a loop there is nobody left to tell
                asyncio.get_running_loop().create_task(opened.close())


class SyncStream(_HookedStream):
    """A synchronous stream: hooks run in the adapter's thread, LiteLLM's own work in the reader's."""

    _thread: CallerThread

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        item = self._thread.run(self._opened.take())
        if item is END:
            raise StopIteration
        return item

    def close(self) -> None:
        """End the stream: its call is a success with what was read so far."""
        self._thread.run(self._opened.close())

    def __del__(self) -> None:
        opened = self.__dict__.get("_opened")
        if opened is not None and not opened.ended:
            self._thread.abandon(opened.close())


def _classes(base: type[Any]) -> Mapping[type | None, type[Any]]:
    """Return the classes that also are LiteLLM's streams to `isinstance`, by LiteLLM's class."""
    return {None: base, **{kind: type(f"{base.__name__}Of{kind.__name__}", (base, kind), {}) for kind in _KINDS}}


_ASYNC: Final = _classes(AsyncStream)
_SYNC: Final = _classes(SyncStream)


def stream_object(opened: Opened, thread: CallerThread | None) -> Any:
    """Return what the caller gets: an asynchronous stream, or one that is read in the caller's thread."""
    kind = next((kind for kind in _KINDS if isinstance(opened.source, kind)), None)
    if opened.source is None and opened.frames.api == "chat":
        kind = CustomStreamWrapper
    made = (_ASYNC if thread is None else _SYNC)[kind]
    # Without LiteLLM's constructor: whatever that would set is the original's, behind `__getattr__`.
    stream: Any = object.__new__(made)
    stream._opened = opened
    if thread is not None:
        stream._thread = thread
    return stream
