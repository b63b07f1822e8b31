"""Plugins that type checkers must accept: any subset of the arguments, in any order, as functions and as methods."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from routeiq_plugin_sdk import (
    Deployment,
    EvaluationResult,
    Event,
    GatewayPlugin,
    HTTPResponse,
    Invocation,
    LLMCall,
    LLMResponse,
    OutboundRefused,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    Principal,
    Reject,
    RemoteCall,
    ResponseMetadata,
    StreamChunk,
    hookimpl,
)


class Config(BaseModel):
    blocked: list[str] = []


metadata = PluginMetadata(
    name="good", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config, depends_on=["other"], failure_mode="abort"
)


@hookimpl.startup
async def startup(app: Any, context: PluginContext) -> None:
    context.logger.info("started", plugin=context.plugin)
    try:
        await context.validate_outbound_url("https://guard.example/")
        answer: HTTPResponse = await context.http.post("https://guard.example/", json={"a": [1]}, params={"b": 2}, timeout=1)
        verdict: dict[str, Any] = answer.raise_for_status().json()
        async with context.http.stream("GET", "https://guard.example/", headers={"x": "1"}) as streamed:
            async for chunk in streamed.chunks():
                context.logger.info("came", size=len(chunk), status=streamed.status_code, **verdict)
    except OutboundRefused as refusal:
        context.logger.warning("refused", host=refusal.host, reason=refusal.reason)


@hookimpl.shutdown
def shutdown() -> None: ...


@hookimpl.health_check
def health_check(context: PluginContext) -> dict[str, Any]:
    return {"status": "ok"}


@hookimpl.register_routes
def register_routes() -> list[Any]:
    return []


@hookimpl.rewrite
def rewrite(request: PluginRequest) -> PluginRequest:
    return request.replace(path="/other")


@hookimpl.authenticate(tryfirst=True)
async def authenticate(context: PluginContext, request: PluginRequest) -> Principal | PluginResponse | None:
    return Principal("somebody") if request.headers.get("authorization") else None


@hookimpl.request
def nothing_at_all() -> None: ...


@hookimpl.request_body(timeout=0.5)
async def request_body(body: bytes, request: PluginRequest) -> bytes:
    return body


@hookimpl.request_chunk
def only_the_last(is_final: bool) -> bytes | None:
    return b"" if is_final else None


@hookimpl.error
async def a_base_type_may_be_asked_for(exception: BaseException) -> PluginResponse:
    return PluginResponse.text(str(exception), status_code=500)


@hookimpl.response_headers
def response_headers(response: ResponseMetadata) -> ResponseMetadata:
    return response.with_headers({"x-good": "yes"})


@hookimpl.response_chunk(trylast=True)
def response_chunk(chunk: bytes, is_final: bool, request: PluginRequest) -> bytes | None:
    return chunk.upper()


@hookimpl.response_body(offload=True)
def response_body(body: bytes) -> bytes:
    return body


@hookimpl.response
async def response(response: ResponseMetadata, request: PluginRequest, context: PluginContext) -> None:
    context.metrics.counter("requests").inc()


@hookimpl.websocket_message
def websocket_message(message: str | bytes, from_client: bool) -> str | bytes | None:
    return message if from_client else None


@hookimpl.pre_routing
def pre_routing(models: Sequence[Deployment]) -> str | None:
    return models[0].name if models else None


@hookimpl.llm_pre_call
async def llm_pre_call(messages: Sequence[Mapping[str, Any]], model: str) -> dict[str, Any] | LLMResponse | None:
    if model == "forbidden":
        raise Reject(message="not this one")
    return {"messages": [*messages]}


@hookimpl.llm_stream_chunk
def every_argument(
    is_final: bool, kwargs: Mapping[str, Any], chunk: StreamChunk, model: str, call: LLMCall, context: PluginContext
) -> StreamChunk | None:
    return dataclasses.replace(chunk, text=chunk.text.upper())


@hookimpl.tool_pre_call
def tool_pre_call(arguments: Mapping[str, Any], call: RemoteCall, tool: str) -> Mapping[str, Any] | None:
    return {**arguments, "tenant": call.principal.id} if call.principal else None


@hookimpl.tool_post_call(timeout=1)
async def tool_post_call(result: Mapping[str, Any], server: str) -> dict[str, Any]:
    return {**result, "isError": server == "broken"}


@hookimpl.agent_pre_call
async def agent_pre_call(message: Mapping[str, Any], agent: str) -> None:
    if not message.get("parts"):
        raise Reject(message=f"nothing to say to {agent}")


@hookimpl.agent_post_call
def agent_post_call(call: RemoteCall, result: Mapping[str, Any]) -> Mapping[str, Any]:
    return result


@hookimpl.evaluate(offload=True)
def evaluate(invocation: Invocation, context: PluginContext) -> EvaluationResult | None:
    if invocation.kind == "llm":
        return None
    return EvaluationResult(0.5, "passed" if invocation.error is None else "failed", feedback=invocation.target)


@hookimpl.request(wrapper=True, tryfirst=True)
def a_wrapper(request: PluginRequest) -> Generator[None, Any, None]:
    outcome = yield
    outcome.force_result(None)


@hookimpl.llm_pre_call(wrapper=True)
async def an_asynchronous_wrapper(call: LLMCall) -> AsyncGenerator[None, Any]:
    yield


@hookimpl
def attempt_failed(attempt: int) -> str:
    return "retry" if attempt < 3 else "stop"


@hookimpl(tryfirst=True, specname="request")
async def the_plain_marker_keeps_the_type(request: PluginRequest) -> PluginResponse | None:
    return None


class Good(GatewayPlugin):
    metadata = PluginMetadata(name="good-class", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl.startup
    async def startup(self) -> None:
        self.requests = 0

    @hookimpl.request
    async def request(self, request: PluginRequest) -> PluginResponse | None:
        self.requests += 1
        return None

    @hookimpl.response_chunk(tryfirst=True)
    def response_chunk(self, chunk: bytes, is_final: bool) -> bytes | None:
        return None

    @hookimpl.llm_stream_chunk
    def llm_stream_chunk(
        self, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Mapping[str, Any], is_final: bool
    ) -> StreamChunk | None:
        return None

    @hookimpl.llm_success(wrapper=True)
    def llm_success(self, response: LLMResponse) -> Generator[None, Any, None]:
        yield

    @hookimpl
    def post_routing(self, deployment: Deployment) -> None: ...


class WithoutTheBase:
    metadata = PluginMetadata(name="good-plain-class")

    @hookimpl.health_check
    async def health_check(self) -> Mapping[str, Any] | None:
        return None


class Listening(GatewayPlugin):
    metadata = PluginMetadata(name="good-listening")

    @hookimpl.startup
    async def startup(self, context: PluginContext) -> None:
        seen: list[Event] = []
        context.events.subscribe("llm.*", self.hear)
        context.events.subscribe("llm.call.failed", hear_with_context)
        context.events.subscribe("*", seen.append)
        subscription = context.events.subscribe("*", lambda event: None)
        missed: int = subscription.dropped
        subscription.cancel()
        timer = context.every(60, self.tick, leader=True)
        context.every(0.5, tick_with_context)
        timer.cancel()
        context.events.emit("good-listening.began", {"missed": missed})
        context.events.emit("good-listening.ended")

    async def hear(self, event: Event) -> None:
        print(event.name, event.data["model"], event.to_dict())

    def tick(self) -> None: ...


def hear_with_context(event: Event, context: PluginContext) -> None:
    print(event.time, context.config)


async def tick_with_context(context: PluginContext) -> None:
    print(context.node.worker, Event.mock("good.happened", {"n": 1}, source="good"))


# The markers keep the functions' own types, so that an author's tests are checked too.
async def the_author_tests_it() -> None:
    answer: PluginResponse | None = await Good().request(PluginRequest.mock())
    chunk: bytes | None = response_chunk(b"", False, PluginRequest.mock())
    rest: PluginResponse | None = await the_plain_marker_keeps_the_type(PluginRequest.mock())
    print(answer, chunk, rest, attempt_failed(1))
