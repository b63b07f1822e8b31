"""One POST: its calls of tools through the plugins, to the server, and the answer back, as JSON or as events."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns
from typing import Any, Final

from routeiq_plugin_sdk import Reject

from routeiq.core.dialects.sse import FrameSplitter, payload
from routeiq.core.errors import PluginAborted
from routeiq.core.jsonrpc import Message, RPCError
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans
from routeiq.core.remote_calls import RemoteError
from routeiq.transport import UpstreamClient, UpstreamError, UpstreamResponse
from routeiq.transport.remote_headers import IDENTITY, is_event_stream

from .answers import Answers
from .failures import answered_with, no_result, remote_error, status_of
from .mirrored import SINCE, version_of
from .posted import Posted
from .replies import Reply, check_plain, check_status, is_json
from .resumed import Find, Resumed
from .schemas import ToolSchemas
from .servers import RawHeaders, Server
from .tool_calls import SESSION, ToolCall, made_call
from .unanswered import Unanswered

LISTEN: Final = "subscriptions/listen"
_TRACE: Final = (b"traceparent", b"tracestate")


class Post:
    """A POST under way."""

    def __init__(
        self, server: Server, client: UpstreamClient, schemas: ToolSchemas, streams: Unanswered, tasks: Unanswered,
        activity: Activity, reply: Reply,
    ) -> None:  # fmt: skip
        assert activity.plans is not None
        self._server = server
        self._client = client
        self._schemas = schemas
        self._streams, self._tasks = streams, tasks
        self._activity = activity
        self._reply = reply
        self._plans: Plans = activity.plans
        self._headers: RawHeaders = []
        self._calls: list[ToolCall] = []
        self._refused: list[ToolCall] = []
        self._local: list[Message] = []
        self._id: Any = None
        self._resumable = False

    @property
    def _judges(self) -> bool:
        """Whether plugins see results."""
        return self._plans.tool_post_call is not None

    async def serve(self, headers: RawHeaders, body: bytes) -> None:
        """Serve it."""
        self._headers = headers
        exception: BaseException | None = None
        try:
            await self._serve(body)
        except (RPCError, RemoteError, UpstreamError) as error:
            failure = remote_error(error) if isinstance(error, UpstreamError) else error
            exception = failure
            if self._reply.started and not self._calls:
                raise  # what was relayed as it is breaks off as it did
            await self._tell(failure)
        except BaseException as error:
            exception = error
            raise
        finally:
            self._finish(exception)

    async def _serve(self, body: bytes) -> None:
        guarded = self._judges or self._plans.tool_pre_call is not None
        posted = Posted(body, guarded=guarded)
        self._id = posted.id
        for message, name, arguments in posted.checked(self._headers):
            self._calls.append(made_call(self._server, self._activity, self._headers, message, name, arguments))
        for call in self._calls:
            await self._ask(call)
        going = [call for call in self._calls if not call.settled]
        outgoing = posted.outgoing(going, self._refused)
        if not outgoing:
            await self._answer_refused(posted)
            return
        further = self._outgoing_headers(going)
        for call in going:
            call.logical.sent = perf_counter_ns()
        # A stream of notifications may be silent for as long as nothing happens.
        timeout = float("inf") if posted.method() == LISTEN else self._server.timeout
        response = await self._client.request(
            "POST", self._server.target, self._server.headers, outgoing, further=further, read_timeout=timeout
        )
        try:
            await self._answer(response, posted, going)
        finally:
            await response.close()

    def _header(self, name: bytes) -> bytes:
        return next((value for key, value in self._headers if key == name), b"")

    # Before the server

    async def _ask(self, call: ToolCall) -> None:
        """Have plugins judge a call, and note the error that answers it if they refuse."""
        original = call.logical.input
        refusal = await call.ask_plugins()
        if refusal is not None:
            self._refused.append(call)
            self._local.append(refusal)
        elif call.changed and version_of(self._headers) >= SINCE:
            self._headers = await self._schemas.followed(self._server, call, original, self._headers)

    def _outgoing_headers(self, going: list[ToolCall]) -> RawHeaders:
        headers = self._server.sent(self._headers)
        if self._calls or self._judges:
            # The answer is read here.
            headers = [*(pair for pair in headers if pair[0] != b"accept-encoding"), IDENTITY]
        traces = [call.logical.trace_context for call in going if call.logical.trace_context]
        if traces:
            headers = [pair for pair in headers if pair[0] not in _TRACE]
            headers += [(name.encode("ascii"), value.encode("ascii")) for name, value in traces[0].items()]
        return headers

    async def _answer_refused(self, posted: Posted) -> None:
        """Answer a body that has nothing left for the server."""
        if posted.is_batch:
            await self._reply.document(200, self._local)
            return
        error = self._refused[0].error
        headers = error.headers.raw if isinstance(error, Reject) else ()
        assert error is not None
        await self._reply.document(status_of(error), self._local[0], headers)  # type: ignore[arg-type]

    # After it

    async def _answer(self, response: UpstreamResponse, posted: Posted, going: list[ToolCall]) -> None:
        check_status(response, self._server)
        reads = self._judges or bool(self._local)
        others = Resumed(self._found_by(posted), self._activity) if self._judges else None
        reader = Answers(going, posted.ids, others) if self._calls else others
        if reader is not None:
            check_plain(response)
        if not posted.ids and self._judges and response.status < 300:
            await self._reply.whole(response, b"")  # nothing was asked for
        elif not posted.ids:
            await self._reply.relay(response)
        elif response.status == 202 and self._local:
            await self._reply.document(200, self._local)
        elif response.status == 202:
            await self._reply.whole(response, b"")
        elif is_event_stream(response.headers) and response.status < 300:
            await self._events(response, reader, reads=reads)
        elif is_json(response):
            await self._json(response, reader, reads=reads)
        else:
            error = answered_with(response.status)
            for call in going:
                call.fail(error)
            await self._reply.failure(response, error, self._id)

    def _found_by(self, posted: Posted) -> Find:
        """Return what finds the call that a response to another request has the result of."""
        server, session, task = self._server.name, self._header(SESSION), posted.task()
        if task is not None:
            return lambda message: self._tasks.find(server, b"", task)
        return lambda message: self._streams.find(server, session, message.get("id"))

    async def _json(self, response: UpstreamResponse, answers: Answers | Resumed | None, *, reads: bool) -> None:
        if answers is None:
            await self._reply.relay(response)
            return
        body = await response.read()
        if not reads:
            answers.note(body)
            await self._reply.whole(response, body)
        else:
            body = await answers.judged_body(body, self._local)
            errors = [call.error for call in self._calls if call.error is not None and call not in self._refused]
            aborted = next((error.status_code for error in errors if isinstance(error, PluginAborted)), None)
            await self._reply.whole(response, body, None if self._local else aborted)

    async def _events(self, response: UpstreamResponse, answers: Answers | Resumed | None, *, reads: bool) -> None:
        if answers is None:
            await self._reply.relay(response)
            return
        await self._reply.begin(response, changed=reads)
        for message in self._local:
            await self._reply.event(message)
        splitter = FrameSplitter()
        async for chunk in response.chunks():
            if not reads:
                await self._reply.piece(chunk)
            for frame in splitter.split(chunk):
                await self._frame(frame, answers, reads=reads)
        # What lacks its blank line is no event: clients leave it out.
        unanswered = [call for call in self._calls if not call.settled]
        if unanswered and not self._resumable:
            raise no_result()
        await self._reply.end()

    async def _frame(self, frame: bytes, answers: Answers | Resumed, *, reads: bool) -> None:
        self._resumable = self._resumable or frame.startswith(b"id:") or b"\nid:" in frame or b"\rid:" in frame
        if reads:
            await self._reply.piece(await answers.judged_frame(frame))
        else:
            answers.note(payload(frame) or b"")
        for call in self._calls:
            if call.settled:
                call.finish()

    # The end

    async def _tell(self, error: RPCError | RemoteError) -> None:
        """Tell the client of an error: in the place of an answer, or as the end of a stream that has begun."""
        unsettled = [call for call in self._calls if not call.settled]
        if not self._reply.started:
            for call in unsettled:
                call.fail(error)
            await self._reply.error(error, self._id)
            return
        if not (self._resumable and error.code == "upstream_connection_broken"):
            for call in unsettled:
                await self._reply.event(call.fail(error))
        await self._reply.end()

    def _finish(self, exception: BaseException | None) -> None:
        session = self._header(SESSION)
        for call in self._calls:
            cancelled = isinstance(exception, asyncio.CancelledError | GeneratorExit)
            if not call.settled and session and (self._resumable or cancelled):
                self._streams.keep(session, call.id, call)
                if not cancelled:
                    continue  # it ends when its answer comes, or does not come in time
            call.finish(exception)
            if call.task is not None:
                self._tasks.keep(b"", call.task, call)
