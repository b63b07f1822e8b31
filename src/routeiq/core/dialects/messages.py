"""Anthropic's Messages API: turns of blocks in, one message of blocks out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from .chat import first_choice, message_chunks
from .dialect import (
    AnswerIdentity,
    InvalidRequest,
    ParsedRequest,
    StreamEncoder,
    other_parameters,
    overridden,
    parse_common,
)
from .messages_request import chat_request
from .messages_stream import MessagesDecoder, NativeMessagesEncoder, TranslatedMessagesEncoder
from .messages_turns import read_parts, written
from .messages_words import error_document, finish_reason_of, stop_reason
from .sse import StreamDecoder
from .usage import messages_usage, read_messages_usage

_CONTENT: Final = frozenset({"model", "stream", "messages", "system"})


class MessagesDialect:
    """`POST /messages`."""

    api: Final = "messages"
    path: Final = "/messages"

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""
        body, model, stream = parse_common(body)
        messages = body.get("messages")
        if type(messages) is not list or not messages:
            raise InvalidRequest("messages: must be a list of at least one message", "messages")
        for position, message in enumerate(messages):
            if type(message) is not dict:
                raise InvalidRequest(f"messages.{position}: must be an object", "messages")
        limit = body.get("max_tokens")
        if type(limit) is not int or limit < 1:
            raise InvalidRequest("max_tokens: must be a number of at least 1", "max_tokens")
        return ParsedRequest(model, stream, True)

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return `system` and the turns as chat messages."""
        return [part.message for part in read_parts(body)]

    def parameters(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the other parameters; credentials, those for MCP servers too, are left out."""
        parameters = other_parameters(body, _CONTENT)
        servers = parameters.get("mcp_servers")
        if isinstance(servers, list):
            parameters["mcp_servers"] = [_without_token(server) for server in servers]
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
        content = {} if messages is None else written(body, messages)
        if parameters is not None and parameters.get("mcp_servers") == self.parameters(body).get("mcp_servers"):
            parameters = {name: value for name, value in parameters.items() if name != "mcp_servers"}
        new = overridden(body, content, model, parameters)
        if new.get("system", "") is None:
            del new["system"]
        return new

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chat request that asks for the same. Raises InvalidRequest for what chat lacks."""
        return chat_request(body, self.messages(body))

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return all text and tool calls of the message. Raises ValueError if there is no list of blocks."""
        content = data.get("content")
        if not isinstance(content, list):
            raise ValueError("the answer has no list 'content'")
        texts: list[str] = []
        calls: list[ToolCall] = []
        for block in content:
            kind = block.get("type") if isinstance(block, dict) else None
            if kind == "text":
                texts.append(str(block.get("text") or ""))
            elif kind == "tool_use":
                arguments = orjson.dumps(block.get("input") or {}).decode()
                calls.append(ToolCall(len(calls), block.get("id"), block.get("name"), arguments))
        return LLMResponse(
            "".join(texts),
            tuple(calls),
            finish_reason_of(data.get("stop_reason")),
            read_messages_usage(data.get("usage")),
            None,
            data,
        )

    def decode_usage(self, data: Mapping[str, Any]) -> Usage | None:
        """Return what a whole answer says of its usage."""
        return read_messages_usage(data.get("usage"))

    def encode_response(
        self, response: LLMResponse, identity: AnswerIdentity, chat: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a message; of a chat completion, the first choice with reasoning, text and tool calls."""
        message = first_choice(chat).get("message") if chat is not None else None
        if isinstance(message, dict):
            chunks = list(message_chunks(message))
        else:
            calls = [StreamChunk("tool_call", tool_call=call) for call in response.tool_calls]
            chunks = [StreamChunk("text", response.text), *calls]
        return {
            "id": identity.id,
            "type": "message",
            "role": "assistant",
            "model": identity.model,
            "content": [block for chunk in chunks if (block := _block(chunk, identity)) is not None],
            "stop_reason": stop_reason(response.finish_reason),
            "stop_sequence": None,
            "usage": messages_usage(response.usage),
        }

    def error_document(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ) -> dict[str, Any]:
        """Return an error in the shape of Anthropic's API."""
        return error_document(status, message)

    def stream_decoder(self) -> StreamDecoder:
        """Return a decoder for one stream."""
        return MessagesDecoder()

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Return an encoder for one stream; the usage is told in any case."""
        return NativeMessagesEncoder(identity) if native else TranslatedMessagesEncoder(identity)


def _without_token(server: Any) -> Any:
    if not isinstance(server, dict) or "authorization_token" not in server:
        return server
    return {name: value for name, value in server.items() if name != "authorization_token"}


def _block(chunk: StreamChunk, identity: AnswerIdentity) -> dict[str, Any] | None:
    call = chunk.tool_call
    if chunk.kind == "tool_call" and call is not None:
        try:
            arguments = orjson.loads(call.arguments or "{}")
        except orjson.JSONDecodeError:
            arguments = {"arguments": call.arguments}
        return {
            "type": "tool_use",
            "id": call.id or f"toolu_{identity.id}_{call.index}",
            "name": call.name or "",
            "input": arguments,
        }
    if chunk.kind == "reasoning" and chunk.text:
        return {"type": "thinking", "thinking": chunk.text, "signature": ""}
    return {"type": "text", "text": chunk.text} if chunk.text else None
