import agent_guard
from routeiq_plugin_sdk.testing import AgentAnswer, PluginTestHarness


async def test_a_secret_does_not_reach_the_agent():
    async with PluginTestHarness(agent_guard) as harness:
        refused = await harness.agent_call("mock-agent", "What do you know of Project Aurora?")
        assert refused.error["message"] == "The agent 'mock-agent' must not hear of that."
        assert harness.agents.requests == []


def test_what_is_internal_does_not_reach_the_client():
    with PluginTestHarness(agent_guard) as harness:
        assert harness.agent_call(answer="ask wiki.corp.internal").text == "ask wiki.*************"
        streamed = harness.agent_call(stream=True, answer=AgentAnswer(events=["ask ", "wiki.corp.internal"]))
        assert streamed.text == "ask wiki.*************"
        task = {"id": "t", "status": {}, "artifacts": [{"artifactId": "a", "parts": [{"text": "corp.internal"}]}]}
        fetched = harness.agent_call(method="GetTask", params={"id": "t"}, answer=task)
        assert fetched.text == "*************"
