"""What hypothesis makes up finds what a list does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.authoring.checks import generated
from routeiq.authoring.checks.behaviour import Trial


class Fussy:
    """Fails for long conversations, which no scenario of the list has."""

    metadata = PluginMetadata(name="fussy", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def llm_pre_call(self, messages: Any) -> None:
        if len(messages) == 3 and messages[1].get("role") in ("user", "system"):
            raise ValueError("two questions in a row")


@pytest.mark.timeout(180)
def test_it_finds_the_simplest_example() -> None:
    trial = Trial(Fussy, "fussy", None)
    asyncio.run(trial.run())
    assert trial.notes == []
    assert generated.generate(trial, 100)
    [note] = trial.notes
    assert (note["rule"], note["hook"]) == ("raises", "llm_pre_call")
    assert "two questions in a row" in note["message"]


class FailsOnce:
    """Fails for what no scenario of the list has, and never again: hypothesis calls that flaky."""

    metadata = PluginMetadata(name="fails-once", version="1", capabilities={PluginCapability.MIDDLEWARE})
    failed = False

    @hookimpl
    def llm_pre_call(self, messages: Any) -> None:
        if not self.failed and len(messages) == 2 and messages[1].get("role") in ("assistant", "tool"):
            self.failed = True
            raise ValueError("once and never again")


def test_what_does_not_fail_again_is_told_too() -> None:
    trial = Trial(FailsOnce, "fails-once", None)
    assert generated.generate(trial, 100)
    assert ["once and never again" in note["message"] for note in trial.notes] == [True]


def test_without_hypothesis_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "find_spec", lambda name: None)
    assert not generated.generate(Trial(Fussy, "fussy", None), 100)
