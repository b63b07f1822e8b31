"""A plugin that asks a service of the operator's, in a real gateway: let through, or refused."""

import importlib

import httpx
import openai
import pytest
import yaml
from routeiq_plugin_sdk import OutboundError, OutboundRefused, PluginResponse


async def request(request, context):
    """Ask a guard about the path: refuse with what it says, and tell when it may not be asked."""
    guard = request.headers["x-guard"]
    try:
        verdict = (await context.http.post(guard, json={"path": request.path}, timeout=5)).raise_for_status()
    except OutboundRefused as refusal:
        return PluginResponse.json({"refused": refusal.reason, "host": refusal.host}, 403)
    except OutboundError as error:
        return PluginResponse.json({"failed": str(error)}, 502)
    return PluginResponse.json(verdict.json())


async def startup(context):
    with pytest.raises(OutboundRefused):
        await context.validate_outbound_url("http://169.254.169.254/")


@pytest.fixture
def ask():
    async def ask(gateway, guard):
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            answer = await client.get("/secret", headers={"x-guard": guard})
        return answer.status_code, answer.json()

    return ask


async def test_a_guard_that_the_operator_allows_is_asked(gateway, plugin, upstream, replies, ask):
    upstream.default = replies.respond(200, {"verdict": "good"})
    settings = {"outbound": {"allow": [f"127.0.0.1:{upstream.port}", "localhost"]}}
    app = await gateway(plugin("guarded", startup, request), settings=settings)
    assert await ask(app, f"http://127.0.0.1:{upstream.port}/check") == (200, {"verdict": "good"})
    assert await ask(app, f"http://localhost:{upstream.port}/check") == (200, {"verdict": "good"})
    assert [(one.method, one.path, one.body) for one in upstream.requests] == [
        ("POST", "/check", {"path": "/secret"})
    ] * 2
    assert upstream.open <= 2
    status, told = await ask(app, f"http://127.0.0.1:{upstream.port + 1}/check")
    assert (status, told["host"]) == (403, f"127.0.0.1:{upstream.port + 1}")
    upstream.default = replies.respond(500, {})
    assert await ask(app, f"http://127.0.0.1:{upstream.port}/check") == (
        502,
        {"failed": f"127.0.0.1:{upstream.port}: answered with status 500"},
    )


async def test_without_the_operators_word_nothing_in_the_network_is_asked(gateway, plugin, upstream, replies, ask):
    app = await gateway(plugin("guarded", startup, request))
    for guard in (
        f"http://127.0.0.1:{upstream.port}/",
        f"http://localhost:{upstream.port}/",
        f"http://2130706433:{upstream.port}/",
        f"http://0x7f.1:{upstream.port}/",
        f"http://[::ffff:127.0.0.1]:{upstream.port}/",
        f"http://127.0.0.1.:{upstream.port}/",
        f"http://public.example@127.0.0.1:{upstream.port}/",
    ):
        status, told = await ask(app, guard)
        assert status == 403, told
    assert upstream.requests == []


async def test_a_redirect_of_an_allowed_guard_does_not_lead_further(gateway, plugin, upstream, replies, ask):
    upstream.default = replies.respond(302, {}, {"location": f"http://127.0.0.2:{upstream.port}/"})
    app = await gateway(plugin("guarded", request), settings={"outbound": {"allow": ["127.0.0.1"]}})
    status, told = await ask(app, f"http://127.0.0.1:{upstream.port}/")
    assert (status, told["host"]) == (403, f"127.0.0.2:{upstream.port}")
    assert len(upstream.requests) == 1


async def test_connections_end_with_the_gateway(gateway, plugin, upstream, replies, ask, eventually):
    upstream.default = replies.respond(200, {})
    app = await gateway(plugin("guarded", request), settings={"outbound": {"allow": ["127.0.0.1"]}})
    await ask(app, f"http://127.0.0.1:{upstream.port}/")
    assert upstream.open == 1
    app.server.should_exit = True
    await eventually(lambda: upstream.open == 0)


async def test_the_plugin_that_the_documentation_shows_asks_its_guard(
    gateway, upstream, replies, repository, monkeypatch, tmp_path
):
    monkeypatch.syspath_prepend(str(repository / "docs" / "code"))
    shown = yaml.safe_load((repository / "docs" / "code" / "guarded.yaml").read_text())
    shown["outbound"]["allow"].append("127.0.0.1")  # where the guard of this test is
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config" / "plugins").mkdir(parents=True)
    (tmp_path / "config" / "plugins" / "ask-guard.yaml").write_text(
        f"url: http://127.0.0.1:{upstream.port}/check\ntoken: secret-7"
    )
    app = await gateway(importlib.import_module("ask_guard"), settings=shown)

    async def chat():
        async with app.client() as client:
            messages = [{"role": "user", "content": "hi"}]
            return (await client.chat.completions.create(model="echo", messages=messages)).choices[0].message.content

    upstream.replies = [replies.respond(200, {"blocked": False}), replies.respond(200, {"blocked": True})]
    upstream.default = replies.disconnect
    assert await chat() == "hi"
    assert upstream.requests[0].headers["authorization"] == "Bearer secret-7"
    with pytest.raises(openai.PermissionDeniedError, match="The guard refuses this prompt"):
        await chat()
    with pytest.raises(openai.InternalServerError):  # the guard is gone, and the plugin's failure mode is abort
        await chat()
