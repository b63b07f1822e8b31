import my_guardrails
import pytest
from routeiq_plugin_sdk.testing import ConfigRefused, PluginTestHarness


async def test_a_blocked_word_never_reaches_the_model():
    async with PluginTestHarness(my_guardrails, config={"blocked": ["secret"]}) as harness:
        refused = await harness.llm_call("a secret plan")
        assert refused.status_code == 403
        assert refused.body == {"error": "content_blocked"}
        assert harness.upstream.requests == []

        passed = await harness.llm_call("a plan", answer="Go ahead.", stream=True)
        assert passed.text == "Go ahead."
        assert harness.upstream.requests[0].messages == [{"role": "user", "content": "a plan"}]


async def test_words_change_while_it_runs():
    async with PluginTestHarness(my_guardrails) as harness:
        await harness.change_config(blocked=["plan"])
        assert (await harness.send_request("POST", "/anywhere", body="a plan")).status_code == 403
        with pytest.raises(ConfigRefused):
            await harness.change_config(blocked="no list")


def test_without_async():
    with PluginTestHarness(my_guardrails) as harness:
        assert harness.llm_call("a harmful plan").status_code == 403
        assert harness.called() == ["request_body"]
