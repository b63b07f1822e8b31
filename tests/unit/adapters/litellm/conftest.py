"""Plugins that record, in LiteLLM itself: its mock answers need no network."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # LiteLLM's own, at its import
    litellm: Any = pytest.importorskip("litellm", reason="needs routeiq[litellm]")
    litellm.suppress_debug_info = True

CALL = {
    "model": "openai/gpt-4o-mini",
    "api_key": "k",
    "messages": [{"role": "user", "content": "x"}],
    "mock_response": "one two three",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "litellm":
            item.add_marker(pytest.mark.filterwarnings("ignore"))  # LiteLLM's own, of every kind
            item.add_marker(pytest.mark.litellm)


class Recorder:
    """Keeps what it sees: (hook, ...) in order."""

    def __init__(self, name: str = "recorder") -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.metadata = PluginMetadata(
            name=name, capabilities={PluginCapability.MIDDLEWARE, PluginCapability.ROUTING_STRATEGY}
        )

    def hooks(self) -> list[str]:
        return [entry[0] for entry in self.seen]

    @hookimpl
    def pre_routing(self, call: Any, models: Any) -> None:
        self.seen.append(("pre_routing", call, tuple(models)))

    @hookimpl
    def post_routing(self, call: Any, deployment: Any) -> None:
        self.seen.append(("post_routing", call, deployment))

    @hookimpl
    def llm_pre_call(self, call: Any, model: str, messages: Any, kwargs: Any) -> None:
        self.seen.append(("llm_pre_call", call, model, list(messages), dict(kwargs)))

    @hookimpl
    async def llm_success(self, call: Any, response: Any) -> None:
        self.seen.append(("llm_success", call, response))

    @hookimpl
    async def llm_failure(self, call: Any, exception: BaseException) -> None:
        self.seen.append(("llm_failure", call, exception))


def make_plugin(name: str = "plugin", **hooks: Callable[..., Any]) -> Any:
    """Return a plugin module made of functions."""
    metadata = PluginMetadata(name=name, capabilities={PluginCapability.MIDDLEWARE, PluginCapability.ROUTING_STRATEGY})
    module = ModuleType(name)
    vars(module).update({hook: hookimpl(specname=hook)(what) for hook, what in hooks.items()}, metadata=metadata)
    return module


@asynccontextmanager
async def make_installed(*plugins: Any, **overrides: Any) -> AsyncIterator[Any]:
    """Yield the adapter of a running manager with these plugins, as the overrides list them; `_` stands for `#`."""
    from routeiq.adapters.litellm import LiteLLMAdapter

    words = {name.replace("_", "#"): PluginOverride.model_validate(word) for name, word in overrides.items()}
    manager = PluginManager(ManagerSettings(plugins=words))
    for one in plugins:
        for name in manager.settings.instances_of(one.metadata.name):
            manager.register(one, name=name)
    async with manager:
        adapter = LiteLLMAdapter(manager)
        adapter.install()
        try:
            yield adapter
        finally:
            adapter.uninstall()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recorders() -> type[Recorder]:
    """The class: recorders("name")."""
    return Recorder


@pytest.fixture
def plugin() -> Callable[..., Any]:
    """plugin("name", llm_pre_call=function, ...): a plugin made of functions."""
    return make_plugin


@pytest.fixture
def installed() -> Callable[..., Any]:
    """async with installed(plugin, ...) as adapter: a running manager with these plugins, installed in LiteLLM."""
    return make_installed


@pytest.fixture
def call() -> dict[str, Any]:
    """The arguments of a chat completion that LiteLLM answers itself: `one two three`."""
    return dict(CALL)
