"""A streamed answer: each event as soon as it is there and judged, and an end that clients understand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from time import perf_counter_ns
from typing import Final

from routeiq.core.dialects.sse import Fragment, StreamDecoder, StreamEvent, changed_frame, payload
from routeiq.transport import UpstreamError, UpstreamResponse

from .answers import TOLD
from .errors import AgentError, failed, invalid_answer, too_large, unreachable
from .incoming import Asked
from .judge import Document, Judge
from .pieces import Pieces

_BOM: Final = b"\xef\xbb\xbf"
_FIELDS: Final = (b":", b"data", b"event", b"id", b"retry")
_NO_OBJECT: Final = "The agent's stream holds an event that is no JSON object."


class AgentStream:
    """The stream of one call. Who has it closes it: it may be given up before its first event is asked for.

    Attributes:
        frames: The events for the client; an error of ours is the last one.
    """

    def __init__(
        self,
        response: UpstreamResponse,
        asked: Asked,
        judge: Judge,
        pieces: Pieces | None,
        end: Callable[[BaseException | None], None],
    ) -> None:
        """Take a stream.

        Args:
            pieces: Puts the pieces of artifacts together; None: they pass as they come.
            end: Told what the stream ended with; only the first time counts.
        """
        self._response = response
        self._asked = asked
        self._judge = judge
        self._logical = judge.logical
        self._pieces = pieces
        self._end = end
        self._failed: AgentError | None = None
        self._ended = False
        self.frames = self._frames()

    async def aclose(self) -> None:
        """Give up what is left; harmless after the end."""
        await self.frames.aclose()
        await self._response.close()
        if not self._ended:
            self._abort(asyncio.CancelledError())

    async def _frames(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._passed()) as passed:
                async for frame in passed:
                    yield frame
        except TOLD as error:
            self._settle(error)
            yield self._asked.binding.error_frame(error)
        except BaseException as error:
            self._abort(error)
            raise
        else:
            self._settle(self._failed)

    def _abort(self, error: BaseException) -> None:
        self._logical.call.aborted = True
        self._settle(error)

    def _settle(self, error: BaseException | None) -> None:
        self._ended = True
        self._end(error)

    async def _passed(self) -> AsyncGenerator[bytes, None]:
        response, decoder = self._response, StreamDecoder()
        try:
            async for chunk in response.chunks():
                for event in decoder.feed(chunk):
                    for frame in await self._taken(event):
                        yield frame
            for event in decoder.close():
                for frame in await self._taken(event):
                    yield frame
            for held in self._pieces.rest() if self._pieces is not None else ():
                yield await self._judged(*held)
        except UpstreamError as error:
            raise unreachable(error) from error
        finally:
            await response.close()

    async def _taken(self, event: StreamEvent) -> list[bytes]:
        """Return what leaves for the client now that an event has come."""
        if not self._logical.answered:
            self._logical.answered = perf_counter_ns()
        if event.data is None:
            if self._judge.active and not _says_nothing(event.frame):
                raise too_large() if type(event.frame) is Fragment else invalid_answer(_NO_OBJECT)
            return [event.frame]
        if self._asked.binding.is_error(event.data):
            self._failed = failed("The agent ended its stream with an error.")
            return [event.frame]
        document = Document(event.data, self._asked)
        if self._pieces is None:
            return [await self._judged(event.frame, document)]
        return [await self._judged(frame, one) for frame, one in self._pieces.taken(event.frame, document)]

    async def _judged(self, frame: bytes, document: Document) -> bytes:
        return changed_frame(frame, document.value) if await self._judge.judged(document) or document.changed else frame


def _says_nothing(frame: bytes) -> bool:
    """Return whether an event has no data, nor a line that is none of an event's.

    Clients that do not look at the type of an answer could take such lines for a whole one.
    """
    if type(frame) is Fragment or (payload(frame) or b"").strip() not in (b"", b"[DONE]"):
        return False
    return all(line.startswith(_FIELDS) for line in frame.removeprefix(_BOM).splitlines() if line.strip())
