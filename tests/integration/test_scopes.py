"""Instances of plugins narrowed by scopes, through the gateway over sockets."""

import asyncio
import json

import httpx
import pytest
from routeiq_plugin_sdk import PluginCapability, Principal, Reject
from starlette.routing import WebSocketRoute

websockets = pytest.importorskip("websockets", reason="the extra `websockets` is not installed")
from websockets.asyncio.client import connect  # noqa: E402

MESSAGES = [{"role": "user", "content": "hi"}]
PHASES = (
    "request", "request_body", "response_headers", "response_chunk", "response", "pre_routing", "llm_pre_call",
    "post_routing", "llm_stream_chunk", "llm_success",
)  # fmt: skip


def noting(plugin):
    """Return a plugin of many phases that notes (its instance, phase) for each call."""
    calls = []

    def hook(phase):
        async def noted(context):
            calls.append((context.plugin, phase))

        noted.__name__ = phase
        return noted

    return plugin("p", *map(hook, PHASES)), calls


def by_key(plugin):
    async def authenticate(request):
        return Principal(request.headers["authorization"].removeprefix("Bearer "))

    return plugin("auth", authenticate, capabilities={PluginCapability.AUTH_PROVIDER})


def narrowed(**scopes):
    return {f"p#{name}": {"when": scope} for name, scope in scopes.items()}


def phases(calls, instance):
    return list(dict.fromkeys(phase for name, phase in calls if name == f"p#{instance}"))


async def chat(url, model, *, stream=False, key="team-a", path="/v1/chat/completions", **headers):
    body = {"model": model, "messages": MESSAGES, "stream": stream}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}{path}", json=body, headers={"authorization": f"Bearer {key}", **headers})
    return answer


BEFORE = ["request", "request_body"]
WHOLE = ["pre_routing", "llm_pre_call", "post_routing", "llm_success"]
STREAMED = ["pre_routing", "llm_pre_call", "post_routing"]
AFTER = ["response_headers", "response_chunk", "response"]


@pytest.mark.parametrize("stream", [False, True])
async def test_two_instances_narrowed_by_model(gateway, upstream, plugin, models, eventually, stream):
    one, calls = noting(plugin)
    settings = {
        "model_list": models(upstream, "gpt-4", "llama"),
        "plugins": narrowed(gpt={"model": "gpt-*"}, rest={"model": ["llama", "mistral*"]}),
    }
    running = await gateway(one, settings=settings)
    for model, chosen, other in (("gpt-4", "gpt", "rest"), ("llama", "rest", "gpt")):
        calls.clear()
        assert (await chat(running.url, model, stream=stream)).status_code == 200
        await eventually(lambda chosen=chosen: "response" in phases(calls, chosen))
        seen = phases(calls, chosen)
        assert seen[: len(STREAMED)] == STREAMED
        assert sorted(seen) == sorted([*WHOLE, *AFTER, *(["llm_stream_chunk"] if stream else [])])
        assert phases(calls, other) == []


@pytest.mark.parametrize("stream", [False, True])
async def test_two_instances_narrowed_by_key_path_and_header(gateway, upstream, plugin, models, eventually, stream):
    one, calls = noting(plugin)
    settings = {
        "model_list": models(upstream, "m"),
        "plugins": narrowed(
            a={"key": "team-a"},
            b={"key": "team-b"},
            chat={"path": "/v1/chat/*"},
            legacy={"path": "/v1/completions"},
            acme={"header": {"x-tenant": "acme"}},
            whole={"path": "/v1/*", "key": "team-*", "model": "m", "header": {"x-tenant": "*"}},
        ),
    }
    running = await gateway(one, by_key(plugin), settings=settings)
    llm = [*WHOLE, *(["llm_stream_chunk"] if stream else [])]
    assert (await chat(running.url, "m", stream=stream, **{"x-tenant": "acme"})).status_code == 200
    await eventually(lambda: "response" in phases(calls, "whole"))
    for name in ("a", "chat", "acme"):
        assert sorted(phases(calls, name)) == sorted([*BEFORE, *llm, *AFTER]), name
    assert sorted(phases(calls, "whole")) == sorted([*llm, *AFTER])
    assert phases(calls, "b") == phases(calls, "legacy") == []


async def test_an_override_of_the_model_does_not_choose_again(gateway, upstream, plugin, models, eventually):
    one, calls = noting(plugin)

    async def llm_pre_call(kwargs):
        return {"model": "b"}

    settings = {
        "model_list": models(upstream, "a", "b"),
        "plugins": narrowed(a={"model": "a"}, b={"model": "b"}),
    }
    running = await gateway(one, plugin("override", llm_pre_call, priority=1), settings=settings)
    assert (await chat(running.url, "a")).status_code == 200
    await eventually(lambda: "response" in phases(calls, "a"))
    assert sorted(phases(calls, "a")) == sorted([*WHOLE, *AFTER])
    assert phases(calls, "b") == []


