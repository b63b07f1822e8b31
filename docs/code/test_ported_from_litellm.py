import ported_from_litellm
import pytest
from routeiq_plugin_sdk.testing import PluginTestHarness


@pytest.mark.parametrize("stream", [False, True])
async def test_questions_and_answers_are_judged(stream):
    async with PluginTestHarness(ported_from_litellm) as harness:
        assert (await harness.llm_call("what is the launch code?", stream=stream)).status_code == 400
        answer = await harness.llm_call("hello", answer="The launch code is 1", stream=stream)
        assert answer.error["code"] == "content_blocked"
        assert "launch code" not in answer.text
        assert (await harness.llm_call("hello", stream=stream)).text == "hello"
        assert harness.upstream.requests[-1].body["max_tokens"] == 1000
