"""`cors` in a gateway whose clients must authenticate."""

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, Principal, Reject, hookimpl
from routeiq_plugin_sdk.testing import PluginTestHarness, echo_app

from routeiq_builtin_plugins import cors

APP, EVIL = "https://app.example.com", "https://evil.example"
ASK = {"origin": APP, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}


class Keyed:
    metadata = PluginMetadata(
        name="keyed", version="1", capabilities={PluginCapability.AUTH_PROVIDER, PluginCapability.MIDDLEWARE}
    )

    @hookimpl
    def authenticate(self, request):
        return Principal("ann") if request.headers.get("authorization") == "Bearer k" else None

    @hookimpl
    def request(self, request):
        if request.path == "/refused":
            raise Reject(403, "no")
        return PluginResponse(b"", 200, {"access-control-allow-origin": "*"}) if request.path == "/answered" else None


async def test_a_preflight_needs_no_key_and_every_answer_can_be_read():
    async with PluginTestHarness(cors, Keyed(), config={"allow_origins": [APP]}, app=echo_app) as harness:
        asked = await harness.send_request("OPTIONS", "/v1/chat/completions", headers=ASK)
        assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (204, "authorization")
        assert harness.called("keyed").count("authenticate") == 0
        assert harness.metric("preflights", outcome="allowed") == 1
        evil = await harness.send_request("OPTIONS", "/v1/chat/completions", headers=ASK | {"origin": EVIL})
        assert evil.status_code == 403
        unknown = await harness.send_request("POST", "/v1/chat/completions", {}, headers={"origin": APP})
        assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (401, APP)
        for path, status in (("/refused", 403), ("/answered", 200), ("/any", 200)):
            answer = await harness.send_request("GET", path, headers={"origin": APP, "authorization": "Bearer k"})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, APP)
            assert answer.headers["vary"] == "Origin"
            evil = await harness.send_request("GET", path, headers={"origin": EVIL, "authorization": "Bearer k"})
            assert not [name for name in evil.headers if name.startswith("access-control-")]


async def test_event_streams_can_be_read():
    async with PluginTestHarness(cors, config={"allow_origins": ["*"]}) as harness:
        result = await harness.llm_call("one two", stream=True, headers={"origin": APP})
        assert (result.text, result.headers["access-control-allow-origin"]) == ("one two", "*")


async def test_an_ordinary_request_with_options_reaches_the_application():
    async with PluginTestHarness(cors, config={"allow_origins": [APP]}, app=echo_app) as harness:
        assert (await harness.send_request("OPTIONS", "/any", headers={"origin": APP})).status_code == 200