async def test_a_request_that_cannot_be_routed_is_seen_by_those_who_wait_for_no_model(gateway, plugin, eventually):
    one, calls = noting(plugin)
    running = await gateway(one, settings={"plugins": narrowed(path={"path": "/v1/*"}, model={"model": "*"})})
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{running.url}/v1/chat/completions", content=b"{")).status_code == 400
    await eventually(lambda: "response" in phases(calls, "path"))
    assert phases(calls, "model") == []


async def test_a_narrowed_guard_rejects_where_it_stands_and_its_sibling_elsewhere(gateway, upstream, plugin, models):
    async def llm_pre_call(context):
        raise Reject(451, f"{context.plugin} says no", "no")

    settings = {
        "model_list": models(upstream, "a", "b", "c"),
        "plugins": narrowed(strict={"model": "a"}, mild={"model": "b"}),
    }
    running = await gateway(plugin("p", llm_pre_call), settings=settings)
    assert (await chat(running.url, "a")).json()["error"]["message"] == "p#strict says no"
    assert (await chat(running.url, "b")).json()["error"]["message"] == "p#mild says no"
    assert (await chat(running.url, "c")).status_code == 200


async def test_a_condition_over_request_and_call(gateway, upstream, plugin, models, eventually):
    pytest.importorskip("cel", reason="needs routeiq[cel]")
    one, calls = noting(plugin)
    condition = "stream && api == 'chat' && model.startsWith('gpt') && request.headers.exists(h, h == 'x-trial')"
    settings = {"model_list": models(upstream, "gpt-4"), "plugins": narrowed(trial={"condition": condition})}
    running = await gateway(one, settings=settings)
    assert (await chat(running.url, "gpt-4", stream=True)).status_code == 200
    assert (await chat(running.url, "gpt-4", **{"x-trial": "1"})).status_code == 200
    assert calls == []
    assert (await chat(running.url, "gpt-4", stream=True, **{"x-trial": "1"})).status_code == 200
    await eventually(lambda: "response" in phases(calls, "trial"))


async def test_routes_are_there_for_the_requests_that_their_plugin_is_narrowed_to(gateway, plugin, eventually):
    seen = []

    async def talk(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    def register_routes(context):
        return [WebSocketRoute("/talk", talk)]

    async def websocket_message(context, from_client):
        seen.append((context.plugin, from_client))

    async def response(context):
        seen.append((context.plugin, "response"))

    running = await gateway(
        plugin("p", register_routes, websocket_message, response),
        by_key(plugin),
        settings={
            "plugins": narrowed(a={"key": "a"}, path={"path": "/talk", "header": {"x-in": "*"}}, m={"model": "*"})
        },
    )
    url = running.url.replace("http", "ws") + "/talk"
    async with connect(url, additional_headers={"authorization": "Bearer a", "x-in": "1"}) as client:
        await client.send("hi")
        assert await client.recv() == "hi"
    await eventually(lambda: len(seen) == 6)
    assert seen[:4] == [("p#a", True), ("p#path", True), ("p#a", False), ("p#path", False)]
    assert sorted(seen[4:]) == [("p#a", "response"), ("p#path", "response")]
    with pytest.raises(websockets.exceptions.InvalidStatus):
        async with connect(url, additional_headers={"authorization": "Bearer b"}):
            pass


async def test_scopes_change_under_load_and_no_request_sees_half_of_a_change(gateway, upstream, plugin, models):
    """Both instances are narrowed to the same at each moment: a request sees both of them in all phases, or none."""
    seen = {}

    async def request(request, context):
        seen.setdefault(request.id, []).append((context.plugin, "request"))

    async def llm_success(call, context):
        seen.setdefault(call.request.id, []).append((context.plugin, "llm_success"))

    async def response(request, context):
        seen.setdefault(request.id, []).append((context.plugin, "response"))

    def scopes(number):
        return narrowed(one={"header": {"x-n": str(number % 2)}}, two={"header": {"x-n": str(number % 2)}})

    running = await gateway(
        plugin("p", request, llm_success, response),
        settings={"model_list": models(upstream, "m"), "plugins": scopes(0)},
    )
    manager, done = running.manager, False

    async def ask(number):
        while not done:
            answer = await chat(running.url, "m", **{"x-n": str(number % 2)})
            assert answer.status_code == 200

    asking = [asyncio.create_task(ask(number)) for number in range(4)]
    for number in range(1, 41):

        def edit(desired, number=number):
            loaded = type(running.app.settings).model_validate({"plugins": scopes(number)})
            return type(desired)(loaded.plugins, desired.overlays, desired.files)

        (await manager.prepare(edit)).commit()
        await asyncio.sleep(0.005)
    done = True
    await asyncio.gather(*asking)
    assert seen
    whole = sorted((f"p#{name}", phase) for name in ("one", "two") for phase in ("request", "llm_success", "response"))
    await asyncio.sleep(0.05)
    assert {json.dumps(sorted(calls)) for calls in seen.values()} == {json.dumps(whole)}
