"""One API request through the machinery of LLM calls: decoded lazily, attempted at backends, encoded for its client.

Bytes pass as they are wherever no plugin changed anything and the upstream speaks the client's API; an API that an
upstream lacks is served over its chat completions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from routeiq_plugin_sdk import Deployment, Headers, LLMCall, LLMResponse, Usage

from routeiq.core.assembly import estimate_usage
from routeiq.core.attempts import Attempt, AttemptError, Changes, Decision
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, AnswerIdentity, Dialect, InvalidRequest, ParsedRequest
from routeiq.core.dialects.passages import Passage, passages, with_passages
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans
from routeiq.core.replay import chat_events
from routeiq.core.streams import CallStream
from routeiq.transport import UpstreamError

from .backends.backend import Backend, BackendAnswer
from .backends.openai import attempt_error
from .router import Router
from .strategies import Missing, StrategicCall

logger = logging.getLogger(__name__)

# Statuses by which servers say that they do not have an API at all.
_ABSENT = frozenset({404, 405, 501})
# Those by which they refuse a parameter.
_REFUSED = frozenset({400, 422})
_RELAYED = (
    b"x-ratelimit-", b"ratelimit-", b"anthropic-", b"retry-after", b"cache-control", b"openai-", b"x-envoy-upstream",
    b"x-request-cost",
)  # fmt: skip


class Service:
    """What all requests share: the router, the backends, and what was found out about upstreams.

    Attributes:
        without_usage: The deployments that refuse `stream_options`, so that they are not asked for usage again.
    """

    def __init__(self, router: Router, backends: Mapping[str, Backend]) -> None:
        self.router = router
        self.backends = backends
        self.without_usage: set[str] = set()
        self._missing = Missing()

    def call(self, plans: Plans, activity: Activity, call: LLMCall, request: APIRequest) -> LogicalCall:
        """Return what runs a call: where the settings name routing strategies of plugins, one that asks those."""
        if not self.router.all_strategies:
            return LogicalCall(plans, activity, call, request, request)
        strategic = StrategicCall(plans, activity, call, request, request)
        strategic.router, strategic.missing = self.router, self._missing
        return strategic

    async def close(self) -> None:
        """Close the backends' connections."""
        for backend in self.backends.values():
            await backend.close()


