"""The endpoints under `/v1` as ASGI applications: OpenAI's APIs and Anthropic's, each with its own errors."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import orjson
from routeiq_plugin_sdk import Headers, LLMCall, LLMResponse

from routeiq.adapters.asgi import Exchange
from routeiq.core.attempts import Attempt, AttemptError, UnknownModelError
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import Dialect, InvalidRequest
from routeiq.core.errors import error_document
from routeiq.core.identifiers import unique_id

from .departure import ClientWatch
from .request_bodies import request_body
from .service import APIRequest, Service

JSON = (b"content-type", b"application/json")
EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))


class BadRequest(Exception):
    """A request that cannot be understood; ends as an error in the API's shape."""

    def __init__(self, status_code: int, message: str, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status_code, self.message, self.code, self.param = status_code, message, code, param


class LLMEndpoint:
    """One API of LLM calls, such as `/v1/chat/completions`."""

    def __init__(self, service: Service, dialect: Dialect, max_body: int) -> None:
        self._service = service
        self._dialect = dialect
        self._max_body = max_body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        document = self._dialect.error_document
        try:
            await self._serve(scope["routeiq"], scope, receive, send)
        except (InvalidRequest, BadRequest) as error:
            status_code = getattr(error, "status_code", 400)
            code = getattr(error, "code", "invalid_request")
            await send_json(send, status_code, document(status_code, error.message, code, error.param))
        except UnknownModelError as error:
            await send_json(send, 404, document(404, str(error), "model_not_found", "model"))
        except AttemptError as error:
            await send_json(send, error.status_code, relayed_error(self._dialect, error), error.headers)

    async def _serve(self, exchange: Exchange, scope: Any, receive: Any, send: Any) -> None:
        raw = await request_body(scope, receive, self._max_body)
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadRequest(400, f"The body is no JSON: {error}.", "invalid_json") from None
        parsed = self._dialect.parse(body)
        principal = exchange.request.principal
        if principal is not None and not principal.may_use(parsed.model):
            raise BadRequest(403, f"You may not use the model {parsed.model!r}.", "model_not_allowed", "model")
        request = APIRequest(self._service, self._dialect, raw, body, parsed)
        api = self._dialect.api
        call = LLMCall(f"{_PREFIX[api]}{unique_id()}", api, parsed.model, parsed.stream, exchange.request)
        plans = exchange.plans
        if plans.scopes is not None:
            plans = exchange.plans = plans.scopes.routed(plans, call)
        logical = self._service.call(plans, exchange, call, request)
        with ClientWatch(receive):
            answer = await logical.open()
            if parsed.stream:
                await _send_stream(send, request, logical, answer)
            else:
                await _send_whole(send, request.whole(call, answer), call)  # type: ignore[arg-type]


_PREFIX = {
    "chat": "chatcmpl-",
    "completion": "cmpl-",
    "responses": "resp_",
    "embedding": "embd-",
    "messages": "msg_",
}


async def _send_whole(send: Any, body: bytes, call: LLMCall) -> None:
    headers = [JSON, (b"content-length", b"%d" % len(body)), *call.response_headers.raw]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(send: Any, request: APIRequest, logical: LogicalCall, answer: Attempt | LLMResponse) -> None:
    async with aclosing(request.stream(logical, answer).__aiter__()) as stream:
        told = [pair for pair in logical.call.response_headers.raw if pair[0] != b"cache-control"]
        headers = [*EVENTS, *told]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for piece in stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


class ModelsEndpoint:
    """`/v1/models`: the models that the client may use."""

    def __init__(self, service: Service, created: int) -> None:
        self._service = service
        self._created = created

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """List all models, or tell of the one whose name ends the path."""
        principal = scope["routeiq"].request.principal
        models = [
            {"id": model, "object": "model", "created": self._created, "owned_by": "routeiq"}
            for model in self._service.router.models()
            if principal is None or principal.may_use(model)
        ]
        wanted = scope["path"].removeprefix("/v1/models").strip("/")
        if not wanted:
            await send_json(send, 200, {"object": "list", "data": models})
            return
        for model in models:
            if model["id"] == wanted:
                await send_json(send, 200, model)
                return
        await send_error(
            send, 404, f"The model {wanted!r} does not exist, or you may not use it.", "model_not_found", "model"
        )


async def send_json(send: Any, status_code: int, document: Any, headers: Headers | None = None) -> None:
    """Send a JSON document as the whole response."""
    body = orjson.dumps(document)
    raw = [JSON, (b"content-length", b"%d" % len(body)), *(headers.raw if headers is not None else ())]
    await send({"type": "http.response.start", "status": status_code, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Any, status_code: int, message: str, code: str | None, param: str | None = None) -> None:
    """Send an error as OpenAI's API has them."""
    await send_json(send, status_code, error_document(status_code, message, code, param=param))


def relayed_error(dialect: Dialect, error: AttemptError) -> dict[str, Any]:
    """Return the upstream's own error where it has the dialect's shape, else one that says the same."""
    try:
        document = orjson.loads(error.body) if error.body else None
    except orjson.JSONDecodeError:
        document = None
    ours = dialect.error_document(error.status_code, error.message, error.code)
    if isinstance(document, dict) and isinstance(document.get("error"), dict) and ours.keys() <= document.keys():
        return document
    return ours
