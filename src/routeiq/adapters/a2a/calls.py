"""One request to an agent, from reading it to the end of its answer: the phases `agent_pre_call` and `agent_post_call`.

Invariants: what `agent_pre_call` judged is what is sent, written anew from what was read. Nothing of an answer leaves
before the plugins that judge answers have seen it. A call that began ends once, however it ends.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

import orjson
from routeiq_plugin_sdk import RemoteCall

from routeiq.core.dispatch import fire
from routeiq.core.identifiers import unique_id
from routeiq.core.jsonrpc import TOO_DEEP, is_too_deep
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans
from routeiq.core.remote_calls import LogicalRemoteCall
from routeiq.transport import UpstreamError, UpstreamResponse
from routeiq.transport.remote_headers import is_event_stream

from .agent import Agent
from .answers import TOLD, StreamedAnswer, WholeAnswer
from .errors import AgentError, failed, invalid_answer, invalid_request, unreachable
from .forms import to_current, to_wire
from .incoming import Asked, Incoming
from .judge import Document, Judge
from .pieces import Pieces
from .streams import AgentStream


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
            f"agent_{unique_id()}", "agent", "a2a", agent.name, operation.name, operation.stream,
            activity.request, agent.visible(self._headers),
        )  # fmt: skip
        self._logical = LogicalRemoteCall(self._plans, activity, self._call, operation.name, {})
        if asked.binding.id is not None:
            self._logical.attributes = {"request_id": str(asked.binding.id)}
        self._judge = Judge(self._logical)
        # What carries neither messages nor tasks is passed on, and is no call.
        self._counts = operation.sends or operation.answers

    async def answer(self) -> WholeAnswer | StreamedAnswer:
        """Ask the agent, and return what the client gets; errors too, in the shape of the binding."""
        try:
            return await self._called()
        except TOLD as error:
            return self._asked.binding.error(error)

    async def _called(self) -> WholeAnswer | StreamedAnswer:
        if self._counts:
            self._logical.begin(evaluated=self._asked.operation.sends)
        try:
            body = await self._prepared()
            self._logical.sent = perf_counter_ns()
            response = await self._send(body)
            if response.status < 300 and is_event_stream(response.headers):
                pieces = Pieces() if self._agent.whole_artifacts else None
                stream = AgentStream(response, self._asked, self._judge, pieces, self._end)
                return StreamedAnswer(response.status, self._agent.returned(response.headers), stream)
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
            self._logical.output = self._judge.said.result
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
        if plan is not None and is_too_deep(self._asked.document):
            raise invalid_request(f"The body is nested {TOO_DEEP}.")
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

    async def _whole(self, response: UpstreamResponse) -> WholeAnswer:
        try:
            body = await response.read()
        except UpstreamError as error:
            raise unreachable(error) from error
        self._logical.answered = perf_counter_ns()
        headers = self._agent.returned(response.headers)
        if self._incoming.method == "HEAD" or response.status in (204, 205):
            self._end()
            return WholeAnswer(response.status, headers, b"")
        document = _document(body)
        if response.status >= 400 or (self._asked.is_rpc and self._asked.binding.is_error(document)):
            return self._failed(response.status, headers, body, document)
        if self._asked.operation.is_card:
            body = self._card(document)
        elif isinstance(document, dict):
            body = await self._judge.whole(document, self._asked) or body
        elif self._asked.operation.answers:
            raise invalid_answer("The agent's answer is no JSON object.")
        self._end()
        return WholeAnswer(response.status, headers, body)

    def _failed(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, document: Any) -> WholeAnswer:
        """Relay the agent's own error where it has the shape of the binding, else one that says the same."""
        message = f"The agent answered with status {status}." if status >= 400 else "The agent answered with an error."
        error = failed(message, status)
        self._end(error)
        told = self._asked.binding.is_error(document)
        if not told and not self._asked.is_rpc and isinstance(document, dict):
            told = not Document(document, self._asked).holds_something  # a problem in another shape
        return WholeAnswer(status, headers, body) if told else self._asked.binding.error(error)

    def _card(self, document: Any) -> bytes:
        """Return a card with the gateway's addresses in it."""
        card = document.get("result") if self._asked.is_rpc and isinstance(document, dict) else document
        if not isinstance(card, dict) or is_too_deep(document):
            raise invalid_answer("The agent's card is no JSON object that could be read.")
        changed = self._agent.cards.rewritten(card, self._incoming.public_url)
        return orjson.dumps({**document, "result": changed} if self._asked.is_rpc else changed)


def _document(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None
