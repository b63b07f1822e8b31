import ask_guard
import pytest
from routeiq_plugin_sdk import Reject
from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness

URL = "https://guard.example/check"


async def test_what_the_guard_blocks_is_rejected():
    context = MockPluginContext(ask_guard.Config(url=URL))
    context.http.respond(URL, json={"blocked": True})
    with pytest.raises(Reject):
        await ask_guard.llm_pre_call([{"role": "user", "content": "x"}], context)
    assert context.http.requests[0].json == {"messages": [{"role": "user", "content": "x"}]}


async def test_nothing_passes_while_the_guard_is_away():
    async with PluginTestHarness(ask_guard, config={"url": URL}) as harness:
        harness.http.respond(URL, json={"blocked": False})
        assert (await harness.llm_call("x")).status_code == 200
        harness.fail_next("http")
        assert (await harness.llm_call("x")).status_code == 500
