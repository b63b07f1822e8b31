"""Chat completions: the form that plugins see, so that most of this is identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import LLMResponse, StreamChunk, ToolCall, Usage

from .chat_stream import ChatDecoder, NativeChatEncoder, read_tool_call
from .content import content_text
from .dialect import (
    AnswerIdentity,
    InvalidRequest,
    OpenAIErrors,
    ParsedRequest,
    StreamEncoder,
    includes_usage,
    other_parameters,
    overridden,
    parse_common,
)
from .sse import StreamDecoder
from .usage import chat_usage, read_chat_usage

_CONTENT: Final = frozenset({"model", "stream", "messages"})


class ChatDialect(OpenAIErrors):
    """`POST /chat/completions`."""

    api: Final = "chat"
    path: Final = "/chat/completions"

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""
        body, model, stream = parse_common(body)
        messages = body.get("messages")
        if type(messages) is not list or not messages:
            raise InvalidRequest("'messages' must be a list of at least one message.", "messages")
        for position, message in enumerate(messages):
            if type(message) is not dict:
                raise InvalidRequest("Each message must be an object.", f"messages[{position}]")
        return ParsedRequest(model, stream, includes_usage(body))

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the body's own messages."""
        messages: list[dict[str, Any]] = body["messages"]
        return messages

    def parameters(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the other parameters, without credentials."""
        return other_parameters(body, _CONTENT)

    def with_overrides(
        self,
        body: Mapping[str, Any],
        *,
        model: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return a new body with what is not None written into it."""
        content = {} if messages is None else {"messages": messages if isinstance(messages, list) else list(messages)}
        return overridden(body, content, model, parameters)

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of the body."""
        return dict(body)

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return the first choice. Raises ValueError if there is no list of choices."""
        choice = first_choice(data)
        message = choice.get("message")
        message = message if isinstance(message, dict) else {}
        finish_reason = choice.get("finish_reason")
        return LLMResponse(
            content_text(message.get("content")),
            tuple(read_tool_calls(message)),
            finish_reason if isinstance(finish_reason, str) else "stop",
            read_chat_usage(data.get("usage")),
            None,
            data,
        )

    def decode_usage(self, data: Mapping[str, Any]) -> Usage | None:
        """Return what a whole answer says of its usage."""
        return read_chat_usage(data.get("usage"))

    def encode_response(
        self, response: LLMResponse, identity: AnswerIdentity, chat: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return the chat completion that there is, or one that says what the response says."""
        if chat is not None:
            return dict(chat)
        message: dict[str, Any] = {"role": "assistant", "content": response.text, "refusal": None}
        if response.tool_calls:
            message["content"] = response.text or None
            message["tool_calls"] = [_written_call(call, identity) for call in response.tool_calls]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": response.finish_reason}
        answer: dict[str, Any] = {
            "id": identity.id,
            "object": "chat.completion",
            "created": identity.created,
            "model": identity.model,
            "choices": [choice],
        }
        if response.usage is not None:
            answer["usage"] = chat_usage(response.usage)
        return answer

    def stream_decoder(self) -> StreamDecoder:
        """Return a decoder for one stream."""
        return ChatDecoder()

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Return an encoder for one stream; the form to translate from is this one."""
        return NativeChatEncoder(identity, include_usage)


def _written_call(call: ToolCall, identity: AnswerIdentity) -> dict[str, Any]:
    return {
        "id": call.id or f"call_{identity.id}_{call.index}",
        "type": "function",
        "function": {"name": call.name or "", "arguments": call.arguments},
    }


def first_choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first choice of an answer, empty if there is none. Raises ValueError if the answer has no list."""
    choices = data.get("choices")
    if not isinstance(choices, list):
        raise ValueError("the answer has no list 'choices'")
    first = choices[0] if choices else None
    return first if isinstance(first, dict) else {}


def read_tool_calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    """Yield the tool calls of a message; the older `function_call` counts as one without an id."""
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        for position, call in enumerate(calls):
            if isinstance(call, dict):
                yield read_tool_call({**call, "index": position}, position)
    elif isinstance(message.get("function_call"), dict):
        yield read_tool_call({"function": message["function_call"]}, 0)


def message_chunks(message: Mapping[str, Any]) -> Iterator[StreamChunk]:
    """Yield a whole message as a stream would tell it: reasoning, text, refusal, tool calls."""
    for field in ("reasoning_content", "reasoning"):
        if isinstance(message.get(field), str):
            yield StreamChunk("reasoning", message[field])
            break
    yield StreamChunk("text", content_text(message.get("content")))
    if isinstance(message.get("refusal"), str):
        yield StreamChunk("refusal", message["refusal"])
    for call in read_tool_calls(message):
        yield StreamChunk("tool_call", tool_call=call)
