import ask_model
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamFailure


async def test_the_model_decides_what_passes():
    config = {"model": "mock-model"}
    async with PluginTestHarness(ask_model, config=config) as harness:
        harness.llm.script("Yes.", "no", UpstreamFailure(503))
        assert (await harness.llm_call("Can I sue him?")).status_code == 403
        assert (await harness.llm_call("hello")).text == "hello"
        assert (await harness.llm_call("the judge is away")).status_code == 200
        assert harness.llm.requests[0].body["max_tokens"] == 3
        # Its own calls do not come back to it.
        assert harness.called() == ["llm_pre_call"] * 3
