"""What a plugin is given."""

import dataclasses

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginContext

from routeiq.core.context import ContextFactory
from routeiq.core.lifetime import Lifetime
from routeiq.core.masking import MASK
from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.settings import ManagerSettings
from routeiq.core.storage import PluginStorage


class Config(BaseModel):
    limit: int = 1


@pytest.fixture
def factory():
    environment = {"ROUTEIQ_PLUGIN_A_TOKEN": "t", "ROUTEIQ_PLUGIN_B_X": "1"}
    gateway = {"server": {"workers": 2}, "model_list": [{"litellm_params": {"api_key": "sk-1"}}]}
    return ContextFactory(ManagerSettings(environment=environment, gateway=gateway, worker=3))


def test_a_context_has_everything_that_the_sdk_promises(factory):
    context: PluginContext = factory.make("a", Config(), Lifetime("a"))
    assert context.plugin == "a"
    assert context.config == Config(limit=1)
    assert context.settings.environment == {"TOKEN": "t"}
    assert context.settings.gateway["server"]["workers"] == 2
    assert context.node.worker == 3
    assert context.node.version
    context.metrics.counter("calls").inc()
    assert factory.instruments.registry.get_sample_value("routeiq_plugin_a_calls_total") == 1


def test_a_context_cannot_be_changed(factory):
    context = factory.make("a", Config(), Lifetime("a"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        context.config = None
    with pytest.raises(TypeError):
        context.settings.environment["X"] = "1"
    with pytest.raises(TypeError):
        context.settings.gateway["server"]["workers"] = 3
    assert not hasattr(context, "__dict__")


def test_the_gateways_secrets_are_masked(factory):
    settings = factory.make("a", None, Lifetime("a")).settings
    assert settings.gateway["model_list"][0]["litellm_params"]["api_key"] == MASK


async def test_a_new_configuration_is_a_new_context_with_the_same_state(factory):
    lifetime = Lifetime("a")
    before, after = factory.make("a", Config(), lifetime), factory.make("a", Config(limit=2), lifetime)
    assert (before.config.limit, after.config.limit) == (1, 2)
    before.shared["x"] = 1
    await before.storage.set("k", 1)
    assert after.shared["x"] == 1
    assert await after.storage.get("k") == 1
    assert before.metrics.counter("calls") is after.metrics.counter("calls")
    assert before.node is after.node


async def test_two_plugins_have_state_of_their_own(factory):
    a, b = factory.make("a", None, Lifetime("a")), factory.make("b", None, Lifetime("b"))
    a.shared["x"] = 1
    await a.storage.set("k", 1)
    assert "x" not in b.shared
    assert b.shared.of("a")["x"] == 1
    assert await b.storage.get("k") is None


async def test_two_managers_share_nothing_but_a_backend_that_both_are_given():
    backend = MemoryStorage()
    first, second = (ContextFactory(ManagerSettings(), backend) for _ in range(2))
    a, b = first.make("a", None, Lifetime("a")), second.make("a", None, Lifetime("a"))
    assert a.node.id != b.node.id
    assert first.instruments is not second.instruments
    await a.storage.set("k", 1)
    assert isinstance(b.storage, PluginStorage)
    assert await b.storage.get("k") == 1
