"""Events of a gateway on a socket: a plugin hears of requests and calls, and one that is stuck harms itself alone."""

import asyncio

import httpx
import openai
import pytest

from routeiq.core.event_names import HOST_EVENTS

MESSAGES = [{"role": "user", "content": "a secret"}]


class Listener:
    """A plugin that only listens."""

    def __init__(self, plugin, pattern="*"):
        self.events = []

        def startup(context):
            context.events.subscribe(pattern, self.events.append)

        self.plugin = plugin("listener", startup)

    def names(self):
        return [event.name for event in self.events]

    def data(self, name):
        (event,) = [event for event in self.events if event.name == name]
        assert tuple(event.data) == HOST_EVENTS[name]
        assert "secret" not in str(event)
        return event.data


async def ask(gateway, **options):
    async with gateway.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, **options)
        if options.get("stream"):
            return "".join([part.choices[0].delta.content or "" async for part in answer if part.choices])
        return answer.choices[0].message.content


async def test_a_streamed_call_is_told_from_its_request_to_its_response(
    gateway, upstream, plugin, models, replies, eventually
):
    listener = Listener(plugin)
    settings = {"model_list": models(upstream, input_cost_per_token=1.0, output_cost_per_token=2.0)}
    one = await gateway(listener.plugin, settings=settings)
    upstream.replies.append(replies.stream("a ", "hidden ", "word", pause=0.01))
    assert await ask(one, stream=True) == "a hidden word"
    await eventually(lambda: "response.sent" in listener.names())
    assert listener.names() == ["request.received", "llm.call.started", "llm.call.completed", "response.sent"]
    assert len({event.request_id for event in listener.events}) == 1
    started, completed = listener.data("llm.call.started"), listener.data("llm.call.completed")
    assert (started["model"], started["api"], started["stream"]) == ("fast", "chat", True)
    assert completed["call_id"] == started["call_id"]
    assert (completed["deployment"], completed["provider"], completed["attempts"]) == ("fast:1", "openai", 1)
    assert completed["usage"]["total_tokens"] == 5
    assert completed["cost"] == 2 * 1.0 + 3 * 2.0
    assert 0 < completed["time_to_first_token"] < completed["duration"]
    assert listener.data("response.sent")["status"] == 200
    assert "hidden" not in str(listener.events)


async def test_a_call_that_fails_is_told_by_the_kind_of_its_failure(
    gateway, upstream, plugin, models, replies, eventually
):
    listener = Listener(plugin)
    settings = {"model_list": models(upstream), "router_settings": {"num_retries": 0}}
    one = await gateway(listener.plugin, settings=settings)
    upstream.default = replies.respond(503, {"error": {"message": "a secret", "code": "overloaded"}})
    with pytest.raises(openai.InternalServerError):
        await ask(one)
    await eventually(lambda: "response.sent" in listener.names())
    assert listener.names() == ["request.received", "llm.call.started", "llm.call.failed", "response.sent"]
    failed = listener.data("llm.call.failed")
    assert (failed["error"], failed["status_code"], failed["code"]) == ("upstream", 503, "overloaded")
    assert listener.data("response.sent")["status"] == 503


async def test_a_stream_that_breaks_has_failed_and_one_that_its_reader_leaves_has_not(
    gateway, upstream, plugin, models, replies, eventually
):
    listener = Listener(plugin, "llm.*")
    one = await gateway(listener.plugin, settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream("a ", then=replies.disconnect))
    with pytest.raises(openai.APIError):
        await ask(one, stream=True)
    await eventually(lambda: "llm.call.failed" in listener.names())
    assert listener.data("llm.call.failed")["error"] == "upstream"
    listener.events.clear()
    upstream.replies.append(replies.stream("a ", gate=asyncio.Event()))
    async with one.client() as client:
        stream = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
        await anext(stream)
        await stream.close()
    await eventually(lambda: "llm.call.completed" in listener.names())
    assert listener.data("llm.call.completed")["aborted"] is True


async def test_plugins_that_are_stuck_or_fail_at_every_event_delay_no_request(gateway, plugin, eventually):
    listener = Listener(plugin)
    reached = asyncio.Event()

    def startup(context):
        async def stuck(event):
            reached.set()
            await asyncio.Event().wait()

        def failing(event):
            raise ValueError("boom")

        context.events.subscribe("*", stuck)
        context.events.subscribe("*", failing)

    one = await gateway(plugin("stuck", startup), listener.plugin)
    one.manager.events._limit = 10
    body = {"model": "echo", "messages": [{"role": "user", "content": "still here"}]}
    async with httpx.AsyncClient(base_url=one.url) as client, asyncio.timeout(30):
        for _ in range(20):
            answers = [client.post("/v1/chat/completions", json=body) for _ in range(10)]
            for answer in await asyncio.gather(*answers):
                assert answer.status_code == 200
    await eventually(lambda: listener.names().count("response.sent") == 200)
    assert reached.is_set()
    figures = one.manager.events.figures
    assert figures["listener"].dropped == 0
    assert figures["stuck"].failed > 100
    assert listener.names().count("plugin.error") < 20


async def test_of_two_gateways_on_one_store_one_calls_what_the_leader_shall_call(gateway, plugin, eventually, tmp_path):
    leader, each = [], []

    def startup(context):
        context.every(0.005, lambda: leader.append(context.node.id), leader=True)
        context.every(0.005, lambda: each.append(context.node.id))

    settings = {"storage": f"sqlite://{tmp_path}/state.db"}
    gateways = [await gateway(plugin("sweeper", startup), settings=settings) for _ in range(2)]
    await eventually(lambda: len(leader) > 5 and len(set(each)) == 2)
    holders = {one.manager.timers.leadership.holder for one in gateways}
    assert set(each) == holders
    assert len(set(leader)) == 1
