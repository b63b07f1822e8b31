import ported_from_kong
from routeiq_plugin_sdk.testing import PluginTestHarness, echo_app


async def test_a_version_that_ended_is_refused_and_others_pass():
    async with PluginTestHarness(ported_from_kong, app=echo_app) as harness:
        refused = await harness.send_request("GET", "/orders", headers={"x-api-version": "1"})
        assert (refused.status_code, refused.headers["x-api-version"]) == (410, "1")
        assert (await harness.send_request("GET", "/orders")).headers["x-api-version"] == "2"
        assert harness.metric("requests", version="2") == 1
