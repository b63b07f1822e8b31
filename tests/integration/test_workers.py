"""Workers of one gateway as processes: killed in the middle of what they do, replaced one after the other, signalled.

The gateway runs with an application of its own beside it, which says what each worker knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml
from tests.fakes.ports import free_port

pytestmark = pytest.mark.processes

MAIN = """
import sys
from pathlib import Path
from routeiq.cli.output import failures_told
from routeiq.core.logging import configure_logging
from routeiq.gateway.server import run
from routeiq.gateway.settings import GatewaySettings

if __name__ == "__main__":
    configure_logging()
    read = lambda: GatewaySettings.load(Path("routeiq.yaml"), {})
    with failures_told():
        run(read(), application="workers_application:application", refresh=read)
"""

APPLICATION = """
import asyncio, os
from routeiq.gateway import serving
from routeiq.gateway.group import ConversationLost
from starlette.responses import JSONResponse
from starlette.applications import Starlette
from starlette.routing import Route

def application(settings, *, group, access):
    gateway = serving.application(settings, group=group, access=access)
    facts = {"number": group.number, "pid": os.getpid(), "reloads": 0, "lost": [], "in": []}
    tasks = set()

    async def tell(payload=None):
        return {**facts, "lead": group.lead, "directory": str(group.directory)}

    async def all_facts(request):
        answers = await group.ask("facts")
        return JSONResponse({"own": await tell(), "others": list(answers.values()), "retiring": answers.retiring})

    async def hold(conversation):
        facts["in"].append(conversation.number)
        try:
            await conversation.receive()
        except ConversationLost as error:
            facts["lost"].append(error.number)
            raise

    async def converse():
        async with group.converse("hold") as peers:
            facts["in"] += [peer.number for peer in peers]
            async with asyncio.TaskGroup() as waiting:
                for peer in peers:
                    waiting.create_task(wait(peer))

    async def wait(peer):
        await peer.wait_lost()
        facts["lost"].append(peer.number)

    async def begin(request):
        tasks.add(asyncio.create_task(converse()))
        return JSONResponse(await tell())

    async def reload():
        facts["reloads"] += 1

    async def admin(request):
        identity = access.verify(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse({"name": identity and identity.name, "pid": os.getpid()})

    group.answer("facts", tell)
    group.serve("hold", hold)
    gateway.on_reload.append(reload)
    gateway.mount("/facts", Starlette(routes=[Route("/", all_facts), Route("/converse", begin)]))
    gateway.mount("/admin", Starlette(routes=[Route("/", admin)]))
    return gateway
"""

SLOW = """
import asyncio
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="slow", version="1", failure_mode="abort", capabilities={PluginCapability.MIDDLEWARE})

@hookimpl
async def llm_stream_chunk(chunk):
    await asyncio.sleep(0.1)
