from __future__ import annotations

import asyncio
import threading
import time
from importlib.metadata import entry_points
from typing import Any

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from routeiq_plugin_sdk.testing import HarnessError, PluginNotStarted, PluginTestHarness, echo_app


class Named:
    metadata = PluginMetadata(
        name="named", version="1", capabilities={PluginCapability.MIDDLEWARE}, enabled_by_default=False
    )

    @hookimpl
    def request(self) -> None: ...


async def test_a_plugin_that_is_disabled_by_default_is_enabled_for_its_test() -> None:
    async with PluginTestHarness(Named) as harness:
        assert harness.status["named"].state == "active"
    with pytest.raises(PluginNotStarted, match="disabled"):
        await PluginTestHarness(Named, settings={"plugins": {"named": {"enabled": False}}}).startup()


class Dependent:
    metadata = PluginMetadata(name="dependent", version="1", depends_on=["named"])


async def test_what_it_depends_on_has_to_be_there() -> None:
    with pytest.raises(PluginNotStarted, match="named"):
        await PluginTestHarness(Dependent).startup()
    async with PluginTestHarness(Dependent, Named) as harness:
        assert list(harness.status) == ["dependent", "named"]


async def test_an_installed_plugin_is_found_by_its_name_and_no_other_is_imported() -> None:
    if not entry_points(group="routeiq.plugins", name="hello-tour"):
        pytest.skip("needs the example distribution")
    async with PluginTestHarness("hello-tour") as harness:
        await harness.send_request()
        assert {"rewrite", "request", "response"} < set(harness.called())
        assert harness.status["hello-tour"].state == "active"
        assert harness.status["hello"].state != "active"


async def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="model_lists"):
        await PluginTestHarness(Named, settings={"model_lists": []}).startup()


async def test_the_real_settings_decide() -> None:
    settings = {
        "model_list": [
            {
                "model_name": "fast",
                "litellm_params": {"model": "gemini/flash", "input_cost_per_token": 0.5, "output_cost_per_token": 0},
            }
        ],
        "server": {"max_body": 10},
    }
    async with PluginTestHarness(Named, settings=settings) as harness:
        assert (await harness.send_request("POST", "/v1/chat/completions", "x" * 11)).status_code == 413
    settings["server"] = {}
    async with PluginTestHarness(Named, settings=settings) as harness:
        assert (await harness.llm_call("a b")).text == "a b"
        (completed,) = [event for event in harness.events if event.name == "llm.call.completed"]
        assert completed.data["cost"] == 1.0


class Slow:
    """Listens with a thread, and with a wait for time."""

    metadata = PluginMetadata(name="slow", version="1")

    def __init__(self) -> None:
        self.done: list[str] = []

    @hookimpl
    def startup(self, context: Any) -> None:
        context.events.subscribe("other.thread", self.in_thread)
        context.events.subscribe("other.time", self.later)

    async def in_thread(self, event: Any) -> None:
        await asyncio.to_thread(time.sleep, 0.02)
        self.done.append(threading.current_thread().name)

    async def later(self, event: Any) -> None:
        await asyncio.sleep(10)
        self.done.append("later")


async def test_handlers_are_waited_for_as_long_as_they_do_not_wait_for_time() -> None:
    plugin = Slow()
    async with PluginTestHarness(plugin) as harness:
        await harness.emit("other.thread")
        assert plugin.done == ["MainThread"]
        await harness.emit("other.time")
        assert plugin.done == ["MainThread"]
        await harness.advance_time(11)
        assert plugin.done == ["MainThread", "later"]


class NeverStarted:
    metadata = PluginMetadata(name="never-started", version="1", enabled_by_default=False)


async def test_a_plugin_without_a_context_says_so() -> None:
    settings = {"plugins": {"named": {}, "never-started": {"enabled": False}}}
    harness = PluginTestHarness(Named, NeverStarted, settings=settings)
    with pytest.raises(PluginNotStarted):
        await harness.startup()
    with pytest.raises(HarnessError, match="was not started, and has no context"):
        harness.context_of("never-started")


async def test_two_harnesses_run_side_by_side() -> None:
    async with PluginTestHarness(Named, app=echo_app) as one, PluginTestHarness(Named) as two:
        answers = await asyncio.gather(one.send_request("GET", "/a"), two.send_request("GET", "/a"))
        assert [answer.status_code for answer in answers] == [200, 404]
        assert (one.called(), two.called()) == (["request"], ["request"])


async def test_a_test_may_take_a_plugin_out() -> None:
    async with PluginTestHarness(Named, Slow) as harness:
        await harness.manager.unregister("slow")
        await harness.send_request()
        assert list(harness.status) == ["named"]
