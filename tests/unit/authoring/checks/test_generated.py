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
        if len(messages) == 3 and messages[0].get("role") == messages[1].get("role") == "user":
            raise ValueError("two questions in a row")


@pytest.mark.timeout(180)
def test_it_finds_the_simplest_example() -> None:
    trial = Trial(Fussy, "fussy", None)
    asyncio.run(trial.run())
    assert trial.notes == []
    assert generated.generate(trial, 300)
    [note] = trial.notes
    assert (note["rule"], note["hook"]) == ("raises", "llm_pre_call")
    assert "two questions in a row" in note["message"]


def test_without_hypothesis_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "find_spec", lambda name: None)
    assert not generated.generate(Trial(Fussy, "fussy", None), 100)
