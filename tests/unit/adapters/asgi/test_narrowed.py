"""Plugins that are narrowed by scopes, through the middleware: chosen at entry, after authentication, at routing."""

import asyncio
import json

import pytest
from routeiq_plugin_sdk import LLMCall, PluginResponse, Principal

HOOKS = ("rewrite", "request", "request_body", "request_chunk", "response_headers", "response_chunk", "error")


def noting(plugin, *phases, name="p", **metadata):
    """Return a plugin that notes (its instance, phase) for each of these phases and `response`."""
    calls = []

    def hook(phase):
        async def noted(context):
            calls.append((context.plugin.partition("#")[2], phase))

        noted.__name__ = phase
        return noted

    return plugin(name, *[hook(phase) for phase in (*phases, "response")], **metadata), calls


def by_key(plugin, name="auth"):
    async def authenticate(request):
        key = request.headers.get("x-key")
        return None if key is None else Principal(key)

    return plugin(name, authenticate)


def routing(*models, then=None):
    """Return an application that routes calls of these models, as a host of LLM calls does, and then answers."""

    async def app(scope, receive, send):
        exchange = scope["routeiq"]
        while (await receive()).get("more_body", False):
            pass
        for model in models:
            call = LLMCall("c", "chat", model, False, exchange.request)
            if not exchange.plans.choice.final:
                exchange.plans = exchange.plans.scopes.routed(exchange.plans, call)
        if then is not None:
            await then()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


def settings(**scopes):
    """Return settings with an instance for each scope, and `auth` for all."""
    return {"plugins": {**{f"p#{name}": {"when": scope} for name, scope in scopes.items()}}}


def of(calls, instance):
    return [phase for name, phase in calls if name == instance]


async def test_a_plugin_is_called_for_the_paths_and_headers_that_it_is_narrowed_to(plugin, apps, under):
    one, calls = noting(plugin, *HOOKS)
    client = await under(
        apps.answering(b"x"), one, settings=settings(v1={"path": "/v1/*"}, acme={"header": {"x-tenant": "acme"}})
    )
    assert (await client("POST", "/v1/a", body=b"b")).status == 200
    assert of(calls, "v1") == ["rewrite", "request", "request_body", "request_chunk", *HOOKS[4:6], "response"]
    assert of(calls, "acme") == []
    calls.clear()
    await client("GET", "/x", headers={"x-tenant": "acme"})
    assert of(calls, "acme") == ["rewrite", "request", "response_headers", "response_chunk", "response"]
    assert of(calls, "v1") == []
    calls.clear()
    await client("GET", "/x")
    assert calls == []


async def test_one_narrowed_by_key_takes_part_once_the_client_is_known(plugin, apps, under):
    one, calls = noting(plugin, *HOOKS)
    client = await under(apps.answering(b"x"), one, by_key(plugin), settings=settings(a={"key": "team-a"}))
    assert (await client(headers={"x-key": "team-a"})).status == 200
    assert of(calls, "a") == ["request", "response_headers", "response_chunk", "response"]
    calls.clear()
    assert (await client(headers={"x-key": "team-b"})).status == 200
    assert (await client()).status == 401
    assert calls == []


async def test_one_narrowed_by_model_takes_part_in_what_follows_routing(plugin, under):
    one, calls = noting(plugin, *HOOKS)
    client = await under(routing("gpt-4"), one, settings=settings(gpt={"model": "gpt*"}, other={"model": "x"}))
    seen = await client("POST", "/", body=[b"a", b"b"], headers={"accept-encoding": "gzip"})
    assert seen.status == 200
    assert of(calls, "gpt") == ["response_headers", "response_chunk", "response"]
    assert of(calls, "other") == []


async def test_the_response_is_asked_for_in_plain_bytes_if_a_call_may_bring_along_who_reads_it(plugin, apps, under):
    one, _ = noting(plugin, "response_chunk")
    client = await under(apps.echoing, one, settings=settings(gpt={"model": "gpt*"}))
    assert (await client(headers={"accept-encoding": "gzip"})).headers["x-got-accept-encoding"] == "identity"
    two, _ = noting(plugin, "request")
    client = await under(apps.echoing, two, settings=settings(gpt={"model": "gpt*"}))
    assert (await client(headers={"accept-encoding": "gzip"})).headers["x-got-accept-encoding"] == "gzip"


