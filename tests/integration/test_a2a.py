"""Agents behind a gateway on sockets: what goes wrong between the two, who leaves, and what is told of it."""

import asyncio

import httpx
import pytest
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    PluginCapability,
    PluginMetadata,
    PluginResponse,
    Principal,
    hookimpl,
)
from routeiq_plugin_sdk.testing import PluginTestHarness, ToolFailure

MESSAGE = {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hello"}]}
RPC = {"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": {"message": MESSAGE}}
STREAM = {**RPC, "method": "SendStreamingMessage"}
ANSWER = {"jsonrpc": "2.0", "id": 7, "result": {"message": {**MESSAGE, "role": "ROLE_AGENT"}}}


@pytest.fixture
async def http():
    async with httpx.AsyncClient(timeout=10) as client:
        yield client


def settings(upstream, **agent):
    return {"a2a_agents": {"echo": {"url": upstream.url, **agent}}, "server": {"max_body": 100_000}}


async def test_what_an_agent_does_wrong_reaches_the_client_in_the_shape_of_its_binding(
    gateway, upstream, replies, http
):
    served = await gateway(settings=settings(upstream, timeout=0.3))
    cut = {"content-length": "500"}
    ways = [
        (replies.hang, 504, "AGENT_TIMEOUT"),
        (replies.disconnect, 502, "AGENT_CONNECTION_BROKEN"),
        (replies.respond(200, b'{"result":', cut), 504, "AGENT_TIMEOUT"),
        (replies.respond(200, {"result": "x" * 200_000}), 502, "AGENT_ANSWER_TOO_LARGE"),
        (replies.respond(200, b"<html>", {"content-type": "text/html"}), 502, "INVALID_AGENT_RESPONSE"),
        (replies.respond(302, b"", {"location": "http://elsewhere.test"}), 502, "AGENT_ANSWER_UNUSABLE"),
    ]
    for way, status, reason in ways:
        upstream.replies = [way, way]
        answer = await http.post(f"{served.url}/a2a/echo", json=RPC)
        assert (answer.status_code, answer.json()["id"]) == (200, 7)
        assert answer.json()["error"]["data"][0]["reason"] == reason
        answer = await http.post(f"{served.url}/a2a/echo/message:send", json={"message": MESSAGE})
        assert (answer.status_code, answer.json()["error"]["details"][0]["reason"]) == (status, reason)
    answer = await http.post(f"{served.url}/a2a/echo", json={**RPC, "more": "x" * 200_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, -32010)


async def test_a_client_that_leaves_takes_its_agents_connection_along(gateway, upstream, replies, http, eventually):
    served = await gateway(settings=settings(upstream))
    frame = b'data: {"id": 7, "result": {"task": {"id": "t", "status": {}}}}\n\n'

    async def endless(request, writer):
        writer.write(replies.HEAD + b"%x\r\n%b\r\n" % (len(frame), frame))
        await writer.drain()
        await asyncio.Event().wait()

    upstream.replies = [endless]
    async with http.stream("POST", f"{served.url}/a2a/echo", json=STREAM) as response:
        async for data in response.aiter_bytes():
            assert data == frame
            break
    await eventually(lambda: upstream.left == 1)
    upstream.replies = [replies.hang]
    with pytest.raises(httpx.ReadTimeout):
        await http.post(f"{served.url}/a2a/echo", json=RPC, timeout=0.2)
    await eventually(lambda: upstream.left == 2)


async def test_a_stream_that_breaks_ends_with_an_event_that_says_so(gateway, upstream, replies, http):
    served = await gateway(settings=settings(upstream))

    async def breaks(request, writer):
        writer.write(replies.HEAD + replies.event({"id": 7, "result": {"task": {"id": "t", "status": {}}}}))
        await writer.drain()
        await replies.disconnect(request, writer)

    upstream.replies = [breaks]
    answer = await http.post(f"{served.url}/a2a/echo", json=STREAM)
    first, last = answer.text.strip().split("\n\n")
    assert '"task"' in first
    assert '"AGENT_CONNECTION_BROKEN"' in last


async def test_all_phases_of_http_come_first_and_credentials_stay(gateway, upstream, replies, plugin, http):
    seen = []

    async def authenticate(request):
        if request.headers.get("authorization") == "Bearer client":
            return Principal(id="me")
        return None

    async def request_body(request, body):
        seen.append(len(body))
        if b"forbidden" in body:
            return PluginResponse.json({"own": "shape"}, 418)
        return None

    async def agent_post_call(call, result):
        shown = [name for name in ("authorization", "cookie", "x-client-key", "a2a-version") if name in call.headers]
        seen.append((call.principal.id, shown, call.target, call.protocol))

    capabilities = frozenset({PluginCapability.MIDDLEWARE, PluginCapability.AUTH_PROVIDER})
    one = plugin("guard", authenticate, request_body, agent_post_call, capabilities=capabilities)
    named = {"headers": {"x-own": "agent"}, "extra_headers": ["X-Client-Key"]}
    served = await gateway(one, settings=settings(upstream, **named))
    refused = await http.post(f"{served.url}/a2a/echo", json=RPC)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, -32010)
    refused = await http.post(f"{served.url}/a2a/echo/message:send", json={"message": MESSAGE})
    assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert upstream.requests == []
    headers = {"authorization": "Bearer client", "cookie": "c=1", "a2a-version": "1.0", "x-client-key": "k"}
    assert (await http.post(f"{served.url}/a2a/echo", content=b'{"forbidden": 1}', headers=headers)).status_code == 418
    upstream.replies = [replies.respond(200, ANSWER)]
    answer = await http.post(f"{served.url}/a2a/echo", json=RPC, headers=headers)
    assert answer.json() == ANSWER
    assert seen[-1] == ("me", ["a2a-version"], "echo", "a2a")
    (request,) = upstream.requests
    assert (request.headers["x-own"], request.headers["x-client-key"]) == ("agent", "k")
    assert not {"authorization", "cookie"} & request.headers.keys()
    upstream.replies = [replies.respond(204, b"")]
    gone = await http.delete(f"{served.url}/a2a/echo/tasks/t/pushNotificationConfigs/1", headers=headers)
    assert (gone.status_code, gone.headers.get("content-length")) == (204, None)


async def test_addresses_in_a_card_are_where_the_client_found_it(gateway, upstream, replies, http):
    card = {"supportedInterfaces": [{"url": f"{upstream.url}/rpc", "protocolBinding": "JSONRPC"}]}
    given = {**settings(upstream), "server": {"trusted_proxies": ["127.0.0.0/8"]}}
    for more, base in ({}, "https://ai.test"), ({"public_url": "https://fixed.test/x/"}, "https://fixed.test/x"):
        served = await gateway(settings={**given, "server": {**given["server"], **more}})
        upstream.replies = [replies.respond(200, card)]
        forwarded = {"forwarded": "for=203.0.113.7;proto=https;host=ai.test"}
        answer = await http.get(f"{served.url}/a2a/echo/.well-known/agent-card.json", headers=forwarded)
        assert answer.json()["supportedInterfaces"][0]["url"] == f"{base}/a2a/echo/rpc"


async def test_calls_are_told_of_by_events_and_figures(gateway, upstream, replies, http):
    served = await gateway(settings=settings(upstream))
    told = []
    served.manager.events.subscribe("agent.*", told.append)
    upstream.replies = [replies.respond(200, ANSWER), replies.respond(500, b"oh")]
    for _ in range(2):
        await http.post(f"{served.url}/a2a/echo", json=RPC)
    await asyncio.sleep(0.05)
    names = ["agent.call.started", "agent.call.completed", "agent.call.started", "agent.call.failed"]
    assert [event.name for event in told] == names
    assert (told[1].data["agent"], told[1].data["method"], told[3].data["error"]) == ("echo", "SendMessage", "upstream")
    figures = (await http.get(f"{served.url}/metrics")).text
    assert 'routeiq_agent_calls_total{agent="echo",method="SendMessage",outcome="failed"} 1' in figures


async def test_a_plugin_that_is_narrowed_to_a_path_sees_that_agent_alone(gateway, upstream, replies, plugin, http):
    seen = []

    async def agent_pre_call(agent):
        seen.append(agent)

    agents = {name: {"url": upstream.url} for name in ("one", "two")}
    narrowed = {"guard": {"when": {"path": "/a2a/two"}}}
    served = await gateway(plugin("guard", agent_pre_call), settings={"a2a_agents": agents, "plugins": narrowed})
    upstream.default = replies.respond(200, ANSWER)
    for name in agents:
        await http.post(f"{served.url}/a2a/{name}", json=RPC)
    assert seen == ["two"]


async def test_messages_are_evaluated_with_the_task_that_a_stream_amounts_to_and_polls_are_not():
    judged = []

    class Evaluator:
        metadata = PluginMetadata(
            name="judge", version="1", capabilities={PluginCapability.EVALUATOR, PluginCapability.MIDDLEWARE}
        )

        @hookimpl
        def register_evaluation_policy(self):
            return EvaluationPolicy()

        @hookimpl
        async def evaluate(self, invocation):
            judged.append(invocation)
            return EvaluationResult(1.0, "passed")

    async with PluginTestHarness(Evaluator()) as harness:
        await harness.agent_call(message="one two", stream=True)
        await harness.agent_call(method="GetTask", params={"id": "t"}, answer={"id": "t", "status": {}})
        await harness.agent_call(answer=ToolFailure(503, None))
        assert [event.name for event in harness.events].count("evaluation.completed") == 2
    streamed, failed = judged
    assert (streamed.kind, streamed.target, streamed.name) == ("agent", "mock-agent", "SendStreamingMessage")
    assert streamed.input["parts"] == [{"text": "one two"}]
    assert streamed.output["status"] == {"state": "TASK_STATE_COMPLETED"}
    assert streamed.output["artifacts"][0]["parts"] == [{"text": "one"}, {"text": " two"}]
    assert (failed.output, failed.error) == (None, "AgentError: The agent answered with status 503.")
