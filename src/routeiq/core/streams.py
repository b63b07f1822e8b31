"""A streamed answer on its way to the client: hooks on each step, the whole answer assembled, one valid end.

Bytes pass untouched wherever no plugin changes them. Nothing is held back but terminal events (finish reason, usage,
end), which leave after the final chunk hooks.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Iterator
from time import perf_counter_ns

from routeiq_plugin_sdk import Reject, StreamChunk

from .assembly import Assembler, Meter
from .attempts import Attempt, AttemptError
from .calls import LogicalCall
from .dialects import StreamDecoder, StreamEncoder, StreamEvent
from .errors import PluginAborted
from .telemetry import Tracer
from .windows import Windows

FINAL = StreamChunk(kind="other")

_ENDS = (b"\n\n", b"\r\n\r\n")
# Where events of all dialects have their usage and their errors; providers also write null there.
_TELLING = re.compile(rb'"usage"\s*:\s*\{|"error"\s*:\s*[{"]')


class CallStream:
    """The stream of one logical call, as bytes of the client's dialect.

    Iterate it once, and close it (`contextlib.aclosing`): closed before its end it is a success with what was
    assembled, and `call.aborted`.
    """

    def __init__(
        self,
        logical: LogicalCall,
        attempt: Attempt,
        decoder: StreamDecoder,
        encoder: StreamEncoder,
        *,
        native: bool,
        strips_usage: bool,
    ) -> None:
        """Join an attempt to its call.

        Args:
            native: Whether the upstream speaks the client's dialect, so that unchanged bytes can pass.
            strips_usage: Whether usage was asked of the upstream on the host's behalf and is not for the client.
        """
        self._logical = logical
        self._attempt = attempt
        self._decoder = decoder
        self._encoder = encoder
        self._native = native
        self._strips_usage = strips_usage
        self._plan = logical.plans.llm_stream_chunk
        guards = logical.plans.windows
        trace = logical.activity.trace
        self._windows = Windows(guards, logical.judge, None if trace is None else trace.held) if guards else None
        self._assembler: Assembler | Meter | None = None
        if logical.observed or logical.evaluation is not None:
            self._assembler = Assembler(lambda: logical.messages)
        elif logical.metered:
            self._assembler = Meter()
        # Whether nothing of the answer has left yet that a tracer waits for: not a role, not an empty event.
        self._awaits_first = logical.plans.tracer is not None
        # Whether nobody looks at what passes, but perhaps a meter, or an evaluator who judges it afterwards.
        self._passing = native and self._plan is None and self._windows is None and not logical.observed
        self._ended = False
        self._saw_terminal = False
        self._error: AttemptError | None = None

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        logical = self._logical
        tracer = logical.plans.tracer  # until it is told of the first piece
        try:
            start = self._encoder.start()
            if start:
                yield start
            async for data in self._attempt.chunks():
                out = await self._pass(data)
                if not out:
                    continue
                if tracer is None or self._awaits_first:
                    yield out
                else:
                    with self._first_piece(tracer):
                        yield out
                    tracer = None
            tail = await self._finish()
            if tail:
                untold = None if self._awaits_first else tracer
                with contextlib.nullcontext() if untold is None else self._first_piece(untold):
                    yield tail
            if self._error is not None:
                await logical.fail(self._error)
            else:
                await self._succeed()
        except (GeneratorExit, asyncio.CancelledError):
            logical.call.aborted = not self._ended
            await self._succeed()
            raise
        except (Reject, PluginAborted, AttemptError) as exception:
            # Told before the last bytes leave: the client may be gone by then, and the call has ended all the same.
            await logical.fail(exception)
            yield self._error_event(exception)
        except BaseException as exception:
            await logical.fail(exception)
            raise
        finally:
            await self._attempt.close()

    async def _pass(self, data: bytes) -> bytes:
        """Return what becomes of one piece of the upstream's stream."""
        if self._passing and (self._assembler is not None or not self._strips_usage):
            self._saw_terminal = True  # nobody looks into this stream: its end is the connection's
            return data if self._passes(data) else self._looked_through(data)
        if self._plan is None and self._windows is None and self._native and not self._strips_usage:
            whole = not self._decoder.pending
            events = self._decoder.feed(data)
            for event in events:
                self._watch(event)
            if whole and not self._decoder.pending:
                return data
            # A part of an event waits for the rest of it: an error event must never come to stand inside one.
            return b"".join([event.frame for event in events])
        events = self._decoder.feed(data)
        if not events:
            return b""
        if len(events) == 1:
            return await self._event(events[0])
        return b"".join([await self._event(event) for event in events])

    def _passes(self, data: bytes) -> bool:
        """Return whether nobody wants to know what is in a piece: else its first text, its usage, an error, or all."""
        if self._awaits_first or self._decoder.pending:
            return False
        if isinstance(self._assembler, Assembler):
            return False
        return self._assembler is None or (data.endswith(_ENDS) and _TELLING.search(data) is None)

    def _looked_through(self, data: bytes) -> bytes:
        frames = []
        for event in self._decoder.feed(data):
            self._watch(event)
            if not (self._strips_usage and event.usage_only):
                frames.append(event.frame)
        return b"".join(frames)

    def _watch(self, event: StreamEvent) -> None:
        """Learn of an event whose bytes pass as they are."""
        self._encoder.passed(event)
        if event.terminal:
            self._saw_terminal = True
        if event.error is not None:
            self._error = _upstream_error(event)
        if event.done:
            self._ended = True
        self._take(event.chunks)

    async def _event(self, event: StreamEvent) -> bytes:
        chunks = event.chunks
        if self._plan is not None and chunks:
            chunks = await self._edited(chunks)
        if self._windows is not None:
            out = b"".join([self._leave(*leaving) for leaving in await self._windows.add(event, chunks)])
        else:
            out = self._leave(event, chunks)
        if not event.terminal:
            return out
        self._saw_terminal = True
        # Terminal events wait in the encoder for the final chunk hooks.
        return out + await self._finish() if event.done else out

    def _leave(self, event: StreamEvent | None, chunks: tuple[StreamChunk, ...]) -> bytes:
        """Return what becomes of an event once all plugins have let it go."""
        self._take(chunks)
        if event is None:
            return b"".join([self._encoder.extra(chunk) for chunk in chunks])
        if event.error is not None:
            self._error = _upstream_error(event)
        return b"" if self._strips_usage and event.usage_only else self._encoder.event(event, chunks)

    def _take(self, chunks: tuple[StreamChunk, ...]) -> None:
        """Take up the chunks that leave."""
        if self._awaits_first and any(chunk.text or chunk.kind == "tool_call" for chunk in chunks):
            self._awaits_first = False
        if self._assembler is not None:
            for chunk in chunks:
                self._assembler.add(chunk)

    async def _edited(self, chunks: tuple[StreamChunk, ...]) -> tuple[StreamChunk, ...]:
        """Return the chunks as plugins leave them; the very same tuple if they left them alone."""
        changed: list[StreamChunk] | None = None
        for position, chunk in enumerate(chunks):
            new = await self._hooked(chunk, is_final=False)
            if new is not chunk:
                changed = list(chunks) if changed is None else changed
                changed[position] = new
        return chunks if changed is None else tuple(changed)

    async def _hooked(self, chunk: StreamChunk, is_final: bool) -> StreamChunk:
        logical, plan = self._logical, self._plan
        assert plan is not None
        result = plan.call(logical.call, logical.model, chunk, logical.parameters, is_final, logical.activity)
        if plan.is_async:
            result = await result
        edited: StreamChunk = result
        return edited

    async def _finish(self) -> bytes:
        """Run the final chunk hooks, and return what leaves after them; nothing the second time."""
        if self._ended:
            return b""
        rest = self._decoder.close()
        leftover = [await self._event(event) for event in rest]
        if self._ended:
            return b"".join(leftover)
        if not self._saw_terminal and self._error is None:
            raise AttemptError(502, "The upstream's stream ended before the answer did.", "upstream_stream_broken")
        out = leftover
        if self._plan is not None:
            final = await self._hooked(FINAL, is_final=True)
            if self._windows is not None:
                out += [self._leave(*leaving) for leaving in await self._windows.add(None, (final,))]
            else:
                out.append(self._leave(None, (final,)))
        if self._windows is not None:
            out += [self._leave(*leaving) for leaving in await self._windows.end()]
        self._ended = True
        return b"".join([*out, self._encoder.end()])

    @contextlib.contextmanager
    def _first_piece(self, tracer: Tracer) -> Iterator[None]:
        """Note when the answer's first piece leaves, and tell of it once it has, or the reader has left instead."""
        activity = self._logical.activity
        self._logical.first_piece = perf_counter_ns()
        try:
            yield
        finally:
            activity.trace = tracer.stream_began(activity.trace, self._logical)

    async def _succeed(self) -> None:
        if self._assembler is not None:
            await self._logical.succeed(self._assembler.response())
        else:
            await self._logical.succeed(None)

    def _error_event(self, exception: Reject | PluginAborted | AttemptError) -> bytes:
        if isinstance(exception, PluginAborted):
            return self._encoder.error(exception.status_code, "A plugin of the gateway failed.", "plugin_failed")
        return self._encoder.error(exception.status_code, exception.message, exception.code)


def _upstream_error(event: StreamEvent) -> AttemptError:
    error = event.error or {}
    return AttemptError(
        502, str(error.get("message") or "The upstream reported an error in its stream."), "upstream_error"
    )