"""

WORDS = 40


class Gateway:
    """A parent with its workers."""

    def __init__(self, folder: Path, port: int, env: dict[str, str]) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUTEIQ_")}
        search = [str(folder), *filter(None, [environment.get("PYTHONPATH")])]
        environment |= {"PYTHONPATH": os.pathsep.join(search), "ROUTEIQ_PLUGINS_ALLOWLIST": "workers_slow", **env}
        environment |= {"ROUTEIQ_PLUGINS": "workers_slow", "TMPDIR": str(folder / "tmp")}
        with (folder / "out").open("w") as out, (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "workers_main.py"], cwd=folder, env=environment, stdout=out, stderr=log
            )

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    async def facts(self) -> dict[int, dict[str, object]]:
        """Return what each worker that takes requests knows, by its number."""
        # A connection for each question, so that any worker may get it.
        async with httpx.AsyncClient(base_url=self.url) as client:
            told = (await client.get("/facts/", timeout=10)).json()
        return {one["number"]: one for one in (*told["others"], told["own"])}

    async def until(self, condition, patience: float = 30.0) -> dict[int, dict[str, object]]:
        """Return what workers know once the condition holds for it."""
        async with asyncio.timeout(patience):
            while True:
                assert self.process.poll() is None, self.log
                with contextlib.suppress(httpx.TransportError):
                    facts = await self.facts()
                    if condition(facts):
                        return facts
                await asyncio.sleep(0.05)

    async def until_log(self, pattern: str, patience: float = 30.0) -> None:
        async with asyncio.timeout(patience):
            while not re.search(pattern, self.log):
                await asyncio.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        self.signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
async def start(tmp_path):
    """start(workers, env={}, **server): a gateway whose workers have all found each other."""
    running = []

    async def start(workers: int, env: dict[str, str] | None = None, **server: object) -> Gateway:
        port = free_port()
        (tmp_path / "workers_main.py").write_text(MAIN)
        (tmp_path / "workers_application.py").write_text(APPLICATION)
        (tmp_path / "workers_slow.py").write_text(SLOW)
        (tmp_path / "tmp").mkdir()
        settings = {"server": {"port": port, "workers": workers, "shutdown_timeout": 5, **server}}
        (tmp_path / "routeiq.yaml").write_text(yaml.safe_dump(settings))
        running.append(Gateway(tmp_path, port, env or {}))
        await running[-1].until(lambda facts: len(facts) == workers)
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.signal(signal.SIGTERM)
            try:
                one.process.wait(20)
            except subprocess.TimeoutExpired:
                one.process.kill()
                pytest.fail(f"SIGTERM did not end the gateway:\n{one.log}")


def leads(facts):
    return [number for number, one in facts.items() if one["lead"]]


def exists(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_a_reload_reaches_the_one_worker_that_leads_and_nothing_is_left_at_the_end(start):
    gateway = await start(3)
    facts = await gateway.until(lambda facts: leads(facts) and len(facts) == 3)
    directory = Path(facts[0]["directory"])
    assert len(leads(facts)) == 1
    assert len(list(directory.iterdir())) == 3
    gateway.signal(signal.SIGHUP)
    facts = await gateway.until(lambda facts: any(one["reloads"] for one in facts.values()))
    await asyncio.sleep(0.2)
    facts = await gateway.facts()
    assert [number for number, one in facts.items() if one["reloads"]] == leads(facts)
    assert sum(one["reloads"] for one in facts.values()) == 1
    assert gateway.end() == 0
    assert not directory.exists()
    assert "Traceback" not in gateway.log


async def test_workers_notice_at_once_that_one_was_killed_and_its_successor_joins(start):
    gateway = await start(3)
    facts = await gateway.until(leads)
    async with httpx.AsyncClient() as client:
        asker = (await client.get(f"{gateway.url}/facts/converse")).json()
    others = set(facts) - {asker["number"]}
    facts = await gateway.until(lambda facts: sorted(facts[asker["number"]]["in"]) == sorted(others))
    [leader] = leads(facts)
    # First one that was asked, then the one who asked.
    victim = max(others)
    [left] = others - {victim}
    os.kill(facts[victim]["pid"], signal.SIGKILL)
    await gateway.until(lambda now: now[asker["number"]]["lost"] == [victim], patience=5)
    os.kill(asker["pid"], signal.SIGKILL)
    await gateway.until(lambda now: left in now and now[left]["lost"] == [asker["number"]], patience=5)
    before = {one["pid"] for one in facts.values()}
    now = await gateway.until(lambda now: len(now) == 3 and len(leads(now)) == 1)
    assert {one["pid"] for one in now.values()} & before == {facts[left]["pid"]}
    assert leads(now) == [leader] if leader == left else [leads(now)[0]]


async def test_another_worker_leads_when_the_one_that_led_was_killed(start):
    gateway = await start(2)
    facts = await gateway.until(leads)
    [first] = leads(facts)
    os.kill(facts[first]["pid"], signal.SIGKILL)
    await gateway.until(lambda now: leads(now) == [1 - first], patience=5)
    now = await gateway.until(lambda now: len(now) == 2)
    assert leads(now) == [1 - first]  # who leads does so to its end


async def stream(client, count):
    """Return the words of a slow stream."""
    text = " ".join(f"w{number}" for number in range(count))
    body = {"model": "echo", "messages": [{"role": "user", "content": text}], "stream": True}
    received = []
    async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            received += re.findall(r'"content":\s*"([^"]*)"', line)
    return "".join(received) == text


async def test_workers_are_replaced_one_after_the_other_without_a_failed_request(start):
    gateway = await start(2)
    before = {one["pid"] for one in (await gateway.facts()).values()}
    statuses, failures, stop = [], [], asyncio.Event()
    body = {"model": "echo", "messages": [{"role": "user", "content": "hello"}]}

    async def ask(client):
        while not stop.is_set():
            try:
                statuses.append((await client.post("/v1/chat/completions", json=body)).status_code)
            except httpx.HTTPError as error:
                failures.append(repr(error))
            await asyncio.sleep(0.01)

    async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
        streams = [asyncio.create_task(stream(client, WORDS)) for _ in range(8)]
        asking = [asyncio.create_task(ask(client)) for _ in range(8)]
        await asyncio.sleep(0.5)
        gateway.signal(signal.SIGUSR2)
        late = [asyncio.create_task(stream(client, WORDS))]
        await gateway.until_log("rolling restart: done")
        assert all(await asyncio.gather(*streams, *late))
        await asyncio.sleep(0.5)
        stop.set()
        await asyncio.gather(*asking)
    assert (failures, set(statuses)) == ([], {200})
    now = await gateway.until(lambda now: len(now) == 2 and len(leads(now)) == 1)
    assert not {one["pid"] for one in now.values()} & before
    async with asyncio.timeout(15):
        while any(map(exists, before)):
            await asyncio.sleep(0.05)
    assert [match[1] for match in re.finditer(r"took the place of \d+ \((\d of \d)\)", gateway.log)] == [
        "1 of 2",
        "2 of 2",
    ]
    assert gateway.end() == 0
    assert "Traceback" not in gateway.log


async def test_streams_outlast_a_shutdowns_limit_when_workers_are_replaced_and_end_with_all(start):
    gateway = await start(2, shutdown_timeout=1)
    async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
        streams = [asyncio.create_task(stream(client, 80)) for _ in range(4)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        gateway.signal(signal.SIGUSR2)
        await gateway.until_log("rolling restart: done")
        assert all(await asyncio.gather(*streams))
        assert time.monotonic() - began > 5
        # The same again; now all is to end, and nothing waits for streams any longer than it ever does.
        streams = [asyncio.create_task(stream(client, 400)) for _ in range(4)]
        await asyncio.sleep(0.5)
        gateway.signal(signal.SIGUSR2)
        await gateway.until_log("rolling restart: done(.|\n)*rolling restart: done")
        assert gateway.end() == 0
        await asyncio.gather(*streams, return_exceptions=True)


async def test_a_new_worker_that_cannot_start_leaves_the_others_serving(start):
    gateway = await start(2)
    before = {one["pid"] for one in (await gateway.facts()).values()}
    (gateway.folder / "workers_slow.py").write_text(
        SLOW + "\n@hookimpl\ndef startup(app):\n    raise ValueError('no')\n"
    )
    gateway.signal(signal.SIGUSR2)
    await gateway.until_log("rolling restart: given up.*plugin 'slow'.*no")
    (gateway.folder / "routeiq.yaml").write_text("server: {workers: many}")
    gateway.signal(signal.SIGUSR2)
    await gateway.until_log("rolling restart: not begun.*server.workers")
    assert {one["pid"] for one in (await gateway.facts()).values()} == before
    # What was wrong is mended, and the settings are read anew.
    (gateway.folder / "workers_slow.py").write_text(SLOW)
    settings = {"model_list": [{"model_name": "new", "litellm_params": {"model": "echo/x"}}]}
    (gateway.folder / "routeiq.yaml").write_text(yaml.safe_dump(settings))
    gateway.signal(signal.SIGUSR2)
    await gateway.until_log("rolling restart: done")
    async with httpx.AsyncClient() as client:
        models = (await client.get(f"{gateway.url}/v1/models")).json()
    assert [model["id"] for model in models["data"]] == ["new"]


async def test_nothing_is_left_of_a_gateway_whose_parent_was_killed(start):
    gateway = await start(2)
    facts = await gateway.facts()
    gateway.process.kill()
    gateway.process.wait()
    async with asyncio.timeout(15):
        while any(exists(one["pid"]) for one in facts.values()):
            await asyncio.sleep(0.05)
    assert not Path(facts[0]["directory"]).exists()


async def admitted(gateway, token):
    """Return as whom each worker admits a token, by the worker's process."""
    found = {}
    for _ in range(100):
        async with httpx.AsyncClient() as client:
            told = (await client.get(f"{gateway.url}/admin/", headers={"authorization": f"Bearer {token}"})).json()
        found[told["pid"]] = told["name"]
        if len(found) == 2:
            break
    return list(found.values())


async def test_all_workers_take_the_token_that_was_made_and_printed_once(start):
    gateway = await start(2)
    printed = (gateway.folder / "out").read_text()
    [token] = re.findall(r"  admin     http://127.0.0.1:\d+/admin  token (\S{43})\n", printed)
    assert await admitted(gateway, token) == ["printed", "printed"]
    assert await admitted(gateway, f"{token}x") == [None, None]
    assert token not in gateway.log
    for one in (await gateway.facts()).values():
        assert token.encode() not in Path(f"/proc/{one['pid']}/cmdline").read_bytes()
    gateway.signal(signal.SIGUSR2)
    await gateway.until_log("rolling restart: done")
    await gateway.until(lambda facts: len(facts) == 2)
    assert await admitted(gateway, token) == ["printed", "printed"]


async def test_the_token_of_the_environment_is_not_printed(start):
    gateway = await start(2, env={"ROUTEIQ_ADMIN_TOKEN": "accept-token-accept-token"})
    assert await admitted(gateway, "accept-token-accept-token") == ["environment", "environment"]
    assert "accept-token" not in (gateway.folder / "out").read_text() + gateway.log
