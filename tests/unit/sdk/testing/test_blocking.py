from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Principal, Reject, hookimpl
from routeiq_plugin_sdk.testing import (
    ArgumentChanged,
    BlockingPluginTestHarness,
    ConfigRefused,
    HarnessError,
    PluginNotStarted,
    PluginTestHarness,
    WebSocketClosed,
    echo_app,
)


class Config(BaseModel):
    header: str = "x-seen"
    seconds: float = 10


class Plugin:
    metadata = PluginMetadata(
        name="plugin", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config
    )

    @hookimpl
    async def startup(self, context: Any) -> None:
        context.every(context.config.seconds, self.tick)
        context.metrics.counter("ticks")
        context.logger.info("started")

    async def tick(self, context: Any) -> None:
        context.metrics.counter("ticks").inc()
        await context.storage.set("ticked", True, expires_in=15)

    @hookimpl
    def config_changed(self, new: Config) -> None:
        if not new.header.startswith("x-"):
            raise ValueError("not ours")

    @hookimpl
    def request(self, request: Any) -> None:
        if request.path == "/refused":
            raise Reject(403, "no")

    @hookimpl
    def response_headers(self, request: Any, response: Any, context: Any) -> Any:
        who = "" if request.principal is None else request.principal.id
        return response.with_headers({context.config.header: who or "nobody"})

    @hookimpl
    def websocket_message(self, message: Any, from_client: bool) -> None:
        if message == "bye":
            raise Reject(403, "bye")


def test_everything_works_without_await() -> None:
    with PluginTestHarness(Plugin, app=echo_app, config={"header": "x-first"}) as harness:
        assert harness.send_request("GET", "/a").headers["x-first"] == "nobody"
        harness.change_config(header="x-other")
        assert harness.send_request("GET", "/a", principal=Principal("me")).headers["x-other"] == "me"
        with pytest.raises(ConfigRefused):
            harness.change_config(header="y")
        assert harness.llm_call("a b", stream=True, answer="c d").chunks == ("c", " d")
        harness.emit("other.happened")
        assert harness.events[-1].name == "other.happened"
        harness.fail_next("request")
        harness.send_request()
        harness.settle()
        assert harness.called().count("request") == 4
        assert harness.called("nobody") == []
        assert [line.event for line in harness.logs if line.plugin == "plugin"] == ["started"]
        assert harness.calls[0].hook == "startup"
        assert harness.status["plugin"].state == "active"
        assert harness.manager.running
        assert harness.health() == {"status": "ok", "plugins": {}}
        assert harness.evaluate() == []


def test_it_has_all_that_the_harness_has() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(BlockingPluginTestHarness) - public(PluginTestHarness) == {"run"}
    assert public(PluginTestHarness) - public(BlockingPluginTestHarness) == {"running"}
    assert BlockingPluginTestHarness.llm_call.__doc__ == PluginTestHarness.llm_call.__doc__


def test_time_passes_without_any_passing() -> None:
    began = time.monotonic()
    with PluginTestHarness(Plugin) as harness:
        harness.advance_time(3600)
        assert harness.metric("ticks") == 360
        assert harness.run(harness.context.storage.get("ticked"))
        harness.change_config(seconds=5)
        assert harness.context_of("plugin").config.seconds == 5
    assert time.monotonic() - began < 60


def test_streams_and_websockets() -> None:
    with PluginTestHarness(Plugin, app=echo_app) as harness:
        body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "a b c"}]}
        with harness.stream_request("POST", "/v1/chat/completions", body) as stream:
            assert (stream.status_code, stream.headers["x-seen"]) == (200, "nobody")
            first = next(stream.chunks())
            assert stream.read().content.startswith(first)
        with harness.stream_request("POST", "/v1/chat/completions", body) as stream:
            stream.leave()
        with harness.websocket("/ws") as websocket:
            websocket.send(b"hi")
            assert (websocket.accepted, websocket.receive()) == (True, b"hi")
            websocket.send("bye")
            with pytest.raises(WebSocketClosed):
                websocket.receive()
            assert websocket.closed is not None
        with harness.websocket("/refused") as websocket:
            assert not websocket.accepted
            assert websocket.response is not None
            assert websocket.response.status_code == 403
            websocket.close()


def test_what_a_block_raises_comes_out_of_it() -> None:
    with PluginTestHarness(Plugin, app=echo_app) as harness:
        with pytest.raises(ZeroDivisionError), harness.websocket("/ws"):
            1 / 0
        assert harness.called()[-1] == "request"


class Wrong:
    metadata = PluginMetadata(name="wrong", version="1", config_schema=Config)

    @hookimpl
    def shutdown(self, context: Any) -> None:
        context.config.header = "changed"


def test_the_end_tells_of_what_was_changed() -> None:
    expected = "context.config.header was 'x-seen', and is 'changed'"
    with pytest.raises(ArgumentChanged, match=expected), PluginTestHarness(Wrong):
        pass
    with pytest.raises(ZeroDivisionError), PluginTestHarness(Wrong):
        1 / 0


def test_it_has_to_be_started_and_can_be_used_again() -> None:
    harness = PluginTestHarness(Plugin)
    with harness as first:
        pass
    with pytest.raises(HarnessError, match="not started"):
        first.send_request()
    with harness as second:
        assert second.llm_call("x").text == "x"
    with pytest.raises(PluginNotStarted), PluginTestHarness(object()):
        pass


async def test_in_a_coroutine_it_says_what_to_write() -> None:
    with pytest.raises(HarnessError, match="async with"), PluginTestHarness(Plugin):
        pass
