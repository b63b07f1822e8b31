"""LiteLLM's Proxy under plugins: what is said where it cannot be; tests/integration/test_litellm_proxy.py runs it."""

import sys

import httpx
import pytest

from routeiq.core.errors import ConfigurationError
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway import litellm_proxy
from routeiq.gateway.litellm_proxy import LiteLLMProxy, create_app
from routeiq.gateway.settings import GatewaySettings


def test_without_litellms_proxy_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "litellm", None)
    monkeypatch.delitem(sys.modules, "routeiq.adapters.litellm", raising=False)
    monkeypatch.delitem(sys.modules, "routeiq.adapters.litellm.proxy", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install 'litellm\[proxy\]'"):
        create_app()


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        create_app(tmp_path / "litellm.yaml")


def test_its_public_name():
    import routeiq

    assert routeiq.create_app is litellm_proxy.create_app


async def test_figures_have_a_path_of_their_own_beside_the_proxys(monkeypatch):
    async def proxy(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the Proxy's own"})

    monkeypatch.setattr(litellm_proxy, "_proxy_application", lambda config: proxy)
    manager = PluginManager(ManagerSettings())
    app = LiteLLMProxy(None, GatewaySettings(), manager, MemoryState())
    async with manager, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://proxy") as client:
        assert (await client.get("/metrics")).text == "the Proxy's own"
        told = (await client.get("/metrics/routeiq")).text
    assert 'routeiq_http_requests_total{method="GET",status="200"} 1' in told
