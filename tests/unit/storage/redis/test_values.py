"""Plugins' values on a server; tests/unit/storage/test_backends.py has what all stores have in common."""

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from routeiq.core.errors import StorageUnavailable
from routeiq.core.storage import PluginStorage


async def test_all_of_a_clusters_keys_begin_with_its_name(replica, redis_server):
    one = await replica(cluster="blue")
    storage = PluginStorage("plugin", one.values)
    await storage.set("k", 1)
    await storage.acquire("k", 1, 60)
    await one.state.save(0, {})
    await one.state.record({})
    await one.state.announce("one", {}, 60)
    await one.state.lease("leader", "one", 60)
    keys = await one.server.call(lambda client: client.keys("*"))
    assert len(keys) == 7
    assert all(key.startswith(b"blue:") for key in keys)


async def test_two_clusters_of_one_server_share_nothing(replica):
    blue, green = await replica("blue", cluster="blue"), await replica("green", cluster="green")
    await blue.values.set("a", "k", b"1", None)
    await blue.values.acquire("a", "k", 1, 60, 1)
    await blue.state.save(0, {"a": 1})
    assert await green.values.get("a", "k") is None
    assert (await green.values.acquire("a", "k", 1, 60, 1)).granted
    assert (await green.state.load()).version == 0


async def test_windows_expire_on_the_server(replica, redis_server):
    one = await replica()
    await one.values.acquire("a", "k", 1, 60, 1)
    [key] = await one.server.call(lambda client: client.keys("*window*"))
    assert 59_000 < await one.server.call(lambda client: client.pttl(key)) <= 60_000


async def test_values_and_limits_outlive_a_restart_of_the_server(replica, redis_server, eventually):
    one = await replica()
    await one.values.set("a", "k", b"1", None)
    await one.values.acquire("a", "k", 1, 60, 1)
    redis_server.kill()
    with pytest.raises(StorageUnavailable):
        await one.values.get("a", "k")
    redis_server.start()
    await eventually(lambda: one.state.available)
    assert await one.values.get("a", "k") == b"1"
    assert not (await one.values.acquire("a", "k", 1, 60, 1)).granted
