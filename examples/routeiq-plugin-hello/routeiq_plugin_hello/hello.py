"""The plugin `hello`: one hook or two of each layer, in the form of a module.

It greets at `GET /hello`, marks every response with a header, and counts LLM calls and the calls of tools. It
changes no content. Whoever wants to know of greetings subscribes to its event `hello.greeted`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from routeiq_plugin_sdk import (
    Deployment,
    Event,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    RemoteCall,
    ResponseMetadata,
    hookimpl,
)
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    greeting: str = Field(
        default="Hello",
        pattern=r"^[!-~]+( [!-~]+)*$",
        max_length=100,
        description="How visitors are greeted, and the value of the header x-hello: printable ASCII.",
    )


metadata = PluginMetadata(
    name="hello",
    capabilities={PluginCapability.ROUTES, PluginCapability.MIDDLEWARE},
    config_schema=Config,
    gateway_compat=">=0.1,<1",
)


@hookimpl.startup
async def startup(context: PluginContext) -> None:
    """Begin to count from 0. State lives in `context.shared`, not in the module: two gateways can share a process."""
    context.shared["calls"] = {"begun": 0, "answered": 0, "failed": 0}
    context.events.subscribe("llm.call.failed", count_failure)
    context.every(3600, report)
    context.logger.info("ready to greet", greeting=context.config.greeting)


def count_failure(event: Event, context: PluginContext) -> None:
    """Count a call that failed: it is over by now, and there is nothing to decide, so that an event does."""
    context.shared["calls"]["failed"] += 1
    context.logger.debug("a call failed", id=event.data["call_id"], error=event.data["error"])


def report(context: PluginContext) -> None:
    """Log the counts, each hour."""
    context.logger.info("calls so far", **context.shared["calls"])


@hookimpl.health_check
def health_check(context: PluginContext) -> Mapping[str, Any]:
    """Report the counts beside the status."""
    return {"status": "ok", "calls": dict(context.shared["calls"])}


@hookimpl.register_routes
def register_routes(context: PluginContext) -> Sequence[Any]:
    """Add `GET /hello?name=...`."""

    async def greet(request: Request) -> JSONResponse:
        name = request.query_params.get("name", "world")
        greeting = f"{context.config.greeting}, {name}!"
        context.events.emit("hello.greeted", {"name": name})
        return JSONResponse({"greeting": greeting, "calls": context.shared["calls"]})

    return [Route("/hello", greet, methods=["GET"])]


@hookimpl.response_headers
def response_headers(response: ResponseMetadata, context: PluginContext) -> ResponseMetadata:
    """Mark the response. The result replaces what was handed over; nothing is changed in place."""
    return response.with_headers({"x-hello": context.config.greeting})


@hookimpl.post_routing
def post_routing(deployment: Deployment, context: PluginContext) -> None:
    """Count attempts by deployment."""
    attempts = context.metrics.counter("attempts", "Attempts of LLM calls, by deployment.", ["deployment"])
    attempts.inc(deployment=deployment.name)


@hookimpl.llm_pre_call
def llm_pre_call(call: LLMCall, context: PluginContext) -> None:
    """Count the call, and leave it as it is."""
    context.shared["calls"]["begun"] += 1
    context.logger.debug("call", id=call.id, api=call.api)


@hookimpl.llm_success
async def llm_success(response: LLMResponse, context: PluginContext) -> None:
    """Count the answer and its tokens."""
    context.shared["calls"]["answered"] += 1
    tokens = context.metrics.counter("tokens", "Tokens that models wrote.")
    tokens.inc(response.usage.completion_tokens if response.usage else 0)


@hookimpl.tool_pre_call
def tool_pre_call(call: RemoteCall, tool: str, context: PluginContext) -> None:
    """Count the calls of tools, by server and tool."""
    calls = context.metrics.counter("tool_calls", "Calls of tools, by server and tool.", ["server", "tool"])
    calls.inc(server=call.target, tool=tool)
