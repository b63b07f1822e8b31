"""`/metrics` on a socket: read by prometheus_client's parsers, right over several workers, also when one is killed."""

import asyncio
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
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from routeiq_plugin_sdk import StreamWindow
from tests.fakes.tracer import NotingTracer

OPENMETRICS = {"accept": "application/openmetrics-text;version=1.0.0"}
CHAT = {"model": "up", "messages": [{"role": "user", "content": "hello"}]}


def samples(families):
    return {(one.name, *(value for _, value in sorted(one.labels.items()))): one for f in families for one in f.samples}


async def scrape(url, **options):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/metrics", **options)
    answer.raise_for_status()
    return answer


async def figures(url):
    text = await scrape(url)
    openmetrics = await scrape(url, headers=OPENMETRICS)
    one, other = samples(read_text(text.text)), samples(read_openmetrics(openmetrics.text))
    assert one.keys() == other.keys()
    return {name: sample.value for name, sample in one.items()}


def served_by(upstream):
    params = {"model": "openai/gpt-x", "api_base": upstream.url, "api_key": "k"}
    return {"model_list": [{"model_name": "up", "litellm_params": params, "model_info": {"input_cost_per_token": 0.5}}]}


async def test_what_requests_calls_and_plugins_did_is_told(gateway, plugin, upstream, replies):
    async def request(request, context):
        context.metrics.counter("hits", "Hits.", ["path"]).inc(path=request.path)

    async def llm_pre_call(): ...

    async def response(): ...

    async def llm_failure():
        raise ValueError("no")

    one = await gateway(plugin("p", request, llm_pre_call, response, llm_failure), settings=served_by(upstream))
    async with httpx.AsyncClient(base_url=one.url) as client:
        assert (await client.post("/v1/chat/completions", json=CHAT)).status_code == 200
        streamed = await client.post("/v1/chat/completions", json={**CHAT, "stream": True})
        assert "usage" not in streamed.text
        upstream.default = replies.respond(400, {"error": {"message": "bad"}})
        assert (await client.post("/v1/chat/completions", json=CHAT)).status_code == 400
        assert (await client.post("/v1/chat/completions", json={**CHAT, "model": "none"})).status_code == 404
        assert (await client.get("/nowhere")).status_code == 404
    told = await figures(one.url)
    assert told["routeiq_http_requests_total", "POST", "200"] == 2
    assert told["routeiq_http_requests_total", "POST", "404"] == 1
    assert told["routeiq_http_requests_total", "GET", "404"] == 1
    assert told["routeiq_http_request_duration_seconds_count", "POST"] == 4
    assert told["routeiq_http_requests_in_progress",] == 0
    assert told["routeiq_llm_calls_total", "chat", "up", "success"] == 2
    assert told["routeiq_llm_calls_total", "chat", "up", "failed"] == 1
    assert told["routeiq_llm_calls_total", "chat", "other", "failed"] == 1
    assert told["routeiq_llm_tokens_total", "prompt", "up"] == 4
    assert told["routeiq_llm_tokens_total", "completion", "up"] == 6
    assert told["routeiq_llm_cost_dollars_total", "up"] == 2.0
    assert told["routeiq_llm_time_to_first_token_seconds_count", "chat", "up"] == 1
    assert told["routeiq_hook_calls_total", "request", "p"] == 5
    assert told["routeiq_hook_calls_total", "llm_pre_call", "p"] == 4
    assert told["routeiq_hook_errors_total", "llm_failure", "p"] == 2
    assert told["routeiq_hook_duration_seconds_count", "request", "p"] >= 1
    assert told["routeiq_plugin_state", "p", "active"] == 1
    assert told["routeiq_plugin_quarantined", "p"] == 0
    assert told["routeiq_plugin_p_hits_total", "/v1/chat/completions"] == 4
    assert told["routeiq_workers",] == 1
    assert told["process_resident_memory_bytes",] > 1_000_000


async def test_what_plugins_add_before_the_first_chunk_is_told(gateway, plugin, upstream, replies):
    async def request():
        await asyncio.sleep(0.03)

    async def llm_stream_window(window): ...

    upstream.default = replies.stream("one ", "two ", "three ", pause=0.05)
    one = await gateway(
        plugin("slow", request),
        plugin("guard", llm_stream_window, stream_window=StreamWindow(size=12, overlap=0)),
        settings=served_by(upstream),
    )
    async with httpx.AsyncClient(base_url=one.url) as client:
        assert "three" in (await client.post("/v1/chat/completions", json={**CHAT, "stream": True})).text
    told = await figures(one.url)
    name = "routeiq_plugin_time_to_first_token_seconds"
    assert (told[f"{name}_count", "slow"], told[f"{name}_count", "guard"]) == (1, 1)
    assert told[f"{name}_sum", "slow"] >= 0.03
    assert told[f"{name}_sum", "guard"] >= 0.09  # two pauses, until twelve characters had come


