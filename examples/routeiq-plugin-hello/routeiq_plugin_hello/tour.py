"""The plugin `hello-tour`: every phase there is, in the form of a class.

Enabled, it writes down each call and shows the trail at `GET /hello/tour`: so a reader sees which phases a request
goes through, and in which order. Nothing that it sees is changed. It is for trying out, not for production: it
buffers bodies, because it implements the phases that ask for them, and it lets everybody in.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from routeiq_plugin_sdk import (
    Deployment,
    GatewayPlugin,
    Invocation,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    Principal,
    RemoteCall,
    ResponseMetadata,
    StreamChunk,
    StreamWindow,
    WindowText,
    hookimpl,
)
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=1000, ge=1, le=100_000, description="How many of the latest steps are kept.")


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a phase: which, and for which request (or LLM call, outside HTTP)."""

    phase: str
    request: str | None


class Tour(GatewayPlugin):
    """Writes down the calls of all phases."""

    metadata = PluginMetadata(
        name="hello-tour",
        capabilities={
            PluginCapability.AUTH_PROVIDER,
            PluginCapability.EVALUATOR,
            PluginCapability.MIDDLEWARE,
            PluginCapability.ROUTES,
            PluginCapability.ROUTING_STRATEGY,
        },
        config_schema=Config,
        stream_window=StreamWindow(size=200, overlap=20),
        enabled_by_default=False,
        priority=2000,
    )

    def __init__(self) -> None:
        self.trail: deque[Step] = deque(maxlen=1000)
        self.counts: Counter[str] = Counter()

    def note(self, phase: str, subject: PluginRequest | LLMCall | RemoteCall | None = None) -> None:
        """Write down one call of a phase."""
        request = subject.request or subject if isinstance(subject, LLMCall | RemoteCall) else subject
        self.counts[phase] += 1
        self.trail.append(Step(phase, request.id if request else None))

    # Life cycle and contributions

    @hookimpl.startup
    async def startup(self) -> None:
        self.trail = deque(maxlen=self.config.steps)
        self.note("startup")

    @hookimpl.shutdown
    async def shutdown(self) -> None:
        self.note("shutdown")

    @hookimpl.config_changed
    def config_changed(self, old: Any, new: Any) -> None:
        self.note("config_changed")
        if new.steps != old.steps:
            self.trail = deque(self.trail, maxlen=new.steps)

    @hookimpl.health_check
    def health_check(self) -> Mapping[str, Any]:
        self.note("health_check")
        return {"status": "ok", "steps": len(self.trail)}

    @hookimpl.register_routes
    def register_routes(self) -> Sequence[Any]:
        self.note("register_routes")
        return [Route("/hello/tour", self.show, methods=["GET"])]

    @hookimpl.register_routing_strategies
    def register_routing_strategies(self) -> Mapping[str, Any]:
        self.note("register_routing_strategies")
        return {}

    @hookimpl.register_evaluation_policy
    def register_evaluation_policy(self) -> None:
        self.note("register_evaluation_policy")

    async def show(self, request: Request) -> JSONResponse:
        """Answer with the counts and the trail; `?request=<x-request-id>` narrows the trail to one request."""
        wanted = request.query_params.get("request")
        trail = [asdict(step) for step in self.trail if wanted in (None, step.request)]
        return JSONResponse({"counts": dict(self.counts), "trail": trail})

    # The way of a request in

    @hookimpl.rewrite
    def rewrite(self, request: PluginRequest) -> None:
        self.note("rewrite", request)

    @hookimpl.authenticate(trylast=True)
    async def authenticate(self, request: PluginRequest) -> Principal:
        # With a provider of identities active, a request that none vouches for gets 401; this one vouches for all.
        self.note("authenticate", request)
        return Principal("visitor")

    @hookimpl.request
    async def request(self, request: PluginRequest) -> None:
        self.note("request", request)

    @hookimpl.request_body
    async def request_body(self, request: PluginRequest, body: bytes) -> None:
        self.note("request_body", request)

    @hookimpl.request_chunk
    def request_chunk(self, request: PluginRequest, chunk: bytes, is_final: bool) -> None:
        self.note("request_chunk", request)

    # Routing, and the LLM call

    @hookimpl.pre_routing
    def pre_routing(self, call: LLMCall, models: Sequence[Deployment]) -> None:
        self.note("pre_routing", call)

    @hookimpl.llm_pre_call
    async def llm_pre_call(self, call: LLMCall, messages: Sequence[Mapping[str, Any]]) -> None:
        self.note("llm_pre_call", call)

    @hookimpl.post_routing
    async def post_routing(self, call: LLMCall, deployment: Deployment) -> None:
        self.note("post_routing", call)

    @hookimpl.attempt_failed
    def attempt_failed(self, call: LLMCall, attempt: int) -> Literal["retry", "fallback", "stop"] | None:
        self.note("attempt_failed", call)
        return None

    @hookimpl.llm_stream_chunk
    def llm_stream_chunk(self, call: LLMCall, chunk: StreamChunk, is_final: bool) -> None:
        self.note("llm_stream_chunk", call)

    @hookimpl.llm_stream_window
    def llm_stream_window(self, call: LLMCall, window: WindowText) -> None:
        self.note("llm_stream_window", call)

    @hookimpl.llm_success
    async def llm_success(self, call: LLMCall, response: LLMResponse) -> None:
        self.note("llm_success", call)

    @hookimpl.llm_failure
    async def llm_failure(self, call: LLMCall, exception: BaseException) -> None:
        self.note("llm_failure", call)

    # Tools and agents, and what is thought of any call

    @hookimpl.tool_pre_call
    async def tool_pre_call(self, call: RemoteCall, arguments: Mapping[str, Any]) -> None:
        self.note("tool_pre_call", call)

    @hookimpl.tool_post_call
    async def tool_post_call(self, call: RemoteCall, result: Mapping[str, Any]) -> None:
        self.note("tool_post_call", call)

    @hookimpl.agent_pre_call
    async def agent_pre_call(self, call: RemoteCall, message: Mapping[str, Any]) -> None:
        self.note("agent_pre_call", call)

    @hookimpl.agent_post_call
    async def agent_post_call(self, call: RemoteCall, result: Mapping[str, Any]) -> None:
        self.note("agent_post_call", call)

    @hookimpl.evaluate
    async def evaluate(self, invocation: Invocation) -> None:
        self.note("evaluate")

    # The way of the response out

    @hookimpl.error
    async def error(self, request: PluginRequest, exception: Exception) -> PluginResponse | None:
        self.note("error", request)
        return None

    @hookimpl.response_headers
    def response_headers(self, request: PluginRequest, response: ResponseMetadata) -> None:
        self.note("response_headers", request)

    @hookimpl.response_body
    async def response_body(self, request: PluginRequest, body: bytes) -> None:
        self.note("response_body", request)

    @hookimpl.response_chunk
    def response_chunk(self, request: PluginRequest, chunk: bytes) -> None:
        self.note("response_chunk", request)

    @hookimpl.response
    async def response(self, request: PluginRequest, response: ResponseMetadata) -> None:
        self.note("response", request)

    @hookimpl.websocket_message
    def websocket_message(self, request: PluginRequest, message: str | bytes, from_client: bool) -> None:
        self.note("websocket_message", request)
