"""What the client of an LLM call got, read back from the bytes of its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeiq_plugin_sdk import API, LLMResponse, StreamChunk
from routeiq_plugin_sdk.testing import HarnessResponse
from routeiq_plugin_sdk.testing.host import DecodedAnswer

from routeiq.core.assembly import Assembler
from routeiq.core.dialects import DIALECTS, Dialect


def decoded(api: API, response: HarnessResponse) -> DecodedAnswer:
    """Return what an answer says, whole or streamed."""
    dialect = DIALECTS[api]
    if "event-stream" in (response.headers.get("content-type") or ""):
        return _stream(dialect, response)
    body = response.body
    if response.status_code >= 400 or not isinstance(body, dict):
        return DecodedAnswer(None, (), _error(body) or {"message": response.text})
    try:
        return DecodedAnswer(dialect.decode_response(body))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return DecodedAnswer(None, (), {"message": f"this is no answer of the API {api}: {error!r}"})


def _stream(dialect: Dialect, response: HarnessResponse) -> DecodedAnswer:
    decoder = dialect.stream_decoder()
    events = [*decoder.feed(response.content), *decoder.close()]
    chunks: list[StreamChunk] = [chunk for event in events for chunk in event.chunks]
    error = next((event.error for event in events if event.error is not None), None)
    assembler = Assembler(lambda: ())
    for chunk in chunks:
        assembler.add(chunk)
    answer = assembler.response()
    told = answer.usage if answer.usage is not None and not answer.usage.estimated else None
    return DecodedAnswer(LLMResponse(answer.text, answer.tool_calls, answer.finish_reason, told), tuple(chunks), error)


def _error(body: object) -> Mapping[str, Any] | None:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None
