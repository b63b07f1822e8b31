"""One request to an agent, from reading it to the end of its answer: the phases `agent_pre_call` and `agent_post_call`.

Invariants: what `agent_pre_call` judged is what is sent, written anew from what was read. Nothing of an answer leaves
before the plugins that judge answers have seen it. A call that began ends once, however it ends.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Reject, RemoteCall

from routeiq.core.dialects.sse import StreamDecoder, StreamEvent, changed_frame, dumps
from routeiq.core.dispatch import fire
from routeiq.core.errors import PluginAborted
from routeiq.core.jsonrpc import INTERNAL_ERROR, RPCError, checked
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans
from routeiq.core.remote_calls import LogicalRemoteCall
from routeiq.transport import UpstreamError, UpstreamResponse

from .agent import Agent
from .errors import AgentError, decision, invalid_answer, unreachable
from .forms import Json, to_current, to_wire
from .incoming import Asked, Incoming
from .payloads import payloads
from .said import Said

JSON: Final = (b"content-type", b"application/json")
_WHOLE: Final = ""
"""The key under which a document of HTTP+JSON stands where JSON-RPC has its `result`."""

_prefix: Final = secrets.token_hex(8)
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """A response that is there."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """A response whose body is an event stream; `frames` is to be closed by its reader."""

    status: int
    headers: list[tuple[bytes, bytes]]
    frames: AsyncGenerator[bytes, None]


def error_answer(error: AgentError, *, is_rpc: bool, id: Any = None) -> WholeAnswer:
    """Return an error in the shape of a binding; JSON-RPC's come with status 200: else its clients do not read them."""
    if is_rpc:
        return WholeAnswer(200, [JSON, *error.headers.raw], orjson.dumps(error.rpc_document(id)))
    return WholeAnswer(error.status_code, [JSON, *error.headers.raw], orjson.dumps(error.rest_document()))


