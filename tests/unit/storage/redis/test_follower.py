"""Following a server: whoever was cut off catches up, and a server that lost the state gets it back."""

import asyncio
import contextlib

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from routeiq.core.errors import StateConflict, StorageUnavailable
from routeiq.core.state import StoredState
from routeiq.storage.redis import follower


async def test_a_replica_that_hears_nothing_catches_up(replica, redis_server, monkeypatch):
    monkeypatch.setattr(follower, "CHECK_INTERVAL", 0.1)
    writer = await replica("writer")
    reader = await replica("reader")
    monkeypatch.setattr(reader.server, "channel", lambda name: "nobody publishes here")
    await reader.state.close()
    await reader.state.open()
    changes = reader.state.changes()
    assert await anext(changes) == 0
    await writer.state.save(0, {"a": 1})
    async with asyncio.timeout(5):
        assert await anext(changes) == 1


def version_of(redis_server):
    """Return what the server itself says."""
    return int(
        redis_server.command("EVAL", "return tonumber(redis.call('HGET', 'test:state', 'version') or 0)", "0")[1:]
    )


async def hears(state, notices):
    """Wait until notices that are told arrive."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(TimeoutError, StorageUnavailable):
                await state.broadcast("topic", "now")
                async with asyncio.timeout(0.2):
                    return await anext(notices)
            await asyncio.sleep(0.01)


async def saved(state, version):
    """Save, as often as it takes."""
    async with asyncio.timeout(15):
        while True:
            try:
                return await state.save(version, {"n": version})
            except StorageUnavailable:
                await asyncio.sleep(0.01)
            except StateConflict:
                return None  # it was saved, and the answer was lost


async def test_a_replica_whose_connections_are_cut_catches_up_and_hears_again(replica, redis_server):
    writer, reader = await replica("writer"), await replica("reader")
    changes, notices = reader.state.changes(), reader.state.listen("topic")
    for version in range(3):
        redis_server.command("CLIENT", "KILL", "TYPE", "pubsub")
        redis_server.command("CLIENT", "KILL", "TYPE", "normal")
        await saved(writer.state, version)
        async with asyncio.timeout(15):
            while await anext(changes) != version + 1:
                pass
        assert await hears(writer.state, notices) == "now"


async def test_a_subscription_that_died_in_silence_is_noticed(replica, redis_server, monkeypatch, eventually):
    monkeypatch.setattr(follower, "CHECK_INTERVAL", 0.1)
    one = await replica()
    notices = one.state.listen("topic")
    listening = one.state._follower
    # As behind a firewall that forgot the connection: what is sent arrives nowhere, and nobody says so.
    monkeypatch.setattr(listening, "_listen", lambda subscription: asyncio.Event().wait())
    redis_server.command("CLIENT", "KILL", "TYPE", "pubsub")
    await eventually(lambda: not one.state.available)
    monkeypatch.undo()
    await eventually(lambda: one.state.available)
    assert await hears(one.state, notices) == "now"


async def test_a_server_that_lost_everything_gets_the_state_back(replica, redis_server, eventually):
    one, other = await replica("one"), await replica("other")
    for version in range(3):
        await one.state.save(version, {"n": version})
    await eventually(lambda: other.state._follower.known.version == 3)
    redis_server.kill()
    redis_server.forget()
    redis_server.start()
    await eventually(lambda: version_of(redis_server) == 3)
    assert await other.state.load() == StoredState(3, {"n": 2})
    fresh = await replica("fresh")
    assert await fresh.state.load() == StoredState(3, {"n": 2})
    assert await fresh.state.save(3, {"n": 3}) == 4


async def test_a_server_that_lost_the_last_changes_gets_them_back_from_whoever_has_the_latest(
    replica, redis_server, tmp_path, eventually
):
    one, old = await replica("one"), await replica("old")
    await one.state.save(0, {"n": 1})
    await eventually(lambda: old.state._follower.known.version == 1)
    await old.state.close()
    await one.state.save(1, {"n": 2})
    await one.state.close()
    redis_server.kill()
    redis_server.forget()
    redis_server.start()
    await old.state.open()  # restores version 1
    assert await old.state.load() == StoredState(1, {"n": 1})
    changes = old.state.changes()
    await one.state.open()  # restores version 2 of the same lineage
    async with asyncio.timeout(10):
        while await anext(changes) != 2:
            pass
    assert await old.state.load() == StoredState(2, {"n": 2})


async def test_a_copy_of_another_history_does_not_overrule_the_server(replica, redis_server):
    old = await replica("old")
    for version in range(5):
        await old.state.save(version, {"history": "old"})
    await old.state.close()
    redis_server.kill()
    redis_server.forget()
    redis_server.start()
    new = await replica("new")
    await new.state.save(0, {"history": "new"})
    changes_of_new = new.state.changes()
    await old.state.open()
    assert await old.state.load() == StoredState(1, {"history": "new"})
    assert await anext(changes_of_new) == 1


async def test_what_anyone_publishes_is_no_notice(replica, redis_server):
    one = await replica()
    notices, changes = one.state.listen("topic"), one.state.changes()
    for garbage in ("", "{", "1", "[1]", '[["list"], 1]', '["topic"]', '["a","b","c"]'):
        redis_server.command("PUBLISH", one.server.channel("notices"), garbage)
    redis_server.command("PUBLISH", one.server.channel("changes"), "garbage")
    await one.state.broadcast("topic", "real")
    async with asyncio.timeout(5):
        assert await anext(notices) == "real"
        assert await anext(changes) == 0
    assert one.state.available


@pytest.mark.parametrize(
    "command",
    [
        ("HSET", "test:state", "version", "many"),
        ("HSET", "test:state", "version", "7", "lineage", "x", "document", "{"),
        ("HSET", "test:state", "version", "7", "lineage", "x", "document", "[]"),
        ("SET", "test:state", "something else"),
    ],
    ids=["version", "no JSON", "no object", "no hash"],
)
async def test_what_is_no_state_is_said_and_harms_nobody(replica, redis_server, eventually, command):
    one = await replica()
    await one.state.save(0, {"a": 1})
    redis_server.command("DEL", "test:state")
    redis_server.command(*command)
    redis_server.command("PUBLISH", one.server.channel("changes"), "7")
    await eventually(lambda: not one.state.available)
    assert "test:state" in one.state.reason or "WRONGTYPE" in one.state.reason
    assert await one.state.load() == StoredState(1, {"a": 1})
    redis_server.command("DEL", "test:state")
    await eventually(lambda: one.state.available)
    assert version_of(redis_server) == 1  # given back


@pytest.mark.parametrize("count", [5])
async def test_replicas_that_come_back_together_agree(replica, redis_server, eventually, count):
    replicas = [await replica(str(number)) for number in range(count)]
    await replicas[0].state.save(0, {"a": 1})
    await eventually(lambda: all(one.state._follower.known.version == 1 for one in replicas))
    redis_server.kill()
    redis_server.forget()
    redis_server.start()
    await eventually(lambda: version_of(redis_server) == 1)
    await eventually(lambda: all(one.state.available for one in replicas))
    assert [await one.state.load() for one in replicas] == [StoredState(1, {"a": 1})] * count
