"""The optional base of plugins that are classes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import GatewayPlugin, PluginMetadata


class Config(BaseModel):
    limit: int = 1


class Plugin(GatewayPlugin):
    metadata = PluginMetadata(name="x", config_schema=Config)


def test_the_schema_is_that_of_the_metadata() -> None:
    assert Plugin.config_schema() is Config


def test_there_is_no_context_before_the_start() -> None:
    with pytest.raises(RuntimeError, match=r"Plugin\.context is there from startup\(\) on"):
        _ = Plugin().context
    with pytest.raises(RuntimeError):
        _ = Plugin().config


def test_the_host_fills_the_context_of_one_instance_in() -> None:
    one, other = Plugin(), Plugin()
    context: Any = SimpleNamespace(config=Config(limit=7))
    one._context = context
    assert one.context is context
    assert one.config.limit == 7
    assert other._context is None
