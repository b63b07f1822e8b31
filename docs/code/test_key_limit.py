import key_limit
from routeiq_plugin_sdk import Principal
from routeiq_plugin_sdk.testing import PluginTestHarness


async def test_sixty_requests_a_minute_for_each_client():
    async with PluginTestHarness(key_limit, principal=Principal("alice")) as harness:
        for _ in range(60):
            assert (await harness.llm_call()).status_code == 200
        refused = await harness.llm_call()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert (await harness.llm_call(principal=Principal("bob"))).status_code == 200
        await harness.advance_time(60)
        assert (await harness.llm_call()).status_code == 200


async def test_without_its_storage_it_limits_nobody():
    async with PluginTestHarness(key_limit) as harness:
        harness.fail_next("storage")
        assert (await harness.llm_call()).status_code == 200
