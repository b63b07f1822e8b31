"""State that plugins share: of a request, of the process."""

import httpx
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginResponse

BODY = {"model": "echo", "messages": [{"role": "user", "content": "x"}]}


class Config(BaseModel):
    word: str = "first"


async def test_what_a_plugin_puts_into_a_request_others_find_in_its_call_alone(gateway, plugin):
    seen = []

    def rewrite(request):
        seen.append(("rewrite", dict(request.shared)))
        request.shared["first.n"] = len(seen)
        return request.replace(headers={"x-new": "1"})

    def request(request):
        request.shared["first.m"] = 7

    def llm_pre_call(call):
        seen.append(("call", dict(call.shared), call.shared is call.request.shared))

    def response(request):
        seen.append(("response", dict(request.shared)))

    one = await gateway(plugin("first", rewrite, request), plugin("second", llm_pre_call, response))
    async with httpx.AsyncClient(base_url=one.url) as client:
        for _ in range(2):
            assert (await client.post("/v1/chat/completions", json=BODY)).status_code == 200
    assert seen == [
        ("rewrite", {}),
        ("call", {"first.n": 1, "first.m": 7}, True),
        ("response", {"first.n": 1, "first.m": 7}),
        ("rewrite", {}),
        ("call", {"first.n": 4, "first.m": 7}, True),
        ("response", {"first.n": 4, "first.m": 7}),
    ]


async def test_what_a_plugin_keeps_in_the_process_others_read_and_it_outlives_a_change(gateway, plugin):
    def counting(request, context):
        context.shared["count"] = context.shared.get("count", 0) + 1

    def reading(request, context):
        return PluginResponse.json(dict(context.shared.of("counter")))

    counting.__name__ = reading.__name__ = "request"
    one = await gateway(
        plugin("counter", counting, priority=1, config_schema=Config), plugin("reader", reading, priority=2)
    )
    async with httpx.AsyncClient(base_url=one.url) as client:
        assert (await client.get("/")).json() == {"count": 1}
        await one.manager.configure("counter", {"word": "second"})
        assert (await client.get("/")).json() == {"count": 2}
