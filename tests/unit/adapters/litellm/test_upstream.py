"""LiteLLM as an upstream; tests/unit/gateway/backends/test_litellm.py has the calls."""

import pytest

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.answers import Answer  # noqa: E402
from routeiq.adapters.litellm.upstream import LiteLLMReply, LiteLLMUpstream  # noqa: E402
from routeiq.core.attempts import AttemptError  # noqa: E402


async def test_an_adapter_of_the_same_process_does_not_see_the_gateways_calls(recorder, installed, call):
    async with installed(recorder):
        reply = await LiteLLMUpstream().send("chat", dict(call))
        assert b"one two three" in await reply.read()
    assert recorder.hooks() == []


def test_what_litellm_knows():
    upstream = LiteLLMUpstream()
    assert upstream.knows("anthropic/claude", None) is None
    assert "no_such" in upstream.knows("no_such/x", None)


async def test_no_answer_at_all_is_a_bad_gateway():
    with pytest.raises(AttemptError, match="makes no sense"):
        await LiteLLMReply(Answer("chat", None)).read()
