"""What a plugin says of itself."""

from __future__ import annotations

import types
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.authoring.checks.declarations import declared_by, noted

FACTS = {"version": "1.0", "description": "A plugin."}


def plugin(**metadata: Any) -> types.SimpleNamespace:
    made = PluginMetadata(name="good", gateway_compat=">=0.1", **metadata)
    return types.SimpleNamespace(metadata=made)


def rules(one: Any, entry_point: str | None = "good", facts: Any = FACTS) -> list[str]:
    return [rule for rule, _, _ in noted(one, entry_point, facts)[1]]


def test_what_the_distribution_says_counts() -> None:
    assert rules(plugin()) == []
    assert rules(plugin(), facts={}) == ["no-version", "no-description"]
    assert rules(plugin(version="2.0"), entry_point="other") == ["name-differs", "version-differs"]
    assert rules(plugin(), entry_point=None) == []


def test_an_exporter_needs_no_hook_of_its_own() -> None:
    assert rules(plugin(capabilities={PluginCapability.OBSERVABILITY_EXPORTER})) == []
    assert rules(plugin(capabilities={PluginCapability.ROUTES})) == ["unused-capability"]


class Inner(BaseModel):
    token: str = Field(default="", description="A token.")
    bare: int = 1


class Config(BaseModel):
    inner: list[Inner] = Field(default=[], description="Some.")
    api_key: SecretStr = Field(default=SecretStr(""), description="A key.")
    tokens: int = Field(default=1, description="A number, no secret.")
    max_token: int = Field(default=1, description="Neither is this.")


def test_models_within_models_are_looked_at() -> None:
    _, notes = noted(plugin(config_schema=Config), "good", FACTS)
    assert [(rule, message.partition(" ")[0]) for rule, message, _ in notes] == [
        ("plain-secret", "Inner.token"), ("no-field-description", "Inner.bare"),
    ]  # fmt: skip


class Broken(BaseModel):
    field: int = Field(default=1, description="Fine.")

    @field_validator("field")
    @classmethod
    def _fail(cls, value: int) -> int:
        raise RuntimeError("a validator that fails")


def test_a_validator_that_fails_is_told() -> None:
    _, [(rule, message, _)] = noted(plugin(config_schema=Broken), "good", FACTS)
    assert (rule, "a validator that fails" in message) == ("default-invalid", True)


def test_what_would_be_refused_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong:
        metadata = PluginMetadata(name="wrong")

        @hookimpl
        def request(self, reqest: Any) -> None: ...

    monkeypatch.setattr("routeiq.authoring.checks.declarations.load_plugin", lambda reference: Wrong)
    said = declared_by("x:Wrong", "wrong", {})
    assert said["name"] is None
    assert [(note["rule"], note["hook"]) for note in said["notes"]] == [("refused", "request")]


def test_hooks_have_places() -> None:
    said = declared_by("routeiq_builtin_plugins.headers", "headers", FACTS)
    assert (said["name"], said["hooks"], said["notes"]) == ("headers", ["rewrite", "response_headers"], [])
    file, line = said["places"]["rewrite"]
    assert file.endswith("headers/__init__.py")
    assert line > 1