async def test_the_first_call_of_a_request_decides_and_none_once_the_response_has_begun(plugin, under):
    one, calls = noting(plugin, "response_headers")
    scopes = settings(a={"model": "a"}, b={"model": "b"})
    client = await under(routing("a", "b"), one, settings=scopes)
    await client()
    assert of(calls, "a") == ["response_headers", "response"]
    assert of(calls, "b") == []
    calls.clear()

    async def late(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert scope["routeiq"].plans.choice.final
        await send({"type": "http.response.body", "body": b"ok"})

    client = await under(late, one, settings=scopes)
    assert (await client()).body == b"ok"
    assert calls == []


async def test_after_a_rewrite_everything_is_chosen_anew(plugin, apps, under):
    async def rewrite(request, context):
        return request.replace(path="/new") if request.path == "/old" else None

    moves = plugin("moves", rewrite)
    one, calls = noting(plugin, "rewrite", "request")
    client = await under(
        apps.answering(b"x"), moves, one, settings=settings(old={"path": "/old"}, new={"path": "/new"})
    )
    await client("GET", "/old")
    assert of(calls, "old") == ["rewrite"]
    assert of(calls, "new") == ["request", "response"]


async def test_a_rewrite_does_not_lead_around_authentication(plugin, apps, under):
    async def rewrite(request):
        return request.replace(path="/v1/secret") if request.path == "/open" else None

    client = await under(
        apps.answering(b"x"),
        plugin("moves", rewrite),
        by_key(plugin),
        settings={"plugins": {"auth#v1": {"when": {"path": "/v1/*"}}}},
    )
    assert (await client("GET", "/open")).status == 401
    assert (await client("GET", "/open", headers={"x-key": "k"})).status == 200
    assert (await client("GET", "/other")).status == 200


async def test_a_provider_that_could_not_start_refuses_where_it_stood_and_only_there(plugin, apps, under):
    async def authenticate(request): ...

    async def startup(app):
        raise ValueError("no")

    client = await under(
        apps.answering(b"x"),
        plugin("auth", authenticate, startup),
        settings={"plugins": {"auth#v1": {"when": {"path": "/v1/*"}}}},
    )
    assert (await client("GET", "/v1/x")).status == 401
    assert (await client("GET", "/x")).status == 200


async def test_who_refuses_is_seen_by_those_who_were_chosen_by_then(plugin, apps, under):
    async def request(request):
        return PluginResponse(b"no", status_code=403)

    one, calls = noting(plugin, "response_headers")
    scopes = settings(path={"path": "*"}, key={"key": "k"}, model={"model": "*"})
    client = await under(apps.answering(b"x"), one, by_key(plugin), plugin("refuses", request), settings=scopes)
    assert (await client(headers={"x-key": "k"})).status == 403
    assert sorted(calls) == [
        ("key", "response"), ("key", "response_headers"), ("path", "response"), ("path", "response_headers"),
    ]  # fmt: skip
    calls.clear()
    assert (await client()).status == 401
    assert {name for name, _ in calls} == {"path"}


async def test_an_error_is_turned_by_those_who_were_chosen_by_then(plugin, under):
    async def breaks():
        raise ValueError("no")

    async def error(context):
        return PluginResponse(context.plugin.encode(), status_code=500)

    one = plugin("p", error)
    client = await under(routing("gpt-4", then=breaks), one, settings=settings(gpt={"model": "gpt*"}))
    assert (await client()).body == b"p#gpt"
    client = await under(routing("x", then=breaks), one, settings=settings(gpt={"model": "gpt*"}))
    assert json.loads((await client()).body)["error"]["code"] == "internal_error"


async def test_a_request_under_way_keeps_its_generation_through_a_change(plugin, under):
    one, calls = noting(plugin, "response_headers")
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def meanwhile():
        reached.set()
        await go_on.wait()

    client = await under(
        routing("gpt-4", then=meanwhile), one, settings=settings(gpt={"model": "gpt*"}, x={"path": "/"})
    )
    manager = client.app.manager
    under_way = asyncio.create_task(client())
    await reached.wait()
    leaving = asyncio.create_task(manager.unregister("p#x"))
    await asyncio.sleep(0.01)
    assert "p#x" not in manager.records
    go_on.set()
    await under_way
    await leaving
    assert sorted({name for name, _ in calls}) == ["gpt", "x"]


async def test_a_body_that_is_passed_on_piece_by_piece_is_seen_by_those_chosen_before_it(plugin, under):
    one, calls = noting(plugin, "request_chunk")

    async def app(scope, receive, send):
        exchange = scope["routeiq"]
        await receive()
        exchange.plans = exchange.plans.scopes.routed(
            exchange.plans, LLMCall("c", "chat", "m", False, exchange.request)
        )
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    client = await under(app, one, settings=settings(path={"path": "/"}, model={"model": "m"}))
    await client("POST", "/", body=[b"a", b"b"])
    assert of(calls, "path") == ["request_chunk", "request_chunk", "response"]
    assert of(calls, "model") == ["response"]


async def test_conditions_are_asked_of_the_request_and_of_who_makes_it(plugin, apps, under):
    pytest.importorskip("cel", reason="needs routeiq[cel]")
    one, calls = noting(plugin, "rewrite", "request")
    client = await under(
        apps.answering(b"x"),
        one,
        by_key(plugin),
        settings=settings(
            post={"condition": "request.method == 'POST' && 'x-a' in request.headers"},
            team={"condition": "principal.id.startsWith('team-')"},
        ),
    )
    await client("POST", headers={"x-a": "1", "x-key": "team-a"})
    assert of(calls, "post") == ["rewrite", "request", "response"]
    assert of(calls, "team") == ["request", "response"]
    calls.clear()
    await client(headers={"x-a": "1", "x-key": "b"})
    assert calls == []
