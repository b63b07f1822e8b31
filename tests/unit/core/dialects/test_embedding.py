from __future__ import annotations

from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse
from routeiq_plugin_sdk import LLMResponse, Usage

from routeiq.core.dialects import EMBEDDING, AnswerIdentity, InvalidRequest

DATA: dict[str, Any] = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    "model": "up",
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}


def test_streams_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="not streamed") as caught:
        EMBEDDING.parse({"model": "m", "input": "x", "stream": True})
    assert caught.value.param == "stream"


def test_an_answer_is_decoded_and_a_cached_one_encoded(identity: AnswerIdentity) -> None:
    response = EMBEDDING.decode_response(DATA)
    assert (response.text, response.usage, response.raw) == ("", Usage(3, 0, 3), DATA)
    encoded = EMBEDDING.encode_response(response, identity, None)
    CreateEmbeddingResponse.model_validate(encoded)
    assert encoded == {**DATA, "model": "my-model"}


def test_what_has_no_vectors_is_refused(identity: AnswerIdentity) -> None:
    with pytest.raises(ValueError, match="data"):
        EMBEDDING.decode_response({})
    with pytest.raises(ValueError, match="vectors"):
        EMBEDDING.encode_response(LLMResponse("hi"), identity, None)


def test_nothing_else_makes_vectors(identity: AnswerIdentity) -> None:
    with pytest.raises(InvalidRequest, match="no equivalent"):
        EMBEDDING.to_chat({"model": "m", "input": "x"})
    with pytest.raises(InvalidRequest, match="not streamed"):
        EMBEDDING.stream_decoder()
    with pytest.raises(InvalidRequest, match="not streamed"):
        EMBEDDING.stream_encoder(identity, native=True, include_usage=False)
