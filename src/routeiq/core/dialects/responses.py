"""The Responses API: items in, items out, typed events in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from .chat import first_choice, message_chunks
from .content import content_text
from .dialect import (
    AnswerIdentity,
    InvalidRequest,
    OpenAIErrors,
    ParsedRequest,
    StreamEncoder,
    other_parameters,
    overridden,
    parse_common,
)
from .responses_events import item_calls, read_call
from .responses_input import item_type, read_input, written_input
from .responses_native import NativeResponsesEncoder
from .responses_output import OutputBuilder, ending, finish_reason_of, response_object
from .responses_request import chat_request
from .responses_stream import ResponsesDecoder, TranslatedResponsesEncoder, read_annotations
from .sse import StreamDecoder
from .usage import read_responses_usage

_CONTENT: Final = frozenset({"model", "stream", "input", "instructions"})
_INSTEAD_OF_INPUT: Final = ("prompt", "previous_response_id", "conversation")
_TOOL_CREDENTIALS: Final = frozenset({"authorization", "headers"})


class ResponsesDialect(OpenAIErrors):
    """`POST /responses`."""

    api: Final = "responses"
    path: Final = "/responses"

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""
        body, model, stream = parse_common(body)
        given = body.get("input")
        if type(given) is list:
            for position, item in enumerate(given):
                if type(item) is not dict:
                    raise InvalidRequest("Each item of 'input' must be an object.", f"input[{position}]")
        elif type(given) is not str and (given is not None or not any(body.get(name) for name in _INSTEAD_OF_INPUT)):
            raise InvalidRequest("'input' must be a text or a list of items.", "input")
        return ParsedRequest(model, stream, True)

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return instructions and input as chat messages."""
        return read_input(body).messages

    def parameters(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the other parameters; credentials, those for MCP servers among the tools too, are left out."""
        parameters = other_parameters(body, _CONTENT)
        tools = parameters.get("tools")
        if isinstance(tools, list):
            parameters["tools"] = [_without_credentials(tool) for tool in tools]
        return parameters

    def with_overrides(
        self,
        body: Mapping[str, Any],
        *,
        model: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return a new body with what is not None written into it. Raises InvalidRequest for what is no message."""
        content = {} if messages is None else written_input(body, messages)
        if parameters is not None and isinstance(parameters.get("tools"), list):
            parameters = {**parameters, "tools": _with_credentials(body.get("tools"), parameters["tools"])}
        return overridden(body, content, model, parameters)

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chat request that asks for the same. Raises InvalidRequest for what chat lacks."""
        return chat_request(body)

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return all text and tool calls of the output. Raises ValueError if there is no list of items."""
        output = data.get("output")
        if not isinstance(output, list):
            raise ValueError("the answer has no list 'output'")
        texts: list[str] = []
        calls: list[ToolCall] = []
        for item in output:
            argument = item_calls(item)
            if argument is not None:
                calls.append(read_call(item, len(calls), argument))
            elif item_type(item) == "message":
                texts.append(content_text(item.get("content")))
        return LLMResponse(
            "".join(texts),
            tuple(calls),
            finish_reason_of(data, has_calls=bool(calls)),
            read_responses_usage(data.get("usage")),
            None,
            data,
        )

    def decode_usage(self, data: Mapping[str, Any]) -> Usage | None:
        """Return what a whole answer says of its usage."""
        return read_responses_usage(data.get("usage"))

    def encode_response(
        self, response: LLMResponse, identity: AnswerIdentity, chat: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a response object; of a chat completion, the first choice with reasoning, refusal and annotations."""
        output = OutputBuilder(identity)
        message = first_choice(chat).get("message") if chat is not None else None
        if isinstance(message, dict):
            for chunk in message_chunks(message):
                output.add(chunk)
                if chunk.kind == "text":
                    for annotation in read_annotations(message):
                        output.annotate(annotation)
        else:
            output.add(StreamChunk("text", response.text))
            for call in response.tool_calls:
                output.add(StreamChunk("tool_call", tool_call=call))
        status, details = ending(response.finish_reason)
        output.close(status)
        return response_object(identity, status, output.output(), response.usage, incomplete_details=details)

    def stream_decoder(self) -> StreamDecoder:
        """Return a decoder for one stream."""
        return ResponsesDecoder()

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Return an encoder for one stream; the final response tells the usage in any case."""
        return NativeResponsesEncoder(identity) if native else TranslatedResponsesEncoder(identity)


def _without_credentials(tool: Any) -> Any:
    if not isinstance(tool, dict) or _TOOL_CREDENTIALS.isdisjoint(tool):
        return tool
    return {name: value for name, value in tool.items() if name not in _TOOL_CREDENTIALS}


def _with_credentials(old: object, new: list[Any]) -> list[Any]:
    """Return tools with the body's own in the place of those that plugins saw without their credentials."""
    originals = old if isinstance(old, list) else []
    shown = [_without_credentials(tool) for tool in originals]
    return [originals[shown.index(tool)] if tool in shown else tool for tool in new]
