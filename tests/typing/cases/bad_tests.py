"""Mistakes in an author's tests that type checkers must tell."""

from __future__ import annotations

from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness, UpstreamFailure


class Plugin: ...


async def test_async() -> None:
    async with PluginTestHarness(Plugin) as harness:
        harness.send_request("GET", "/").status_code  # error: without await
        await harness.llm_call("x", api="chats")  # error: no such API
        await harness.llm_call("x", answer=3)  # error: no answer
        harness.fail_next("storage", "message")  # error: no exception
        await harness.change_configuration(limit=1)  # error: no such method
        async with harness.websocket("/") as websocket:
            await websocket.send({"a": 1})  # error: a message is text or bytes


def test_sync() -> None:
    with PluginTestHarness(Plugin) as harness:
        await_is_not_needed: int = harness.llm_call("x").status  # error: no such attribute
        print(await_is_not_needed)


def test_values() -> None:
    UpstreamFailure("429")  # error: a status is a number
    MockPluginContext(config=None, plugins="x")  # error: no such argument