class APIRequest:
    """The request of one client: what the state machine asks of a call's host, and of its request."""

    def __init__(
        self, service: Service, dialect: Dialect, raw: bytes, body: dict[str, Any], parsed: ParsedRequest
    ) -> None:
        self.dialect = dialect
        self.parsed = parsed
        self._service = service
        self._raw = raw
        self._body = body

    # CallRequest

    @cached_property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The conversation in the form of chat messages."""
        return self.dialect.messages(self._body)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The other parameters of the body."""
        return self.dialect.parameters(self._body)

    # CallHost

    def deployments(self, model: str) -> Sequence[Deployment]:
        """Return the deployments of a model in the order in which to try them."""
        return self._service.router.order(model)

    def deployment(self, name: str) -> Deployment | None:
        """Return the deployment of that name."""
        return self._service.router.by_name(name)

    def attempts_left(self, deployment: Deployment, attempt: int) -> bool:
        """Return whether another attempt may follow this one."""
        return attempt < self._service.router.max_attempts(deployment)

    def decide(self, error: AttemptError, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Return what follows a failed attempt, and let the router know of it."""
        self._service.router.record_failure(deployment, error)
        return self._service.router.decide(error, deployment, attempt, others)

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return the price of a call in US dollars: the settings', or the backend's; None where neither has one."""
        cost = self._service.router.cost(deployment, usage)
        return self._service.backends[deployment.backend].cost(deployment, usage) if cost is None else cost

    async def attempt(self, call: LLMCall, deployment: Deployment, changes: Changes) -> UpstreamAnswer:
        """Send the call to one deployment: in the client's API, or over chat completions where that is lacking."""
        backend = self._service.backends[deployment.backend]
        await backend.ready()
        if backend.offers(deployment, self.dialect.api):
            answer = await self._send(backend, call, deployment, changes, self.dialect)
            if answer.status not in _ABSENT or not self._translatable:
                return await self._accepted(answer, call, deployment, changes, self.dialect)
            denial = await self._denial(answer)
            if denial.code == "model_not_found":
                raise denial
            # The address may be missing, or only the model: chat completions tell one from the other.
            translated = await self._send(backend, call, deployment, changes, CHAT)
            if translated.status in _ABSENT:
                raise await self._denial(translated)
            backend.lacks(deployment, self.dialect.api)
            return await self._accepted(translated, call, deployment, changes, CHAT)
        if not self._translatable:
            raise AttemptError(400, f"{deployment.model!r} does not offer {self.dialect.path}.", "unsupported_api")
        answer = await self._send(backend, call, deployment, changes, CHAT)
        return await self._accepted(answer, call, deployment, changes, CHAT)

    @property
    def _translatable(self) -> bool:
        return self.dialect.api in ("completion", "responses", "messages")

    async def _send(
        self, backend: Backend, call: LLMCall, deployment: Deployment, changes: Changes, dialect: Dialect
    ) -> BackendAnswer:
        body = self._outgoing(deployment, changes, dialect)
        answer = await backend.send(deployment, dialect.path, body, call.headers, stream=self.parsed.stream)
        if answer.status in _REFUSED and self._asks_usage(deployment, changes, dialect):
            # The client did not ask for usage, so that it must not be what its call fails at.
            denial = await self._denial(answer)
            if b"stream_options" not in denial.body and b"include_usage" not in denial.body:
                raise denial
            self._service.without_usage.add(deployment.name)
            return await self._send(backend, call, deployment, changes, dialect)
        return answer

    def _asks_usage(self, deployment: Deployment, changes: Changes, dialect: Dialect) -> bool:
        """Return whether usage is asked of the upstream on the gateway's behalf."""
        translated = self.parsed.stream and dialect is not self.dialect
        wanted = (changes.wants_usage or translated) and dialect.api in ("chat", "completion")
        asked_by_client = self.parsed.include_usage and dialect is self.dialect
        return wanted and not asked_by_client and deployment.name not in self._service.without_usage

    def _outgoing(self, deployment: Deployment, changes: Changes, dialect: Dialect) -> bytes:
        """Return the body for the upstream: the client's own bytes if they are what should be sent."""
        model = deployment.upstream_model
        asks_usage = self._asks_usage(deployment, changes, dialect)
        native = dialect is self.dialect
        client = self._service.backends[deployment.backend].permitted(self._body)
        untouched = changes.messages is None and changes.parameters is None and client is self._body
        if native and untouched and not asks_usage and model == self.parsed.model:
            return self._raw
        try:
            body = client
            if changes.messages is not None or changes.parameters is not None:
                body = self.dialect.with_overrides(body, messages=changes.messages, parameters=changes.parameters)
            body = {**(body if native else self.dialect.to_chat(body)), "model": model}
        except InvalidRequest as error:
            raise AttemptError(400, error.message, "invalid_request") from error
        if asks_usage:
            body["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        try:
            return orjson.dumps(body)
        except TypeError as error:
            message = "What a plugin made of the request cannot be sent as JSON."
            logger.exception("%s (model %r)", message, self.parsed.model)
            raise AttemptError(500, message, "override_invalid") from error

    async def _accepted(
        self, answer: BackendAnswer, call: LLMCall, deployment: Deployment, changes: Changes, dialect: Dialect
    ) -> UpstreamAnswer:
        if answer.status >= 400:
            raise await self._denial(answer)
        self._service.router.record_success(deployment)
        headers = _relayed(answer.headers)
        is_stream = any(name == b"content-type" and b"event-stream" in value for name, value in answer.headers)
        if self.parsed.stream and is_stream:
            return UpstreamAnswer(self, answer, headers, dialect, b"", changes)
        body = await _read(answer)
        return UpstreamAnswer(self, answer, headers, dialect, body, changes)

    async def _denial(self, answer: BackendAnswer) -> AttemptError:
        body = await _read(answer)
        message, code = _said(body)
        status = answer.status if answer.status >= 400 else 502
        return AttemptError(
            status, message or f"The upstream answered {answer.status}.", code, _relayed(answer.headers), body
        )

    # What goes back to the client

    def whole(self, call: LLMCall, answer: UpstreamAnswer | LLMResponse) -> bytes:
        """Return a whole answer in the client's API."""
        if isinstance(answer, LLMResponse):
            return orjson.dumps(self.dialect.encode_response(_with_usage(answer, self), self._identity(call), None))
        if answer.dialect is self.dialect:
            return answer.body
        document = answer.document()
        return orjson.dumps(self.dialect.encode_response(answer.response(), self._identity(call), document))

    def stream(self, logical: LogicalCall, answer: Attempt | LLMResponse) -> CallStream:
        """Return a streamed answer in the client's API."""
        call = logical.call
        if isinstance(answer, LLMResponse):
            answer = self._replayed(call, answer)
        assert isinstance(answer, UpstreamAnswer)
        if answer.body:
            answer = self._replayed(call, answer.response())
        native = answer.dialect is self.dialect
        return CallStream(
            logical,
            answer,
            answer.dialect.stream_decoder(),
            self.dialect.stream_encoder(self._identity(call), native=native, include_usage=self.parsed.include_usage),
            native=native,
            strips_usage=native and answer.asked_usage and not self.parsed.include_usage,
        )

    def _replayed(self, call: LLMCall, response: LLMResponse) -> UpstreamAnswer:
        identity = self._identity(call)
        events = chat_events(
            _with_usage(response, self),
            id=identity.id,
            model=identity.model,
            created=identity.created,
            include_usage=True,
        )
        replayed = UpstreamAnswer(self, None, Headers(), CHAT, b"", Changes(call.model, None, None, True))
        replayed.events = b"".join(events)
        return replayed

    def _identity(self, call: LLMCall) -> AnswerIdentity:
        return AnswerIdentity(id=call.id, model=self.parsed.model, created=int(time.time()), request=self._body)


class UpstreamAnswer:
    """The answer of one attempt, in the dialect that the upstream spoke.

    Attributes:
        body: The whole body, or empty for a stream.
        events: A stream that is there already (a plugin's answer), or empty.
        asked_usage: Whether the upstream was asked for usage on the gateway's behalf.
    """

    def __init__(
        self, request: APIRequest, answer: BackendAnswer | None, headers: Headers, dialect: Dialect, body: bytes,
        changes: Changes,
    ) -> None:  # fmt: skip
        self.headers = headers
        self.dialect = dialect
        self.body = body
        self.events = b""
        self.asked_usage = changes.wants_usage
        self._request = request
        self._answer = answer
        self._response: LLMResponse | None = None

    def document(self) -> Mapping[str, Any]:
        """Return the whole answer as JSON. Raises AttemptError if it is none."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            raise AttemptError(502, "The upstream's answer is no JSON object.", "upstream_answer_invalid")
        return document

    def response(self) -> LLMResponse:
        """Return the whole answer, decoded once."""
        if self._response is None:
            try:
                self._response = self.dialect.decode_response(self.document())
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                raise AttemptError(502, "The upstream's answer makes no sense.", "upstream_answer_invalid") from error
        return self._response

    def usage(self) -> Usage | None:
        """Return the usage that the whole answer tells, without decoding the rest of it."""
        if self._response is not None:
            return self._response.usage
        return self.dialect.decode_usage(self.document())

    def passages(self) -> list[Passage]:
        """Return the texts of the whole answer."""
        return passages(self.dialect.api, self.document())

    def replace(self, old: Sequence[Passage], texts: Sequence[str]) -> None:
        """Put other texts in the place of these; an answer that stays as it is keeps its bytes."""
        document = self.document()
        changed = with_passages(document, old, texts)
        if changed is not document:
            self.body = orjson.dumps(changed)
            self._response = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the stream as it arrives."""
        if self.events:
            yield self.events
            return
        assert self._answer is not None
        try:
            async for chunk in self._answer.chunks():
                yield chunk
        except UpstreamError as error:
            raise attempt_error(error) from error

    async def close(self) -> None:
        """Give up what is left of the answer."""
        if self._answer is not None:
            await self._answer.close()


async def _read(answer: BackendAnswer) -> bytes:
    try:
        return await answer.read()
    except UpstreamError as error:
        raise attempt_error(error) from error


def _with_usage(response: LLMResponse, request: APIRequest) -> LLMResponse:
    if response.usage is not None:
        return response
    return LLMResponse(
        response.text, response.tool_calls, response.finish_reason, estimate_usage(request.messages, response.text),
        response.cost, response.raw,
    )  # fmt: skip


def _relayed(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Return those of the upstream's headers that its clients act on: rate limits, retries, timings."""
    return Headers(tuple((name, value) for name, value in headers if name.startswith(_RELAYED)))


def _said(body: bytes) -> tuple[str | None, str | None]:
    """Return message and code of an error body, as far as there are any."""
    try:
        error = orjson.loads(body).get("error")
    except (orjson.JSONDecodeError, AttributeError):
        return None, None
    if isinstance(error, str):
        return error, None
    if not isinstance(error, dict):
        return None, None
    message, code = error.get("message"), error.get("code")
    return (message if isinstance(message, str) else None), (code if isinstance(code, str) else None)