class AgentRequest:
    """A request on its way to an agent and back."""

    def __init__(self, agent: Agent, asked: Asked, incoming: Incoming, activity: Activity) -> None:
        assert activity.plans is not None
        self._agent = agent
        self._asked = asked
        self._incoming = incoming
        self._activity = activity
        self._plans: Plans = activity.plans
        self._headers = agent.passed(incoming.headers.raw)
        operation = asked.operation
        self._call = RemoteCall(
            f"agent_{_prefix}{next(_serial):08x}", "agent", "a2a", agent.name, operation.name, operation.stream,
            activity.request, self._headers,
        )  # fmt: skip
        self._logical = LogicalRemoteCall(self._plans, activity, self._call, operation.name, {})
        if asked.id is not None:
            self._logical.attributes = {"request_id": str(asked.id)}
        self._said = Said()
        self._agent_failed: AgentError | None = None
        # What carries neither messages nor tasks is passed on, and is no call.
        self._counts = operation.sends or operation.answers

    async def answer(self) -> WholeAnswer | StreamedAnswer:
        """Ask the agent, and return what the client gets; errors too, in the shape of the binding."""
        try:
            return await self._called()
        except (AgentError, Reject, PluginAborted) as error:
            return self._error(error)

    async def _called(self) -> WholeAnswer | StreamedAnswer:
        if self._counts:
            self._logical.begin(evaluated=self._asked.operation.sends)
        try:
            body = await self._prepared()
            self._logical.sent = perf_counter_ns()
            response = await self._send(body)
            if _is_stream(response):
                return self._streamed(response)
            answer = await self._whole(response)
        except BaseException as error:
            self._end(error)
            raise
        return answer

    def _end(self, error: BaseException | None = None) -> None:
        """Tell the end of what is a call: what else passes through is none."""
        if not self._counts:
            return
        if error is None:
            self._logical.output = self._said.result
            self._logical.succeed()
        else:
            self._logical.fail(error)

    async def _prepared(self) -> bytes:
        """Run `agent_pre_call`, and return the body that is sent."""
        plan = self._plans.agent_pre_call
        if not self._asked.operation.sends:
            return self._incoming.body
        try:
            holder, name = self._asked.message_place()
        except AgentError:
            if plan is None:
                return self._incoming.body  # it is for the agent to say what is wrong with it
            raise
        message = to_current(holder[name], "message", self._asked.form)
        self._logical.input = message
        if plan is None:
            return self._incoming.body
        with self._logical.phase():
            judged = await fire(plan, self._call, self._agent.name, message, self._activity)
        if judged is not message:
            holder[name] = to_wire(judged, "message", self._asked.form)
            self._logical.input = judged
        return orjson.dumps(self._asked.document)

    async def _send(self, body: bytes) -> UpstreamResponse:
        headers = self._headers
        if self._logical.trace_context:
            headers = headers.with_headers(self._logical.trace_context)
        incoming = self._incoming
        return await self._agent.send(incoming.method, incoming.below, incoming.query, headers, body)

    # Whole answers

    async def _whole(self, response: UpstreamResponse) -> WholeAnswer:
        try:
            body = await response.read()
        except UpstreamError as error:
            raise unreachable(error) from error
        self._logical.answered = perf_counter_ns()
        headers = self._agent.returned(response.headers)
        operation = self._asked.operation
        if self._incoming.method == "HEAD" or response.status in (204, 205):
            self._end()
            return WholeAnswer(response.status, headers, b"")
        document = self._document(body)
        if response.status >= 400 or (self._asked.is_rpc and _is_error(document)):
            return self._failed(response.status, headers, body, document)
        if operation.is_card:
            body = self._card(document)
        elif operation.answers:
            if not isinstance(document, dict):
                raise invalid_answer("The agent's answer is no JSON object.")
            body = await self._judged(document) or body
        elif isinstance(document, dict):
            body = await self._judged(document) or body
        self._end()
        return WholeAnswer(response.status, headers, body)

    def _document(self, body: bytes) -> Any:
        try:
            return orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            return None

    def _failed(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, document: Any) -> WholeAnswer:
        """Relay the agent's own error where it has the shape of the binding, else one that says the same."""
        message = f"The agent answered with status {status}." if status >= 400 else "The agent answered with an error."
        error = _failure(message, status)
        self._end(error)
        if _is_error(document):
            return WholeAnswer(status, headers, body)
        return self._error(error)

    def _card(self, document: Any) -> bytes:
        """Return a card with the gateway's addresses in it."""
        card = document.get("result") if self._asked.is_rpc and isinstance(document, dict) else document
        if not isinstance(card, dict):
            raise invalid_answer("The agent's card is no JSON object.")
        changed = self._agent.cards.rewritten(card, self._incoming.public_url)
        return orjson.dumps({**document, "result": changed} if self._asked.is_rpc else changed)

    async def _judged(self, document: Json) -> bytes | None:
        """Run `agent_post_call` on a whole answer; return its body if plugins saw something of it."""
        holder = document if self._asked.is_rpc else {_WHOLE: document}
        seen = await self._judge(holder)
        return orjson.dumps(holder if self._asked.is_rpc else holder[_WHOLE]) if seen else None

    async def _judge(self, holder: Json) -> bool:
        """Run `agent_post_call` on everything that the agent says in a document.

        Returns:
            Whether plugins saw something. Then it is to be written anew also where they changed nothing: of a key that
            stands there twice, only what they saw is left.
        """
        plan = self._plans.agent_post_call
        key = "result" if self._asked.is_rpc else _WHOLE
        if plan is not None and self._asked.is_rpc:
            _check(holder)
        found = payloads(holder, key, self._asked.form, answers=self._asked.operation.answers)
        if found is None:
            if plan is None:
                return False
            raise invalid_answer("The agent's answer holds neither a task nor a message.")
        for payload in found:
            result: Mapping[str, Any] = payload.current
            if plan is not None:
                with self._logical.phase():
                    judged = await fire(plan, self._call, self._agent.name, self._logical.input, result, self._activity)
                if judged is not result:
                    payload.replace(judged)
                    result = judged
            self._said.add(payload.shape, dict(result))
        return plan is not None and bool(found)

    # Streams

    def _streamed(self, response: UpstreamResponse) -> StreamedAnswer:
        return StreamedAnswer(response.status, self._agent.returned(response.headers), self._frames(response))

    async def _frames(self, response: UpstreamResponse) -> AsyncGenerator[bytes, None]:
        """Yield the answer's events, each as soon as it is there and judged; an error of ours is the last one."""
        try:
            async with aclosing(self._events(response)) as events:
                async for frame in events:
                    yield frame
        except (AgentError, Reject, PluginAborted) as error:
            self._end(error)
            yield self._error_frame(error)
        except BaseException as error:
            self._call.aborted = True
            self._end(error)
            raise
        else:
            self._end(self._agent_failed)

    async def _events(self, response: UpstreamResponse) -> AsyncGenerator[bytes, None]:
        decoder = StreamDecoder()
        try:
            async for chunk in response.chunks():
                for event in decoder.feed(chunk):
                    yield await self._passed(event)
            for event in decoder.close():
                yield await self._passed(event)
        except UpstreamError as error:
            raise unreachable(error) from error
        finally:
            await response.close()

    async def _passed(self, event: StreamEvent) -> bytes:
        """Return the frame of an event, judged."""
        if not self._logical.answered:
            self._logical.answered = perf_counter_ns()
        if event.data is None:
            if event.chunks and self._plans.agent_post_call is not None:
                raise invalid_answer("The agent's stream holds an event that is no JSON object.")
            return event.frame
        if _is_error(event.data):
            self._agent_failed = _failure("The agent ended its stream with an error.")
            return event.frame
        holder = event.data if self._asked.is_rpc else {_WHOLE: event.data}
        seen = await self._judge(holder)
        return changed_frame(event.frame, holder if self._asked.is_rpc else holder[_WHOLE]) if seen else event.frame

    # Errors

    def _error(self, error: AgentError | Reject | PluginAborted) -> WholeAnswer:
        return error_answer(_agent_error(error), is_rpc=self._asked.is_rpc, id=self._asked.id)

    def _error_frame(self, error: AgentError | Reject | PluginAborted) -> bytes:
        """Return the event that ends a stream with an error."""
        said = _agent_error(error)
        if self._asked.is_rpc:
            return b"data: " + dumps(said.rpc_document(self._asked.id)) + b"\n\n"
        return b"event: error\ndata: " + dumps(said.rest_document()) + b"\n\n"


def _agent_error(error: AgentError | Reject | PluginAborted) -> AgentError:
    return error if isinstance(error, AgentError) else decision(error)


def _failure(message: str, status: int = 502) -> AgentError:
    """Return the error that stands for one of the agent's own."""
    return AgentError(status if status >= 400 else 502, INTERNAL_ERROR, "AGENT_FAILED", message)


def _check(response: Json) -> None:
    """Raise AgentError for a response in which some client could find another result than plugins see."""
    try:
        checked(response, ("result", "error"))
    except RPCError as error:
        raise invalid_answer(f"The agent's answer is invalid. {error.message}") from error


def _is_error(document: Any) -> bool:
    """Return whether a document reports an error, in the shape of either binding, and no result."""
    return isinstance(document, dict) and isinstance(document.get("error"), dict) and "result" not in document


def _is_stream(response: UpstreamResponse) -> bool:
    return response.status < 300 and any(
        name == b"content-type" and value.partition(b";")[0].strip().lower() == b"text/event-stream"
        for name, value in response.headers
    )
