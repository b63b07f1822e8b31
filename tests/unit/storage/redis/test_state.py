"""The operator's state on a server; tests/unit/storage/test_states.py has what all stores have in common."""

import asyncio
import json

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from tests.fakes.redis_server import running

from routeiq.core.errors import StateConflict, StorageUnavailable
from routeiq.core.state import StoredState
from routeiq.storage.redis import LocalCopy, RedisServer, RedisState


async def test_a_replica_starts_with_the_last_known_state_while_the_server_is_away(
    replica, redis_server, caplog, eventually
):
    one = await replica("one")
    await one.state.save(0, {"a": 1})
    await one.state.close()
    redis_server.kill()
    again = await replica("one")
    assert not again.state.available
    assert "this start goes on with the last state that is known" in caplog.text
    changes = again.state.changes()
    assert await anext(changes) == 1
    assert await again.state.load() == StoredState(1, {"a": 1})
    with pytest.raises(StorageUnavailable):
        await again.state.save(1, {"a": 2})
    redis_server.start()
    await eventually(lambda: again.state.available)
    assert await again.state.save(1, {"a": 2}) == 2
    async with asyncio.timeout(5):
        assert await anext(changes) == 2


async def test_a_replica_that_never_knew_a_state_has_none_while_the_server_is_away(
    replica, redis_server, caplog, eventually
):
    redis_server.kill()
    one = await replica()
    assert "this start goes on without the operator's state" in caplog.text
    with pytest.raises(StorageUnavailable, match="Redis at 127.0.0.1"):
        await one.state.load()
    changes = one.state.changes()
    redis_server.start()
    async with asyncio.timeout(10):
        assert await anext(changes) == 0
    assert await one.state.load() == StoredState(0, {})


async def test_that_nothing_was_ever_set_is_known_too(replica, redis_server):
    one = await replica("one")
    await one.state.close()
    redis_server.kill()
    again = await replica("one")
    assert await again.state.load() == StoredState(0, {})


async def test_the_copy_follows_the_state(replica, redis_server, eventually):
    one, other = await replica("one"), await replica("other")
    await one.state.save(0, {"a": 1})
    await eventually(lambda: other.copy.exists() and json.loads(other.copy.read_text())["version"] == 1)
    assert json.loads(other.copy.read_text())["document"] == {"a": 1}
    await one.state.save(1, {"a": 2})
    await one.state.close()
    assert json.loads(one.copy.read_text())["document"] == {"a": 2}


async def test_a_copy_that_cannot_be_written_keeps_nobody_from_working(redis_server, tmp_path, caplog):
    (tmp_path / "copy.json").mkdir()
    state = RedisState(RedisServer(redis_server.url, "test"), LocalCopy(tmp_path / "copy.json"))
    await state.open()
    assert await state.save(0, {}) == 1
    await state.close()
    assert f"{tmp_path / 'copy.json'}, cannot be" in caplog.text


async def test_a_server_that_refuses_us_fails_the_start(tmp_path, redis_server):
    with running(tmp_path / "guarded", password="hush") as guarded:
        wrong = guarded.url.replace("hush", "wrong")
        state = RedisState(RedisServer(wrong, "test"), LocalCopy(tmp_path / "copy.json"))
        with pytest.raises(StorageUnavailable, match="does not let us in"):
            await state.open()
        right = RedisState(RedisServer(guarded.url, "test"), LocalCopy(tmp_path / "copy.json"))
        await right.open()
        assert right.available
        await right.close()


async def test_a_server_that_hangs_at_the_start_holds_it_up_for_a_bounded_time(replica, redis_server, eventually):
    redis_server.pause()
    async with asyncio.timeout(10):
        one = await replica()
    assert not one.state.available
    redis_server.resume()
    await eventually(lambda: one.state.available)


async def test_killed_and_restarted_under_load_it_fails_in_time_recovers_and_loses_nothing(
    replica, redis_server, eventually
):
    replicas = [await replica(str(number)) for number in range(3)]
    saved: list[int] = []
    errors: list[BaseException] = []
    slowest = 0.0
    running = True

    async def save(one):
        while running:
            try:
                version = (await one.state.load()).version
                saved.append(await one.state.save(version, {"n": version + 1}))
            except (StateConflict, StorageUnavailable) as error:
                errors.append(error)
                await asyncio.sleep(0.005)

    async def use(one):
        nonlocal slowest
        while running:
            began = asyncio.get_running_loop().time()
            try:
                await one.values.incr("a", "k", 1, None)
                await one.values.acquire("a", "k", 10**9, 600, 1)
            except StorageUnavailable as error:
                errors.append(error)
                await asyncio.sleep(0.002)
            slowest = max(slowest, asyncio.get_running_loop().time() - began)

    tasks = [asyncio.create_task(work(one)) for one in replicas for work in (save, use, use, use)]
    for _ in range(3):
        await asyncio.sleep(0.3)
        redis_server.kill()
        await asyncio.sleep(0.3)
        redis_server.start()
        await eventually(lambda: all(one.state.available for one in replicas))
    redis_server.pause()
    await eventually(lambda: not any(one.state.available for one in replicas))
    redis_server.resume()
    await eventually(lambda: all(one.state.available for one in replicas))
    await asyncio.sleep(0.2)
    running = False
    async with asyncio.timeout(10):
        await asyncio.gather(*tasks)
    assert any(isinstance(error, StorageUnavailable) for error in errors)
    assert slowest < 15  # two operations of a second each, on whatever machine this runs
    assert len(saved) == len(set(saved))  # no version was given twice
    final = await replicas[0].state.load()
    assert final.version >= max(saved)
    assert final.document == {"n": final.version}
    await eventually(lambda: all(one.state._follower.known.version == final.version for one in replicas))
