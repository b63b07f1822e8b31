"""The models of a harness: a backend that answers as the test scripts it, in the form of chat completions."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import API, Deployment, Headers, LLMResponse, Usage
from routeiq_plugin_sdk.testing import Answer, Upstream, UpstreamAnswer, UpstreamFailure, UpstreamRequest
from routeiq_plugin_sdk.testing.answers import PlainAnswer, answer_to

from routeiq.core.dialects.content import message_text
from routeiq.core.dialects.usage import chat_usage
from routeiq.core.errors import error_document
from routeiq.core.plugin_calls import callers
from routeiq.gateway.backends.echo import EchoAnswer, EchoBackend
from routeiq.gateway.backends.openai import attempt_error
from routeiq.transport import ConnectFailed, ConnectionClosed

own_answers: Final[ContextVar[deque[Answer] | None]] = ContextVar("routeiq_testing_answers", default=None)
"""How the call that is made now is answered, attempt by attempt."""

_ORIGIN: Final = "https://upstream.test"
_WORD: Final = re.compile(r"\s*\S+|\s+")
_EVENTS: Final = b"text/event-stream"


class ScriptedAnswer(EchoAnswer):
    """An answer with headers of its own, and a stream that may break."""

    def __init__(
        self,
        status: int,
        content_type: bytes,
        pieces: Iterable[bytes],
        headers: Mapping[str, str],
        breaks: bool = False,
    ) -> None:
        super().__init__(status, content_type, pieces)
        self.headers = [*self.headers, *Headers.of(headers).raw]
        self._breaks = breaks

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        async for piece in super().chunks():
            yield piece
        if self._breaks:
            raise ConnectionClosed(_ORIGIN, "the connection broke, as the test says", response_started=True)


class ScriptedBackend(EchoBackend):
    """Serves every deployment, whatever its provider."""

    def __init__(self, upstream: Upstream, plugins: Upstream) -> None:
        """Make one.

        Args:
            upstream: Answers calls of clients.
            plugins: Answers calls that plugins make.
        """
        self._upstream = upstream
        self._plugins = plugins

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> EchoAnswer:
        """Answer a request as the test says, or echo it."""
        document = orjson.loads(body)
        api: API = "embedding" if path == "/embeddings" else "chat"
        request = UpstreamRequest(deployment.upstream_model, deployment.name, api, document, headers)
        # A plugin's call is made within a client's, whose script is not for it.
        found = self._plugins.take(request) if callers.get() else self._upstream.take(request, own_answers.get())
        answer = await answer_to(request, found)
        if isinstance(answer, UpstreamFailure):
            return _failure(answer)
        if isinstance(answer, UpstreamAnswer) and api == "embedding" and answer.embeddings is not None:
            return _embeddings(answer.embeddings, document)
        if answer is None or api == "embedding":
            return await super().send(deployment, path, body, headers, stream=stream)
        return _chat(_whole(answer), document, body, stream)


def _whole(answer: PlainAnswer) -> UpstreamAnswer:
    if isinstance(answer, str):
        return UpstreamAnswer(answer)
    if isinstance(answer, LLMResponse):
        return UpstreamAnswer(
            answer.text, tool_calls=answer.tool_calls, finish_reason=answer.finish_reason, usage=answer.usage
        )
    if not isinstance(answer, UpstreamAnswer):
        raise TypeError(f"an answer is a text, LLMResponse, UpstreamAnswer or UpstreamFailure, not {answer!r}")
    return answer


def _failure(failure: UpstreamFailure) -> ScriptedAnswer:
    if failure.status_code == 0:
        raise attempt_error(ConnectFailed(_ORIGIN, failure.message))
    document = error_document(failure.status_code, failure.message, failure.code)
    return ScriptedAnswer(failure.status_code, b"application/json", (orjson.dumps(document),), failure.headers)


def _embeddings(vectors: Sequence[Sequence[float]], request: Mapping[str, Any]) -> ScriptedAnswer:
    data = [{"object": "embedding", "index": index, "embedding": [*vector]} for index, vector in enumerate(vectors)]
    usage = {"prompt_tokens": len(data), "total_tokens": len(data)}
    document = {"object": "list", "data": data, "model": request.get("model"), "usage": usage}
    return ScriptedAnswer(200, b"application/json", (orjson.dumps(document),), {})


def _chat(answer: UpstreamAnswer, request: Mapping[str, Any], body: bytes, stream: bool) -> ScriptedAnswer:
    text = answer.text if answer.pieces is None else "".join(answer.pieces)
    prompt = sum(len(message_text(message).split()) for message in request.get("messages") or ())
    completion = len(text.split())
    usage = answer.usage or Usage(prompt, completion, prompt + completion)
    reason = answer.finish_reason or ("tool_calls" if answer.tool_calls else "stop")
    head = {"id": "chatcmpl-mock", "created": 1_700_000_000, "model": request.get("model")}
    if stream:
        include_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        events = _events(
            answer, text, {**head, "object": "chat.completion.chunk"}, reason, usage if include_usage else None
        )
        broken = answer.breaks_after is not None
        # The role's event comes before the pieces.
        pieces = list(events)[: answer.breaks_after + 1] if answer.breaks_after is not None else events
        return ScriptedAnswer(200, _EVENTS, pieces, answer.headers, broken)
    message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": None}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["tool_calls"] = [_tool_call(number, call) for number, call in enumerate(answer.tool_calls)]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    document = {**head, "object": "chat.completion", "choices": [choice], "usage": chat_usage(usage)}
    return ScriptedAnswer(200, b"application/json", (orjson.dumps(document),), answer.headers)


def _events(
    answer: UpstreamAnswer, text: str, head: Mapping[str, Any], reason: str, usage: Usage | None
) -> Iterator[bytes]:
    def event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return b"data: " + orjson.dumps({**head, "choices": [choice]}) + b"\n\n"

    yield event({"role": "assistant", "content": ""})
    for piece in _WORD.findall(answer.reasoning):
        yield event({"reasoning_content": piece})
    for piece in _WORD.findall(text) if answer.pieces is None else answer.pieces:
        yield event({"content": piece})
    for number, call in enumerate(answer.tool_calls):
        yield event({"tool_calls": [{"index": number, **_tool_call(number, call)}]})
    yield event({}, reason)
    if usage is not None:
        yield b"data: " + orjson.dumps({**head, "choices": [], "usage": chat_usage(usage)}) + b"\n\n"
    yield b"data: [DONE]\n\n"


def _tool_call(number: int, call: Any) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id or f"call_{number}", "type": "function", "function": function}
