import sticky
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamFailure

SETTINGS = {
    "model_list": [
        {"model_name": "fast", "litellm_params": {"model": "openai/small", "api_base": base}}
        for base in ("https://a.test/v1", "https://b.test/v1", "https://c.test/v1")
    ],
    "router_settings": {"routing_strategy": "sticky"},
}


async def test_a_conversation_stays_where_it_is_as_long_as_that_answers():
    async with PluginTestHarness(sticky, settings=SETTINGS) as harness:
        for _ in range(3):
            await harness.llm_call("hello", headers={"x-conversation": "7"})
        await harness.llm_call("hello", headers={"x-conversation": "7"}, answer=[UpstreamFailure(500), "ok"])
        asked = [request.deployment for request in harness.upstream.requests]
        assert len(set(asked[:4])) == 1
        assert asked[4] != asked[0]
