"""Gateways that share a store: plugins' limits are exact over all of them, and an outage stops nobody."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, StorageUnavailable, hookimpl
from tests.golden.gateway_host import serving

from routeiq import create_standalone_app
from routeiq.gateway.settings import GatewaySettings


class Limiter:
    """Grants ten requests for each path; a path that ends with /closed fails closed while the store is away."""

    metadata = PluginMetadata(name="limiter", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    async def request(self, request: Any, context: Any) -> PluginResponse | None:
        try:
            permit = await context.storage.acquire(request.path, 10, 600)
        except StorageUnavailable:
            return PluginResponse.json({"error": "away"}, 503) if request.path.endswith("/closed") else None
        headers = {"x-remaining": str(permit.remaining), "retry-after": str(round(permit.reset_after))}
        return PluginResponse.json({}, 200 if permit.granted else 429, headers=headers)


@pytest.fixture
async def gateways(monkeypatch, tmp_path):
    """await gateways(storage, count): clients of so many gateways with the same setting."""
    monkeypatch.setenv("ROUTEIQ_PLUGINS_ALLOWLIST", "limiter")
    monkeypatch.chdir(tmp_path)
    async with AsyncExitStack() as stack:

        async def start(storage, count):
            clients = []
            for _ in range(count):
                app = create_standalone_app(GatewaySettings.model_validate({"storage": storage}))
                app.manager.register(Limiter())
                url = await stack.enter_async_context(serving(app))
                clients.append(await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20)))
            return clients

        yield start


@pytest.fixture(params=["sqlite", "redis"])
def storage(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'shared.db'}"
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    return request.getfixturevalue("redis_server").url


async def test_a_limit_is_exact_over_several_gateways(gateways, storage):
    clients = await gateways(storage, 3)
    answers = await asyncio.gather(*(client.get("/limited") for client in clients for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 20
    granted = [int(answer.headers["x-remaining"]) for answer in answers if answer.status_code == 200]
    assert sorted(granted) == list(range(10))
    assert all(590 < int(answer.headers["retry-after"]) <= 600 for answer in answers)


async def test_limits_outlive_the_gateways(gateways, storage):
    [first] = await gateways(storage, 1)
    for _ in range(10):
        assert (await first.get("/limited")).status_code == 200
    [second] = await gateways(storage, 1)
    assert (await second.get("/limited")).status_code == 429


async def test_while_redis_is_away_plugins_decide_readiness_tells_and_afterwards_the_limit_holds_again(
    gateways, redis_server
):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    [client] = await gateways(redis_server.url, 1)
    for _ in range(10):
        assert (await client.get("/limited")).status_code == 200
    redis_server.kill()
    async with asyncio.timeout(20):
        assert (await client.get("/limited")).status_code == 404  # passed on: there is no such path
        assert (await client.get("/limited/closed")).status_code == 503
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"], ready.json()["storage"]) == (200, "degraded", "unavailable")
        redis_server.start()
        while (await client.get("/health/ready")).json()["storage"] != "ok":
            await asyncio.sleep(0.05)
        assert (await client.get("/limited")).status_code == 429
