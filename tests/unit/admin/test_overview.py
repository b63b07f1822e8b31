"""Status and audit log."""

from routeiq.core.errors import StorageUnavailable
from routeiq.core.version import host_version


async def test_the_status_tells_of_this_process_its_peers_and_what_is_wrong(admin):
    await admin.call("PATCH", "/plugins/words/config", {"limit": 3})
    (admin.folder / "plugins" / "words.yaml").write_text("limit: 0\n")
    await admin.call("POST", "/plugins/words/reload")
    status = (await admin.call("GET", "/status")).json
    assert (status["node"], status["worker"], status["version"]) == (admin.manager.node.id, 0, host_version())
    assert (status["state_version"], status["storage"]) == (1, {"available": True, "reason": None})
    assert [one["name"] for one in status["members"]] == [status["node"]]
    assert "limit" in status["problems"]["words"]
    assert status["events"] == {"clients": 0, "dropped": 0}


async def test_the_status_is_told_also_without_the_store(admin, monkeypatch):
    async def away(*_):
        raise StorageUnavailable("redis is away")

    monkeypatch.setattr(admin.control, "converged", away)
    status = (await admin.call("GET", "/status")).json
    assert status["storage"] == {"available": False, "reason": "redis is away"}
    assert status["members"] == []
    monkeypatch.setattr(admin.control.state, "records", away)
    reply = await admin.call("GET", "/audit")
    assert (reply.status, reply.error["code"]) == (503, "storage_unavailable")


async def test_the_audit_log_is_read_page_by_page_the_newest_first(admin):
    for number in range(1, 6):
        await admin.call("PATCH", "/plugins/words/config", {"limit": number})
    first = await admin.call("GET", "/audit?limit=2")
    assert [one["after"]["config"]["limit"] for one in first.json["records"]] == [5, 4]
    newest = first.json["records"][0]
    assert (newest["who"], newest["action"], newest["version"], newest["before"]["config"]["limit"]) == (
        "alice", "config", 5, 4
    )  # fmt: skip
    assert first.headers["link"] == f'<?limit=2&before={first.json["next"]}>; rel="next"'
    second = await admin.call("GET", f"/audit?limit=2&before={first.json['next']}")
    assert [one["after"]["config"]["limit"] for one in second.json["records"]] == [3, 2]
    last = await admin.call("GET", f"/audit?limit=2&before={second.json['next']}")
    assert ([one["version"] for one in last.json["records"]], last.json["next"]) == ([1], None)
    assert "link" not in last.headers
