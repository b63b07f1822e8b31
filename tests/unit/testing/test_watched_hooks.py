from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from routeiq_plugin_sdk.testing import ArgumentChanged, PluginTestHarness

MIDDLEWARE = {PluginCapability.MIDDLEWARE}


class Hooks:
    """Hooks of every form, each of which changes its argument when the test says so."""

    metadata = PluginMetadata(name="hooks", version="1", capabilities=MIDDLEWARE)

    def __init__(self, changes: str = "") -> None:
        self.changes = changes

    def touch(self, hook: str, kwargs: Any) -> None:
        if self.changes == hook:
            kwargs["added"] = True

    @hookimpl(offload=True)
    def llm_pre_call(self, kwargs: Any) -> None:
        self.touch("llm_pre_call", kwargs)

    @hookimpl
    async def llm_success(self, kwargs: Any) -> None:
        self.touch("llm_success", kwargs)
        raise ValueError("afterwards")

    @hookimpl
    def llm_failure(self, kwargs: Any) -> None:
        self.touch("llm_failure", kwargs)


class Wrappers(Hooks):
    metadata = PluginMetadata(name="wrappers", version="1", capabilities=MIDDLEWARE)

    @hookimpl(wrapper=True)
    async def llm_pre_call(self, kwargs: Any) -> AsyncGenerator[None, Any]:
        outcome = yield
        assert outcome is not None
        self.touch("llm_pre_call", kwargs)

    @hookimpl(wrapper=True)
    def llm_success(self, kwargs: Any) -> Generator[None, Any, None]:
        outcome = yield
        assert outcome is not None
        self.touch("llm_success", kwargs)

    @hookimpl
    def llm_failure(self) -> None: ...


@pytest.mark.parametrize("kind", [Hooks, Wrappers])
@pytest.mark.parametrize("hook", ["llm_pre_call", "llm_success"])
async def test_every_form_of_a_hook_is_watched(kind: type[Hooks], hook: str) -> None:
    async with PluginTestHarness(kind(hook)) as harness:
        with pytest.raises(ArgumentChanged) as found:
            await harness.llm_call(temperature=1)
        assert (found.value.hook, found.value.argument) == (hook, "kwargs")
        assert "kwargs['added'] was added: True" in str(found.value)


async def test_several_changes_are_told_together() -> None:
    async with PluginTestHarness(Hooks("llm_success"), Wrappers("llm_success")) as harness:
        with pytest.raises(ArgumentChanged) as found:
            await harness.llm_call()
        (note,) = found.value.__notes__
        assert note.startswith("and: plugin 'wrappers'")


async def test_what_behaves_is_noted_with_arguments_results_and_exceptions() -> None:
    async with PluginTestHarness(Hooks, Wrappers) as harness:
        await harness.llm_call(temperature=1)
        calls = [(call.plugin, call.hook) for call in harness.calls]
        assert calls == [
            ("wrappers", "llm_pre_call"),
            ("hooks", "llm_pre_call"),
            ("wrappers", "llm_success"),
            ("hooks", "llm_success"),
        ]
        assert harness.calls[1].arguments["kwargs"]["temperature"] == 1
        assert str(harness.calls[3].exception) == "afterwards"
        assert harness.called("wrappers") == ["llm_pre_call", "llm_success"]


async def test_a_wrapper_can_be_told_to_fail() -> None:
    async with PluginTestHarness(Wrappers, settings={"plugins": {"wrappers": {"failure_mode": "abort"}}}) as harness:
        harness.fail_next("llm_pre_call")
        assert (await harness.llm_call()).status_code == 500


class Waits:
    metadata = PluginMetadata(name="waits", version="1", capabilities=MIDDLEWARE)

    @hookimpl(timeout=1)
    async def llm_pre_call(self, kwargs: Any) -> None:
        kwargs["added"] = True
        await asyncio.sleep(60)


async def test_a_hook_that_is_cancelled_is_not_looked_at() -> None:
    async with PluginTestHarness(Waits) as harness:
        call = asyncio.create_task(harness.llm_call())
        await harness.advance_time(2)
        assert (await call).status_code == 200
        assert isinstance(harness.calls[0].exception, asyncio.CancelledError)


class Holding:
    """Hooks that keep the event loop, wait, and run elsewhere."""

    metadata = PluginMetadata(name="holding", version="1", capabilities=MIDDLEWARE)

    @hookimpl
    async def llm_pre_call(self) -> None:
        await asyncio.sleep(0.05)
        time.sleep(0.02)
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)

    @hookimpl
    def llm_success(self) -> None:
        time.sleep(0.01)

    @hookimpl(offload=True)
    def response(self) -> None:
        time.sleep(0.05)


async def test_how_long_a_hook_keeps_the_event_loop_is_noted() -> None:
    async with PluginTestHarness(Holding) as harness:
        await harness.llm_call()
        held = {call.hook: call.held for call in harness.calls}
    assert 0.02 <= held["llm_pre_call"] < 0.05
    assert held["llm_success"] >= 0.01
    assert held["response"] == 0
