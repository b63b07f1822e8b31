from __future__ import annotations

import json
from collections import deque
from typing import Any

import pytest
from routeiq_plugin_sdk import Deployment, Headers, LLMResponse, ToolCall, Usage
from routeiq_plugin_sdk.testing import Upstream, UpstreamAnswer, UpstreamFailure

from routeiq.core.attempts import AttemptError
from routeiq.testing.backend import ScriptedBackend, own_answers
from routeiq.transport import ConnectionClosed

DEPLOYMENT = Deployment("m:1", "m", "up")


async def answer(upstream: Upstream, *, stream: bool = False, path: str = "/chat/completions", **body: Any) -> Any:
    document = {"model": "up", "messages": [{"role": "user", "content": "a b"}], "stream": stream, **body}
    backend = ScriptedBackend(upstream, Upstream())
    return await backend.send(DEPLOYMENT, path, json.dumps(document).encode(), Headers(), stream=stream)


async def deltas(sent: Any) -> list[Any]:
    found = []
    async for piece in sent.chunks():
        data = piece.removeprefix(b"data: ").strip()
        if data != b"[DONE]":
            document = json.loads(data)
            found.append(document["choices"][0]["delta"] if document["choices"] else document["usage"]["total_tokens"])
    return found


async def test_without_a_script_it_echoes() -> None:
    upstream = Upstream()
    assert json.loads(await (await answer(upstream)).read())["choices"][0]["message"]["content"] == "a b"
    embedded = await answer(upstream, path="/embeddings", input="x")
    assert len(json.loads(await embedded.read())["data"]) == 1
    assert [(one.api, one.model, one.deployment) for one in upstream.requests] == [
        ("chat", "up", "m:1"),
        ("embedding", "up", "m:1"),
    ]


async def test_a_whole_answer_has_all_its_parts() -> None:
    upstream = Upstream()
    tools = (ToolCall(0, None, "weather", "{}"),)
    upstream.script(
        UpstreamAnswer("x y", reasoning="hm", tool_calls=tools, usage=Usage(1, 2, 3), headers={"x-a": "1"}),
        LLMResponse("", tools, "length"),
    )
    sent = await answer(upstream)
    document = json.loads(await sent.read())
    (choice,) = document["choices"]
    assert (choice["message"]["content"], choice["message"]["reasoning_content"]) == ("x y", "hm")
    assert choice["message"]["tool_calls"][0]["id"] == "call_0"
    assert (choice["finish_reason"], document["usage"]["total_tokens"]) == ("tool_calls", 3)
    assert (b"x-a", b"1") in sent.headers
    assert json.loads(await (await answer(upstream)).read())["choices"][0]["finish_reason"] == "length"


async def test_a_stream_has_its_pieces_and_its_usage_if_asked_for() -> None:
    upstream = Upstream()
    upstream.default = UpstreamAnswer("x y", reasoning="hm", tool_calls=[ToolCall(0, "id", "f", "{}")])
    sent = await deltas(await answer(upstream, stream=True, stream_options={"include_usage": True}))
    tool = {"index": 0, "id": "id", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert sent == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "hm"},
        {"content": "x"},
        {"content": " y"},
        {"tool_calls": [tool]},
        {},
        4,
    ]


async def test_a_stream_breaks_after_so_many_pieces() -> None:
    upstream = Upstream()
    upstream.script(UpstreamAnswer(pieces=["x", "y", "z"], breaks_after=2))
    seen = []
    with pytest.raises(ConnectionClosed):
        async for piece in (await answer(upstream, stream=True)).chunks():
            seen.append(piece)
    assert len(seen) == 3


async def test_failures_have_a_status_or_no_connection() -> None:
    upstream = Upstream()
    upstream.script(UpstreamFailure(429, "slow", "busy", {"retry-after": "1"}), UpstreamFailure(0))
    sent = await answer(upstream)
    assert (sent.status, json.loads(await sent.read())["error"]["code"]) == (429, "busy")
    assert (b"retry-after", b"1") in sent.headers
    with pytest.raises(AttemptError, match="cannot be reached"):
        await answer(upstream)


async def test_functions_make_answers_and_a_calls_own_come_first() -> None:
    async def later(request: Any) -> str:
        return f"later {request.body['model']}"

    upstream = Upstream()
    upstream.script(lambda request: "sooner", later)
    own_answers.set(deque(["own"]))
    texts = [json.loads(await (await answer(upstream)).read())["choices"][0]["message"]["content"] for _ in range(3)]
    assert texts == ["own", "sooner", "later up"]
    upstream.script(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="an answer is a text"):
        await answer(upstream)
