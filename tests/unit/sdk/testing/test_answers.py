from __future__ import annotations

from collections import deque

from routeiq_plugin_sdk import LLMResponse
from routeiq_plugin_sdk.testing import Upstream, UpstreamAnswer, UpstreamFailure, UpstreamRequest
from routeiq_plugin_sdk.testing.answers import answers_of

REQUEST = UpstreamRequest("m", "m:1", "chat", {"messages": [{"role": "user", "content": "x"}], "stream": True})


def test_a_calls_own_answers_come_first_then_the_script_then_the_default() -> None:
    upstream = Upstream()
    upstream.script("one", "two")
    upstream.default = "always"
    own = deque(["own"])
    assert [upstream.take(REQUEST, own) for _ in range(4)] == ["own", "one", "two", "always"]
    assert upstream.requests == [REQUEST] * 4
    assert Upstream().take(REQUEST) is None


def test_a_request_tells_its_messages_and_whether_it_streams() -> None:
    assert REQUEST.messages == [{"role": "user", "content": "x"}]
    assert REQUEST.stream
    assert UpstreamRequest("m", "m:1", "embedding", {"input": "x"}).messages == ()


def test_one_answer_or_several_for_a_call() -> None:
    assert answers_of(None) == deque()
    for one in ("text", LLMResponse("x"), UpstreamAnswer(), UpstreamFailure(), lambda request: "x"):
        assert answers_of(one) == deque([one])
    assert answers_of(["a", UpstreamFailure()]) == deque(["a", UpstreamFailure()])
