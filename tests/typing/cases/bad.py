"""Mistakes that type checkers must tell an author: each line with a comment `# error` has one, and no other has."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

from routeiq_plugin_sdk import (
    EvaluationResult,
    Event,
    GatewayPlugin,
    Invocation,
    LLMCall,
    LLMResponse,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    Principal,
    ResponseMetadata,
    StreamChunk,
    hookimpl,
)


@hookimpl.request  # error: a misspelt argument
def misspelt_argument(reqest: PluginRequest) -> PluginResponse | None:
    raise NotImplementedError


@hookimpl.request_body  # error: a misspelt argument behind a right one
async def misspelt_second_argument(request: PluginRequest, boddy: bytes) -> bytes | None:
    raise NotImplementedError


@hookimpl.response_chunk  # error: a chunk is bytes
def wrong_argument_type(chunk: str) -> bytes | None:
    raise NotImplementedError


@hookimpl.response_chunk  # error: the result is bytes
async def wrong_result(chunk: bytes) -> str:
    raise NotImplementedError


@hookimpl.authenticate  # error: a Principal, not its id
def wrong_plain_result(request: PluginRequest) -> str | Principal:
    raise NotImplementedError


@hookimpl.response  # error: an observer has no result
def an_observer_with_a_result(response: ResponseMetadata) -> bytes:
    raise NotImplementedError


@hookimpl.respons_chunk  # error: there is no such phase
def unknown_phase(chunk: bytes) -> bytes | None:
    raise NotImplementedError


@hookimpl.request(timeot=3)  # error: there is no such option
def unknown_option(request: PluginRequest) -> PluginResponse | None:
    raise NotImplementedError


@hookimpl.request  # error: an argument that the phase does not have
def one_argument_too_many(request: PluginRequest, body: bytes) -> PluginResponse | None:
    raise NotImplementedError


@hookimpl.request(tryfirst=True)  # error: options do not switch the checks off
def wrong_with_options(reqest: PluginRequest) -> PluginResponse | None:
    raise NotImplementedError


@hookimpl.request(wrapper=True)  # error: a wrapper is a generator
def no_generator(request: PluginRequest) -> PluginResponse | None:
    raise NotImplementedError


@hookimpl.request(wrapper=True)  # error: a wrapper takes the phase's arguments
def wrong_wrapper(reqest: PluginRequest) -> Generator[None, Any, None]:
    yield


@hookimpl.request  # error: a generator is a wrapper, and has to say so
async def a_wrapper_that_does_not_say_so(request: PluginRequest) -> AsyncGenerator[None, Any]:
    yield


@hookimpl.register_routes  # error: routes are collected before any event loop need run
async def asynchronous_contribution() -> list[Any]:
    raise NotImplementedError


@hookimpl.llm_success  # error: the response of a call is no ResponseMetadata
def wrong_layer(response: ResponseMetadata) -> None:
    raise NotImplementedError


@hookimpl.llm_stream_chunk  # error: the result is a StreamChunk
def text_instead_of_a_chunk(chunk: StreamChunk) -> str:
    raise NotImplementedError


@hookimpl.tool_pre_call  # error: the call of a tool is a RemoteCall
def wrong_call(call: LLMCall, arguments: dict[str, Any]) -> None:
    raise NotImplementedError


@hookimpl.agent_post_call  # error: an agent, not a server
def wrong_name(server: str) -> None:
    raise NotImplementedError


@hookimpl.evaluate  # error: a result, not only its score
async def score_instead_of_a_result(invocation: Invocation) -> float:
    raise NotImplementedError


def wrong_status() -> EvaluationResult:
    return EvaluationResult(1, "good")  # error: there is no such status


@hookimpl(trylats=True)  # error: the plain marker has no such option either
def unknown_plain_option() -> None:
    raise NotImplementedError


def listening(context: PluginContext, event: Event) -> None:
    context.events.subscribe("*", nothing)  # error: a handler takes the event
    context.events.subscribe("*", text)  # error: an event is no text
    context.events.emit("bad.happened", ["a"])  # error: data is a mapping
    context.every("60", nothing)  # error: seconds are a number
    context.every(60, text)  # error: a timer's function takes nothing but the context
    event.name = "bad.other"  # error: an event is read-only
    context.every(60, nothing)


def nothing() -> None:
    raise NotImplementedError


def text(text: str) -> None:
    raise NotImplementedError


class Bad(GatewayPlugin):
    metadata = PluginMetadata(name="bad")

    @hookimpl.request  # error: a misspelt argument of a method
    async def request(self, reqest: PluginRequest) -> PluginResponse | None:
        raise NotImplementedError

    @hookimpl.response_chunk  # error: a wrong type in a method
    def response_chunk(self, chunk: str) -> bytes | None:
        raise NotImplementedError

    @hookimpl.llm_pre_call(tryfirst=True)  # error: a wrong result of a method
    async def llm_pre_call(self, model: str) -> list[LLMResponse]:
        raise NotImplementedError

    @hookimpl.rewrite  # right
    def rewrite(self, request: PluginRequest) -> PluginRequest | None:
        raise NotImplementedError
