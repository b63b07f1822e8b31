import ported_from_envoy
from routeiq_plugin_sdk.testing import PluginTestHarness


async def test_tenants_are_metered_and_others_refused():
    async with PluginTestHarness(ported_from_envoy) as harness:
        assert (await harness.llm_call("a b")).status_code == 403
        answer = await harness.llm_call("a b", headers={"x-tenant": "acme"}, stream=True)
        assert answer.text == "a b"
        assert harness.metric("bytes", tenant="acme") == sum(map(len, answer.http.chunks))
