"""Who has a change: told with every change, and waited for when asked."""

import asyncio

from routeiq.core.errors import StorageUnavailable

CONFIG = "/plugins/words/config"


async def test_a_change_tells_who_has_it(admin):
    reply = await admin.call("PATCH", CONFIG, {"limit": 3}, prefer="wait=2")
    assert reply.headers["preference-applied"] == "wait=2"
    (member,) = reply.json["members"]
    assert (member["name"], member["worker"], member["version"]) == (admin.manager.node.id, 0, 1)
    assert reply.json["complete"] is True
    shown = (await admin.call("GET", "/changes/1")).json
    assert (shown["version"], shown["complete"]) == (1, True)


async def test_a_replica_that_is_behind_is_waited_for(admin):
    await admin.control.state.announce("replica", {"version": 0, "refused": {}, "host": "b"}, 30)
    behind = (await admin.call("PATCH", CONFIG, {"limit": 3})).json
    assert behind["complete"] is False
    assert {one["name"]: one["version"] for one in behind["members"]}["replica"] == 0
    waiting = asyncio.create_task(admin.call("GET", "/changes/1?wait=20"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await admin.control.state.announce("replica", {"version": 1, "refused": {}, "host": "b"}, 30)
    assert (await waiting).json["complete"] is True


async def test_a_replica_that_refuses_is_told_with_its_reason(admin):
    await admin.control.state.announce("replica", {"version": 1, "refused": {"words": "no such word"}}, 30)
    told = (await admin.call("PATCH", CONFIG, {"limit": 3}, prefer="wait=5")).json
    assert told["complete"] is False
    assert {"words": "no such word"} in [one["refused"] for one in told["members"]]


async def test_nobody_is_waited_for_when_the_gateway_is_about_to_stop(admin):
    await admin.control.state.announce("replica", {"version": 0, "refused": {}}, 30)
    waiting = asyncio.create_task(admin.call("PATCH", CONFIG, {"limit": 3}, prefer="wait=60"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    for function in admin.app.on_ending:
        function()
    reply = await asyncio.wait_for(waiting, 5)
    assert (reply.status, reply.json["changed"], reply.json["complete"]) == (200, True, False)


async def test_a_version_that_is_none_is_not_there(admin):
    for version in ("x", "-1", "1.5", "9" * 20):
        assert (await admin.call("GET", f"/changes/{version}")).status == 404
    assert (await admin.call("GET", "/changes/7")).json["complete"] is False


async def test_a_store_that_went_away_hides_who_has_a_change(admin, monkeypatch):
    async def away(version, seconds):
        raise StorageUnavailable("redis is away")

    monkeypatch.setattr(admin.control, "converged", away)
    reply = await admin.call("PATCH", CONFIG, {"limit": 3})
    assert (reply.status, reply.json["changed"], reply.json["complete"]) == (200, True, False)
    assert reply.json["problem"] == "redis is away"