async def test_a_plugin_that_refuses_everything_is_not_in_the_way(gateway, plugin):
    async def request():
        raise ValueError("broken")

    one = await gateway(plugin("p", request, failure_mode="abort"))
    async with httpx.AsyncClient(base_url=one.url) as client:
        assert (await client.get("/v1/models")).status_code == 500
        assert (await client.head("/metrics")).content == b""
    told = await figures(one.url)
    assert told["routeiq_hook_errors_total", "request", "p"] == 1
    assert ("routeiq_http_requests_total", "GET", "200") not in told  # scrapes are no requests of the plugins'


async def test_a_plugin_that_is_set_aside_shows(gateway, plugin, eventually):
    def request():
        raise ValueError("broken")

    one = await gateway(plugin("p", request, failure_mode="quarantine"))
    async with httpx.AsyncClient(base_url=one.url) as client:
        for _ in range(5):
            await client.get("/v1/models")
    told = await figures(one.url)
    assert told["routeiq_plugin_quarantined", "p"] == 1
    assert told["routeiq_plugin_state", "p", "quarantined"] == 1


async def test_figures_lead_to_traces_in_openmetrics(gateway):
    one = await gateway()
    one.manager.add_tracer(NotingTracer(exemplar={"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}))
    async with httpx.AsyncClient(base_url=one.url) as client:
        await client.get("/v1/models")
    answer = await scrape(one.url, headers=OPENMETRICS)
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    found = [one.exemplar for one in samples(read_openmetrics(answer.text)).values() if one.exemplar]
    assert [exemplar.labels["trace_id"] for exemplar in found] == ["4bf92f3577b34da6a3ce929d0e0e4736"]


PLUGIN = """
import os
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

metadata = PluginMetadata(name="who", version="1", capabilities={PluginCapability.MIDDLEWARE})

@hookimpl
def request(request):
    return PluginResponse.text(str(os.getpid()))
"""


@pytest.fixture
def workers(tmp_path):
    """The URL of a gateway of two workers, each of which says which process it is."""
    (tmp_path / "who_plugin.py").write_text(PLUGIN)
    settings = {"storage": "memory", "server": {"workers": 2, "port": 0}}
    (tmp_path / "routeiq.yaml").write_text(yaml.safe_dump(settings))
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "ROUTEIQ_PLUGINS": "who_plugin"}
    with (tmp_path / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "routeiq.cli", "serve"],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    announced = re.search(r"http://[\d.:]+\d", process.stdout.readline())
    assert announced is not None, (tmp_path / "stderr").read_text()
    yield announced[0]
    process.terminate()
    process.communicate(timeout=30)


def asked(url):
    """Ask some worker, on a connection of its own."""
    return httpx.get(f"{url}/x", headers={"connection": "close"}).text


def totals(url):
    text = httpx.get(f"{url}/metrics", headers={"connection": "close"}).raise_for_status().text
    told = samples(read_text(text))
    counted = {
        name: sample.value
        for name, sample in told.items()
        if name[0].startswith("routeiq_") and name[0].endswith(("_total", "_count", "_bucket", "_sum"))
    }
    return counted, told["routeiq_workers",].value


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.processes
def test_totals_of_two_workers_never_fall_when_one_is_killed(workers):
    until(lambda: totals(workers)[1] == 2)
    told: dict[tuple[str, ...], float] = {}
    processes = set()
    served = 0
    for attempt in range(60):
        processes.add(who := asked(workers))
        served += 1
        now, _ = totals(workers)
        assert {name for name, value in told.items() if now.get(name, -1) < value} == set()
        assert now["routeiq_hook_calls_total", "request", "who"] == served
        told = now
        if attempt in (20, 40):
            os.kill(int(who), signal.SIGKILL)
            until(lambda: not Path("/proc", who).exists())
    until(lambda: totals(workers)[1] == 2)
    assert len(processes) >= 3
    assert totals(workers)[0]["routeiq_http_requests_total", "GET", "200"] == served
