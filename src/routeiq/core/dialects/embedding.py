"""Embeddings: texts in, vectors out; whole answers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import LLMResponse, Usage

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
from .prompts import prompt_messages, written_prompt
from .sse import StreamDecoder
from .usage import read_chat_usage

_CONTENT: Final = frozenset({"model", "stream", "input"})


class EmbeddingDialect(OpenAIErrors):
    """`POST /embeddings`."""

    api: Final = "embedding"
    path: Final = "/embeddings"

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""
        body, model, stream = parse_common(body)
        given = body.get("input")
        if type(given) is not str and (type(given) is not list or not given):
            raise InvalidRequest("'input' must be a text, a list of texts, or token ids.", "input")
        if stream:
            raise InvalidRequest("Embeddings are not streamed.", "stream")
        return ParsedRequest(model, False, False)

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return each input as a message of the user; one of token ids is empty."""
        return prompt_messages(body["input"])

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
        content = {} if messages is None else {"input": written_prompt(body["input"], messages, "input")}
        return overridden(body, content, model, parameters)

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Raise InvalidRequest: chat completions make no vectors."""
        raise InvalidRequest("This model is served over chat completions, which have no equivalent of embeddings.")

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return an answer without text; the vectors are in `raw`. Raises ValueError if there is no list of them."""
        if not isinstance(data.get("data"), list):
            raise ValueError("the answer has no list 'data'")
        return LLMResponse("", (), "stop", read_chat_usage(data.get("usage")), None, data)

    def decode_usage(self, data: Mapping[str, Any]) -> Usage | None:
        """Return what a whole answer says of its usage."""
        return read_chat_usage(data.get("usage"))

    def encode_response(
        self, response: LLMResponse, identity: AnswerIdentity, chat: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return the answer in `response.raw`, as a cache kept it. Raises ValueError if there is none."""
        raw = response.raw
        if raw is None or not isinstance(raw.get("data"), list):
            raise ValueError("an answer to an embedding call needs the vectors in LLMResponse.raw['data']")
        return {**raw, "object": "list", "model": identity.model}

    def stream_decoder(self) -> StreamDecoder:
        """Raise InvalidRequest: there are no streams of embeddings."""
        raise InvalidRequest("Embeddings are not streamed.", "stream")

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Raise InvalidRequest: there are no streams of embeddings."""
        raise InvalidRequest("Embeddings are not streamed.", "stream")
