"""What the gateway's applications have in common: their parts, and what stands outside their plugins."""

import httpx
import pytest

from routeiq.core.errors import ConfigurationError
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.group import SoloGroup
from routeiq.gateway.operated import OperatedGateway, parts_of
from routeiq.gateway.settings import GatewaySettings


class Served(OperatedGateway):
    """The least that can be operated: mounted applications, and nothing beside."""

    async def __call__(self, scope, receive, send):
        assert await self.mounts.serve(scope, receive, send)


@pytest.fixture
def served():
    manager = PluginManager(ManagerSettings())
    return Served(GatewaySettings(), manager, MemoryState(), None, None, metrics="/figures")


def test_a_manager_of_the_callers_own_is_taken_as_it_is():
    manager = PluginManager(ManagerSettings())
    parts = parts_of(GatewaySettings(storage="memory"), manager, None)
    assert parts.manager is manager
    assert not manager.records
    assert isinstance(parts.group, SoloGroup)
    assert parts.telemetry is None


def test_a_manager_that_is_made_has_discovered_what_is_installed():
    assert "rate-limit" in parts_of(GatewaySettings(storage="memory"), None, None).manager.records


def test_a_store_that_nothing_installed_serves_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    monkeypatch.setitem(__import__("sys").modules, "redis.asyncio", None)
    with pytest.raises(ConfigurationError, match="redis"):
        parts_of(GatewaySettings(storage="redis://127.0.0.1:1/0"), None, None)


async def test_figures_stand_outside_the_plugins(served):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
        assert "routeiq_" in (await client.get("/figures")).text


def test_a_taken_prefix_is_refused(served):
    with pytest.raises(ValueError, match="mounted at /figures already"):
        served.mount("/figures", None)


def test_alone_it_is_its_own_group_and_reloads_by_its_control(served):
    assert isinstance(served.group, SoloGroup)
    assert served.on_reload == [served.control.reload_everything]
