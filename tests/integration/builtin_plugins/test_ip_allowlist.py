"""`ip-allowlist` in a gateway."""

import pytest
from routeiq_plugin_sdk import Principal
from routeiq_plugin_sdk.testing import PluginTestHarness, echo_app

from routeiq_builtin_plugins import cors, ip_allowlist

INSIDE, OUTSIDE = ("10.0.0.1", 5), ("192.0.2.1", 5)
LISTS = {"allow": ["10.0.0.0/8"]}


async def test_a_client_from_elsewhere_is_refused_in_the_shape_of_its_api():
    async with PluginTestHarness(ip_allowlist, config=LISTS, app=echo_app) as harness:
        assert (await harness.send_request("GET", "/any", client=INSIDE)).status_code == 200
        chat = await harness.send_request("POST", "/v1/chat/completions", {}, client=OUTSIDE)
        assert (chat.status_code, chat.body["error"]["code"]) == (403, "address_not_allowed")
        messages = await harness.send_request("POST", "/v1/messages", {}, client=OUTSIDE)
        assert (messages.status_code, messages.body["error"]["type"]) == (403, "permission_error")
        assert harness.metric("refusals") == 2


async def test_websocket_handshakes_are_judged_too():
    async with PluginTestHarness(ip_allowlist, config=LISTS, app=echo_app) as harness:
        async with harness.websocket("/any", client=OUTSIDE) as refused:
            assert (refused.accepted, refused.response.status_code) == (False, 403)
        assert harness.metric("refusals") == 1


async def test_a_preflight_from_elsewhere_is_refused_and_can_be_read():
    origin = "https://app.example.com"
    headers = {"origin": origin, "access-control-request-method": "POST"}
    async with PluginTestHarness(
        ip_allowlist, cors, config=LISTS, configs={"cors": {"allow_origins": [origin]}}
    ) as harness:
        answer = await harness.send_request("OPTIONS", "/v1/models", headers=headers, client=OUTSIDE)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (403, origin)


@pytest.mark.parametrize("when", [{"path": "/v1/*"}, {"key": "ann"}, {"model": "secret"}])
async def test_an_instance_judges_what_it_is_narrowed_to(when):
    settings = {"plugins": {"ip-allowlist#some": {"when": when}}}
    configs = {"ip-allowlist#some": {"allow": ["10.0.0.0/8"]}}
    async with PluginTestHarness(
        ip_allowlist, settings=settings, configs=configs, models=("secret", "open"), app=echo_app
    ) as harness:
        # What the harness asks comes from 127.0.0.1.
        assert (await harness.llm_call(model="secret", principal=Principal("ann"))).status_code == 403
        if "path" not in when:
            assert (await harness.llm_call(model="open", principal=Principal("bob"))).status_code == 200
        assert (await harness.send_request("GET", "/other", principal=Principal("bob"))).status_code == 200
