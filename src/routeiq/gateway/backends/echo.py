"""The embedded model `echo`: answers with the last user message, word by word when streamed.

It needs no key, no network and no other server, is deterministic but for its time stamps, and speaks chat completions
and embeddings as an upstream does, so that everything around it is what real upstreams go through. Its embeddings are
those of bags of words: equal texts have equal vectors, and texts are the more alike the more words they share.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import API, Deployment, Headers, LLMResponse, Usage

from routeiq.core.dialects.usage import chat_usage
from routeiq.core.errors import error_document
from routeiq.core.replay import chat_events

DIMENSIONS: Final = 64
_WORD = re.compile(r"\s*\S+|\s+")
_BARE_WORD = re.compile(r"\w+")


class EchoAnswer:
    """An answer that is there already, in pieces."""

    def __init__(self, status: int, content_type: bytes, pieces: Iterable[bytes]) -> None:
        self.status = status
        self.headers = [(b"content-type", content_type)]
        self._pieces = pieces

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join(self._pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        for piece in self._pieces:
            yield piece

    async def close(self) -> None:
        """Nothing is held."""


class EchoBackend:
    """Serves every deployment whose provider is `echo`."""

    def offers(self, deployment: Deployment, api: API) -> bool:
        """Return whether it speaks an API: chat and embeddings, as many upstreams do."""
        return api in ("chat", "embedding")

    def lacks(self, deployment: Deployment, api: API) -> None:
        """It knows what it offers."""

    async def ready(self) -> None:
        """It is."""

    def permitted(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body: what an upstream does not take, it refuses itself."""
        return body

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Only the settings know prices."""
        return None

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> EchoAnswer:
        """Answer a request."""
        request = orjson.loads(body)
        return _embeddings(request) if path == "/embeddings" else _chat(request, body, stream)

    async def close(self) -> None:
        """Nothing is held."""


def _chat(request: Mapping[str, Any], body: bytes, stream: bool) -> EchoAnswer:
    messages = request.get("messages") or []
    text = next((_text(message) for message in reversed(messages) if message.get("role") == "user"), "")
    usage = _usage(sum(_count(_text(message)) for message in messages), _count(text))
    response = LLMResponse(text=text, usage=usage)
    identity = {
        "id": f"chatcmpl-{hashlib.sha256(body).hexdigest()[:24]}",
        "model": str(request.get("model")),
        "created": int(time.time()),
    }
    if stream:
        include_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        pieces = _WORD.findall(text)
        return EchoAnswer(
            200,
            b"text/event-stream",
            chat_events(response, include_usage=include_usage, pieces=pieces, **identity),  # type: ignore[arg-type]
        )
    message = {"role": "assistant", "content": text, "refusal": None}
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": "stop"}
        for index in range(_choices(request))
    ]
    document = {**identity, "object": "chat.completion", "choices": choices, "usage": chat_usage(usage)}
    return EchoAnswer(200, b"application/json", (orjson.dumps(document),))


def _choices(request: Mapping[str, Any]) -> int:
    wanted = request.get("n")
    return min(wanted, 128) if isinstance(wanted, int) and wanted > 0 else 1


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return ""


def _count(text: str) -> int:
    return len(text.split())


def _usage(prompt: int, completion: int) -> Usage:
    return Usage(prompt, completion, prompt + completion)


def _embeddings(request: Mapping[str, Any]) -> EchoAnswer:
    given = request.get("input")
    inputs = given if isinstance(given, list) and not (given and isinstance(given[0], int)) else [given]
    dimensions = DIMENSIONS if request.get("dimensions") is None else request["dimensions"]
    if not isinstance(dimensions, int) or not 1 <= dimensions <= 4096:
        document = error_document(
            400, "dimensions must be a whole number of 1 to 4096", "invalid_value", param="dimensions"
        )
        return EchoAnswer(400, b"application/json", (orjson.dumps(document),))
    as_base64 = request.get("encoding_format") == "base64"
    data = []
    for index, one in enumerate(inputs):
        vector = _vector(one, dimensions)
        embedding: Any = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode() if as_base64 else vector
        data.append({"object": "embedding", "index": index, "embedding": embedding})
    tokens = sum(_count(str(one)) for one in inputs)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    document = {"object": "list", "data": data, "model": request.get("model"), "usage": usage}
    return EchoAnswer(200, b"application/json", (orjson.dumps(document),))


def _vector(given: Any, dimensions: int) -> list[float]:
    """Return numbers of length 1 that depend on nothing but the input: the sum of what its words stand for.

    So texts that share words are alike, and those that differ in nothing but case and punctuation have the same vector.
    """
    words = _BARE_WORD.findall(given.lower()) if isinstance(given, str) else []
    sums = [0.0] * dimensions
    for word in words or [orjson.dumps(given).decode()]:
        stream = hashlib.shake_256(word.encode()).digest(2 * dimensions)
        for place, value in enumerate(struct.unpack(f"<{dimensions}H", stream)):
            sums[place] += value / 32768 - 1
    length = sum(number * number for number in sums) ** 0.5 or 1.0
    return [number / length for number in sums]
