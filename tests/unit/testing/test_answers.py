from __future__ import annotations

import json
from typing import Any

from routeiq_plugin_sdk import Headers, Usage
from routeiq_plugin_sdk.testing import HarnessResponse

from routeiq.testing.answers import decoded


def response(status: int, body: Any, kind: str = "application/json") -> HarnessResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HarnessResponse(status, Headers.of({"content-type": kind}), (content,))


def event(**data: Any) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def test_errors_are_told_as_their_api_has_them() -> None:
    assert decoded("chat", response(400, {"error": {"message": "no"}})).error == {"message": "no"}
    assert decoded("chat", response(500, b"broken", "text/plain")).error == {"message": "broken"}
    assert "no answer of the API chat" in str(decoded("chat", response(200, {"choices": 1})).error)


def test_a_stream_is_put_together_with_what_its_client_was_told() -> None:
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
    stream = event(choices=[choice]) + event(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}])
    usage = event(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
    told = decoded("chat", response(200, stream + usage + b"data: [DONE]\n\n", "text/event-stream"))
    assert told.response is not None
    assert (told.response.text, told.response.finish_reason) == ("a", "length")
    assert told.response.usage == Usage(1, 2, 3)
    assert told.error is None
    untold = decoded("chat", response(200, stream + event(error={"message": "cut"}), "text/event-stream"))
    assert untold.response is not None
    assert (untold.response.usage, untold.error) == (None, {"message": "cut"})
