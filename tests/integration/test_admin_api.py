"""The admin API through sockets: one worker and several, tokens, changes that meet, and streams of events."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.fakes.gateway_process import TOKEN, running

from routeiq.gateway.access import hash_of

# Processes that start take their time where much else runs.
pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]

READER = "a-token-that-may-only-read"
WORDS = """
from pydantic import BaseModel, Field, SecretStr
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

class Config(BaseModel):
    word: str = "default"
    limit: int = Field(10, ge=1, le=100)
    password: SecretStr = SecretStr("hush-7")

metadata = PluginMetadata(name="words", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
async def request(request, context):
    if request.path == "/word":
        config = context.config
        return PluginResponse.json({"word": config.word, "limit": config.limit, "worker": context.node.worker})

@hookimpl
def config_changed(old, new):
    if new.word == "refuse-me":
        raise ValueError("this word is refused")
"""
REFUSING = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

metadata = PluginMetadata(name="refusing", version="1", capabilities={PluginCapability.MIDDLEWARE}, priority=1)

@hookimpl
async def request(request):
    return PluginResponse.json({"error": "nobody gets in"}, status_code=403)
"""
ASLEEP = """
import pathlib
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

pathlib.Path("imported").touch()
metadata = PluginMetadata(name="asleep", version="1", capabilities={PluginCapability.MIDDLEWARE})

@hookimpl
async def request(request, context):
    if request.path == "/awake":
        return PluginResponse.json({"worker": context.node.worker})
"""
CONFIG = "/admin/plugins/words/config"


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def served(request, tmp_path_factory):
    tokens = [{"name": "bob", "role": "read", "hash": hash_of(READER)}]
    folder = tmp_path_factory.mktemp("gateway")
    with running(folder, {"words": WORDS}, {"admin": {"tokens": tokens}}, workers=request.param) as one:
        yield one


@pytest.fixture
def gateway(served):
    """One gateway for many tests: what they set is taken back before the next one."""
    with served.client() as client:
        assert client.put("/admin/plugins/words/settings", json={}).status_code == 200
        assert client.put(CONFIG, json={}).status_code == 200
    return served


def answers(gateway, path="/word", tries=12):
    """What requests on connections of their own are answered, each worker among them."""
    found = {}
    for _ in range(100):
        with gateway.client(None) as client:
            answer = client.get(path)
        found.setdefault(answer.json().pop("worker", None) if answer.status_code == 200 else None, []).append(answer)
        if sum(map(len, found.values())) >= tries and len(found) >= gateway.workers:
            return [one for several in found.values() for one in several]
    raise AssertionError(f"only the workers {list(found)} were met")


def test_a_change_is_live_in_all_workers_when_the_answer_comes_and_a_refused_one_in_none(gateway):
    with gateway.client() as client:
        for limit in range(20, 25):
            changed = client.patch(CONFIG, json={"limit": limit}, headers={"prefer": "wait=10"})
            assert changed.status_code == 200
            assert changed.json()["complete"] is True
            assert len(changed.json()["members"]) == gateway.workers
            assert changed.headers["preference-applied"] == "wait=10"
            assert {answer.json()["limit"] for answer in answers(gateway)} == {limit}
        for change, status in (({"word": "refuse-me"}, 409), ({"limit": 0}, 422), ({"wrod": "x"}, 422)):
            assert client.patch(CONFIG, json={"limit": 50, **change}).status_code == status
    assert {answer.json()["limit"] for answer in answers(gateway)} == {24}


def test_a_token_may_do_what_its_role_says(gateway):
    with gateway.client(READER) as reader, gateway.client(None) as nobody:
        assert reader.get(CONFIG).status_code == 200
        assert reader.patch(CONFIG, json={"limit": 3}).status_code == 403
        assert reader.post("/admin/plugins/words/disable").status_code == 403
        for path in (
            "/admin",
            "/admin/plugins",
            "/admin/nothing",
            "/admin/openapi.json",
            f"/admin/plugins?token={TOKEN}",
        ):
            assert nobody.get(path).status_code == 401
        assert nobody.get("/admin/events").status_code == 401
        assert nobody.get("/administration").status_code == 404
    assert TOKEN not in gateway.log
    assert {answer.json()["limit"] for answer in answers(gateway)} == {10}


def test_of_writers_with_the_same_tag_one_wins(gateway):
    with gateway.client() as client:
        tag = client.get(CONFIG).headers["etag"]

    def write(number):
        with gateway.client() as client:
            document = {"word": f"word {number}", "limit": 10 + number}
            return client.put(CONFIG, json=document, headers={"if-match": tag}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [200] + [412] * 7
    (one,) = {(answer.json()["word"], answer.json()["limit"]) for answer in answers(gateway)}
    assert one[0] == f"word {one[1] - 10}"


def test_writers_of_different_fields_all_win(gateway):
    def write(change):
        with gateway.client() as client:
            return client.patch(CONFIG, json=change).status_code

    with gateway.client() as client:
        before = client.get("/admin/status").json()["state_version"]
    for turn in range(1, 6):
        changes = [{"word": f"word {turn}"}, {"limit": turn}, {"password": f"secret {turn}"}]
        with ThreadPoolExecutor(3) as pool:
            assert set(pool.map(write, changes)) == {200}
        assert {(one.json()["word"], one.json()["limit"]) for one in answers(gateway)} == {(f"word {turn}", turn)}
    with gateway.client() as client:
        records = client.get("/admin/audit?limit=15").json()["records"]
        assert len(records) == 15
        assert {record["who"] for record in records} == {"environment"}
        assert sorted(record["version"] - before for record in records) == list(range(1, 16))
        for record in records:  # nobody else's change is in what one is said to have done
            was, became = record["before"]["config"], record["after"]["config"]
            assert len([name for name in became if was[name] != became[name]]) <= 1
        assert "secret 5" not in client.get("/admin/audit").text


def test_a_plugin_is_taken_out_of_all_workers_and_put_back(gateway):
    with gateway.client() as client:
        assert client.post("/admin/plugins/words/disable").status_code == 200
        for _ in range(10):
            with gateway.client(None) as other:
                assert other.get("/word").status_code == 404
        assert client.post("/admin/plugins/words/enable").status_code == 200
    assert {answer.status_code for answer in answers(gateway)} == {200}


def test_figures_are_those_of_all_workers(gateway):
    count = len(answers(gateway))
    with gateway.client() as client:
        hooks = {hook["name"]: hook for hook in client.get("/admin/hooks").json()["hooks"]}
    (words,) = hooks["request"]["plugins"]
    assert words["calls"] >= count
    assert words["errors"] == 0


def eventually_without_clients(gateway) -> bool:
    """Whether all workers notice within seconds that clients of events have left."""
    seen: dict[int, int] = {}
    for _ in range(400):
        with gateway.client() as client:
            status = client.get("/admin/status").json()
        seen[status["worker"]] = status["events"]["clients"]
        if len(seen) == gateway.workers and not any(seen.values()):
            return True
        time.sleep(0.02)
    return False


class Listener:
    """A client of the events, in a thread of its own."""

    def __init__(self, gateway, pattern="*") -> None:
        self.events: list[dict] = []
        self.failure: Exception | None = None
        self.ready, self.ended = threading.Event(), threading.Event()
        self._changed = threading.Condition()
        self._client = gateway.client()
        threading.Thread(target=self._read, args=(pattern,), daemon=True).start()
        assert self.ready.wait(20)

    def _read(self, pattern: str) -> None:
        try:
            with self._client, self._client.stream("GET", "/admin/events", params={"name": pattern}) as answer:
                self._socket = answer.extensions["network_stream"].get_extra_info("socket")
                for line in answer.iter_lines():
                    if line == ": ready":
                        self.ready.set()
                    if line.startswith("data: "):
                        with self._changed:
                            self.events.append(json.loads(line.removeprefix("data: ")))
                            self._changed.notify_all()
        except httpx.HTTPError as error:
            self.failure = error
        self.ended.set()

    def leave(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        assert self.ended.wait(20)

    def until(self, condition) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.events), 20), self.events


def test_events_of_all_workers_are_streamed(gateway):
    everything, some = Listener(gateway), Listener(gateway, "config.*")
    answers(gateway)
    with gateway.client() as client:
        client.patch(CONFIG, json={"limit": 3})
        assert client.get("/admin/status").status_code == 200
    everything.until(
        lambda events: (
            {event["worker"] for event in events if event["name"] == "request.received"} == set(range(gateway.workers))
        )
    )
    some.until(lambda events: len(events) == gateway.workers)
    assert {event["name"] for event in some.events} == {"config.changed"}
    assert {event["data"]["path"] for event in everything.events if event["name"] == "request.received"} == {"/word"}
    ids = [event["id"] for event in everything.events]
    assert len(ids) == len(set(ids))
    for listener in (everything, some):
        listener.leave()
    assert eventually_without_clients(gateway)


@pytest.mark.parametrize("workers", [1, 2])
def test_streams_of_events_end_with_the_gateway(tmp_path, workers):
    with running(tmp_path, {"words": WORDS}, workers=workers) as gateway:
        listeners = [Listener(gateway) for _ in range(2 * workers)]
        assert gateway.end() == 0
        for listener in listeners:
            assert listener.ended.wait(20)
            assert listener.failure is None, "the stream is ended, not cut off"


def test_a_client_of_events_that_does_not_read_harms_nobody(gateway):
    with gateway.client() as idle, idle.stream("GET", "/admin/events") as answer:
        assert answer.status_code == 200
        with gateway.client(None) as client:
            for _ in range(300):
                assert client.get("/word").status_code == 200
    assert eventually_without_clients(gateway)


def test_a_plugin_that_refuses_everybody_keeps_no_operator_out(tmp_path):
    with running(tmp_path, {"refusing": REFUSING}) as gateway, gateway.client() as client:
        assert client.get("/v1/models").status_code == 403
        assert client.post("/admin/plugins/refusing/disable").status_code == 200
        assert client.get("/v1/models").status_code == 200


def test_the_settings_file_keeps_a_plugin_out(tmp_path):
    with running(tmp_path, {"asleep": ASLEEP}, {"plugins": {"asleep": {"enabled": False}}}) as gateway:
        with gateway.client() as client:
            assert client.get("/admin/plugins/asleep/config").status_code == 409
            refused = client.post("/admin/plugins/asleep/enable")
            assert refused.status_code == 409
            assert "routeiq.yaml (plugins.asleep.enabled)" in refused.json()["error"]["message"]
        assert not (tmp_path / "imported").exists()


def test_what_was_set_holds_over_a_restart_until_it_is_changed(tmp_path):
    with running(tmp_path, {"asleep": ASLEEP, "words": WORDS}) as gateway, gateway.client() as client:
        assert client.patch(CONFIG, json={"limit": 33}).status_code == 200
        assert client.post("/admin/plugins/asleep/disable").status_code == 200
    with running(tmp_path, {"asleep": ASLEEP, "words": WORDS}, workers=2) as gateway, gateway.client() as client:
        assert client.get(CONFIG).json()["limit"] == 33
        assert client.get("/admin/plugins/asleep").json()["state"] == "disabled"
        assert client.post("/admin/plugins/asleep/enable").status_code == 200
        assert {answer.status_code for answer in answers(gateway, "/awake")} == {200}
        assert client.get("/admin/audit").json()["records"][0]["action"] == "enable"


def test_replicas_that_share_a_store_have_what_one_is_told(tmp_path, redis_server):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    settings = {"storage": redis_server.url}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with (
        running(tmp_path / "a", {"words": WORDS}, settings) as one,
        running(tmp_path / "b", {"words": WORDS}, settings) as other,
        one.client() as first,
        other.client() as second,
    ):
        changed = first.patch(CONFIG, json={"limit": 42}, headers={"prefer": "wait=20"})
        assert (changed.json()["complete"], len(changed.json()["members"])) == (True, 2)
        assert second.get("/word").json()["limit"] == 42
        tag = second.get(CONFIG).headers["etag"]
        assert tag == changed.headers["etag"], "a tag that one replica gave holds at the others"
        assert second.patch(CONFIG, json={"limit": 43}, headers={"if-match": tag}).status_code == 200
        assert first.patch(CONFIG, json={"limit": 44}, headers={"if-match": tag}).status_code == 412
        assert {record["after"]["config"]["limit"] for record in first.get("/admin/audit").json()["records"]} == {
            42,
            43,
        }

        redis_server.kill()
        refused = first.patch(CONFIG, json={"limit": 50})
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert first.get("/admin/audit").status_code == 503
        status = first.get("/admin/status").json()
        assert (status["storage"]["available"], bool(status["storage"]["reason"])) == (False, True)
        assert first.get(CONFIG).json()["limit"] == first.get("/word").json()["limit"] == 43
        redis_server.start()
        end = time.monotonic() + 30
        while (again := second.patch(CONFIG, json={"limit": 51}, headers={"prefer": "wait=20"})).status_code == 503:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert again.json()["complete"] is True
        assert first.get("/word").json()["limit"] == 51


def test_the_token_that_is_printed_opens_the_door(tmp_path):
    with running(tmp_path, {"words": WORDS}, environment={"ROUTEIQ_ADMIN_TOKEN": ""}) as gateway:
        token = re.search(r"/admin  token (\S+)", gateway.printed)
        assert token is not None
        with gateway.client(token[1]) as client:
            assert client.get("/admin/plugins").status_code == 200
        assert token[1] not in gateway.log


def test_the_admin_api_can_be_left_out(tmp_path):
    with running(tmp_path, {"words": WORDS}, {"admin": {"enabled": False}}) as gateway, gateway.client() as client:
        assert client.get("/admin/plugins").status_code == 404
        assert "admin" not in gateway.printed
