"""Text completions: a prompt in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import LLMResponse, Usage

from .completion_stream import (
    CompletionDecoder,
    NativeCompletionEncoder,
    TranslatedCompletionEncoder,
    choices_of,
    completion_finish,
    text_choice,
)
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
from .prompts import prompt_list, prompt_messages, written_prompt
from .sse import StreamDecoder
from .usage import chat_usage, read_chat_usage

_CONTENT: Final = frozenset({"model", "stream", "prompt"})


class CompletionDialect(OpenAIErrors):
    """`POST /completions`."""

    api: Final = "completion"
    path: Final = "/completions"

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""
        body, model, stream = parse_common(body)
        prompt = body.get("prompt")
        if type(prompt) is not str and (type(prompt) is not list or not prompt):
            raise InvalidRequest("'prompt' must be a text, a list of texts, or token ids.", "prompt")
        return ParsedRequest(model, stream, includes_usage(body))

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return each prompt as a message of the user; one of token ids is empty."""
        return prompt_messages(body["prompt"])

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
        """Return a new body with what is not None written into it. Raises InvalidRequest for changed token ids."""
        content = {} if messages is None else {"prompt": written_prompt(body["prompt"], messages, "prompt")}
        return overridden(body, content, model, parameters)

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chat request with the prompt as its one message. Raises InvalidRequest for what chat lacks."""
        prompts = prompt_list(body["prompt"])
        if len(prompts) != 1:
            raise _lacking("several prompts in one request", "prompt")
        if not isinstance(prompts[0], str):
            raise _lacking("prompts of token ids", "prompt")
        if body.get("echo"):
            raise _lacking("'echo'", "echo")
        if body.get("suffix"):
            raise _lacking("'suffix'", "suffix")
        if body.get("logprobs") is not None:
            raise _lacking("'logprobs' in the form of completions", "logprobs")
        best_of = body.get("best_of")
        if best_of is not None and best_of != (body.get("n") or 1):
            raise _lacking("'best_of'", "best_of")
        left_out = ("prompt", "echo", "suffix", "logprobs", "best_of")
        chat = {name: value for name, value in body.items() if name not in left_out}
        chat["messages"] = [{"role": "user", "content": prompts[0]}]
        return chat

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return the first choice. Raises ValueError if there is no list of choices."""
        if not isinstance(data.get("choices"), list):
            raise ValueError("the answer has no list 'choices'")
        first: Mapping[str, Any] = next(iter(choices_of(data)), {})
        text, finish_reason = first.get("text"), first.get("finish_reason")
        return LLMResponse(
            text if isinstance(text, str) else "",
            (),
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
        """Return a text completion, with every choice that the chat completion has."""
        if chat is None:
            choices = [text_choice(response.text, 0, completion_finish(response.finish_reason))]
        else:
            choices = [_translated(choice, position) for position, choice in enumerate(choices_of(chat))]
        answer: dict[str, Any] = {
            "id": identity.id,
            "object": "text_completion",
            "created": identity.created,
            "model": identity.model,
            "choices": choices or [text_choice("", 0, "stop")],
        }
        if response.usage is not None:
            answer["usage"] = chat_usage(response.usage)
        return answer

    def stream_decoder(self) -> StreamDecoder:
        """Return a decoder for one stream."""
        return CompletionDecoder()

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Return an encoder for one stream."""
        if native:
            return NativeCompletionEncoder(identity, include_usage)
        return TranslatedCompletionEncoder(identity, include_usage)


def _lacking(what: str, param: str) -> InvalidRequest:
    return InvalidRequest(f"This model is served over chat completions, which have no equivalent of {what}.", param)


def _translated(choice: Mapping[str, Any], position: int) -> dict[str, Any]:
    message, index = choice.get("message"), choice.get("index")
    message = message if isinstance(message, dict) else {}
    refusal = message.get("refusal")
    text = content_text(message.get("content")) + (refusal if isinstance(refusal, str) else "")
    return text_choice(text, index if type(index) is int else position, completion_finish(choice.get("finish_reason")))
