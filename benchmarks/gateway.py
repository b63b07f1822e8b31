"""Whole gateways: CPU time of a chat completion, beside Envoy where it is installed; workers; memory; start.

The gateway runs on one core, the upstream and the client on the other.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .table import Row
from .timing import ratio

GATEWAY, OTHER, BOTH = 0, 1, "0,1"  # cores
PLUGIN = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
metadata = PluginMetadata(name="bench-{number}", capabilities={{PluginCapability.MIDDLEWARE}})
@hookimpl
async def request(request):
    request.headers.get("content-type")
@hookimpl
async def llm_pre_call(model, messages):
    len(messages)
@hookimpl
async def llm_success(model, response):
    pass
@hookimpl
async def response_headers(response):
    return response.with_headers({{"x-bench-{number}": "1"}})
"""
LUA = (
    'function envoy_on_request(h) h:headers():add("x-bench-{n}", "1") end\n'
    'function envoy_on_response(h) h:headers():add("x-bench-{n}", "1") end'
)
TYPE = "type.googleapis.com/envoy.extensions.filters."


@contextmanager
def our_gateway(
    folder: Path, upstream: int, plugins: int, workers: int = 1, core: int | str = GATEWAY
) -> Iterator[tuple[int, int, float]]:
    """Run our gateway; gives its port, its process, and the seconds until it was ready."""
    for number in range(plugins):
        (folder / f"bench_plugin_{number}.py").write_text(PLUGIN.format(number=number))
    params = {"model": "openai/bench", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "none"}
    (folder / "routeiq.yaml").write_text(
        json.dumps({"model_list": [{"model_name": "bench", "litellm_params": params}]})
    )
    port = processes.free_port()
    command = [
        str(Path(sys.executable).with_name("routeiq")), "serve", "--port", str(port), "--workers", str(workers),
        "--config", str(folder / "routeiq.yaml"),
    ]  # fmt: skip
    environment = {
        "PYTHONPATH": str(folder),
        "ROUTEIQ_PLUGINS": ",".join(f"bench_plugin_{number}" for number in range(plugins)),
        "ROUTEIQ_PLUGINS_ALLOWLIST": ",".join(f"bench_plugin_{number}" for number in range(plugins)),
    }
    with processes.running(
        command, port, core=core, folder=folder, path="/health/ready", environment=environment
    ) as started:
        yield port, started[0].pid, started[1]


@contextmanager
def envoy(folder: Path, upstream: int, filters: int) -> Iterator[tuple[int, int, float]]:
    """Run Envoy with so many Lua filters that do what our plugins do."""
    port = processes.free_port()
    address = {"address": "127.0.0.1", "port_value": upstream}
    lua = [
        {
            "name": f"lua{n}",
            "typed_config": {
                "@type": TYPE + "http.lua.v3.Lua",
                "default_source_code": {"inline_string": LUA.replace("{n}", str(n))},
            },
        }
        for n in range(filters)
    ]
    router = {"name": "router", "typed_config": {"@type": TYPE + "http.router.v3.Router"}}
    route = {
        "virtual_hosts": [
            {
                "name": "all",
                "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0s"}}],
            }
        ]
    }
    connection_manager = {
        "@type": TYPE + "network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench", "route_config": route, "http_filters": [*lua, router],
    }  # fmt: skip
    endpoint = {"endpoint": {"address": {"socket_address": address}}}
    cluster = {
        "name": "up", "type": "STATIC", "connect_timeout": "5s",
        "load_assignment": {"cluster_name": "up", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }  # fmt: skip
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": connection_manager}]}],
    }
    (folder / "envoy.json").write_text(
        json.dumps({"static_resources": {"clusters": [cluster], "listeners": [listener]}})
    )
    binary = envoy_binary()
    assert binary is not None
    command = [binary, "-c", str(folder / "envoy.json"), "--concurrency", "1", "-l", "error", "--use-dynamic-base-id"]
    with processes.running(command, port, core=GATEWAY, folder=folder, path="POST /v1/chat/completions") as started:
        yield port, started[0].pid, started[1]


def envoy_binary() -> str | None:
    """Return where Envoy is installed, or None."""
    beside = Path(sys.executable).with_name("envoy")
    return str(beside) if beside.exists() else shutil.which("envoy")


@dataclass(frozen=True, slots=True)
class Case:
    """A gateway under a load."""

    port: int
    pid: int
    connections: int = 32
    stream: bool = False
    core: int | str = OTHER  # of the client

    def cpu_per_request(self, requests: int) -> float:
        """Return microseconds of the gateway's CPU time for one request."""
        before = processes.cpu_seconds(self.pid)
        processes.load(self.port, core=self.core, connections=self.connections, requests=requests, stream=self.stream)
        return (processes.cpu_seconds(self.pid) - before) / requests * 1e6


def in_turn(cases: Mapping[str, Case], requests: int, rounds: int) -> dict[str, list[float]]:
    """Return for each case a figure for each round; one after the other, so that a noisy minute meets them all."""
    figures: dict[str, list[float]] = {name: [] for name in cases}
    for current in range(rounds + 1):
        for name, case in cases.items():
            count = requests // 10 if case.stream else requests
            figure = case.cpu_per_request(count if current else count // 4)
            if current:
                figures[name].append(figure)
    return figures


def main(quick: bool) -> list[Row]:
    """Run it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = processes.free_port()
        command = [sys.executable, "-m", "benchmarks.upstream", str(upstream)]
        root = {"PYTHONPATH": str(Path(__file__).parents[1])}
        stack.enter_context(
            processes.running(command, upstream, core=OTHER, folder=folder, path="POST /", environment=root)
        )
        return [*speed(folder, upstream, quick), *workers(folder, upstream, quick), *memory(folder, upstream, quick)]


def speed(folder: Path, upstream: int, quick: bool) -> list[Row]:
    """Return what a request costs, the gateways side by side."""
    with ExitStack() as stack:
        port, pid, seconds = stack.enter_context(our_gateway(folder, upstream, plugins=5))
        cases = {
            "one": Case(port, pid),
            "stream": Case(port, pid, connections=8, stream=True),
        }
        if envoy_binary() is not None:
            envoy_port, envoy_pid, _ = stack.enter_context(envoy(folder, upstream, filters=5))
            cases["envoy"] = Case(envoy_port, envoy_pid)
        figures = in_turn(cases, *((3_000, 3) if quick else (10_000, 7)))
    median = {name: statistics.median(values) for name, values in figures.items()}
    rows = [
        Row("gateway", "routeiq serve is ready", seconds, "s", 1.5),
        Row("gateway", "chat completion, 5 plugins", median["one"], "us CPU"),
        Row("gateway", "streamed, 53 events, 5 plugins", median["stream"], "us CPU"),
    ]
    if "envoy" in figures:
        note = f"5 Lua filters, {median['envoy']:.0f} us"
        rows.append(Row("gateway", "chat completion, to Envoy's", ratio(figures, "one", "envoy"), "x", 2.5, note=note))
    return rows


def workers(folder: Path, upstream: int, quick: bool) -> list[Row]:
    """Return what a request costs with two workers, all processes on both cores.

    On one core the workers would push each other out of its caches, which is not what sharing nothing is about.
    """
    with ExitStack() as stack:
        one, one_pid, _ = stack.enter_context(our_gateway(folder, upstream, plugins=5, core=BOTH))
        two, two_pid, _ = stack.enter_context(our_gateway(folder, upstream, plugins=5, workers=2, core=BOTH))
        cases = {
            "one": Case(one, one_pid, core=BOTH),
            "two": Case(two, two_pid, connections=64, core=BOTH),
        }
        figures = in_turn(cases, *((3_000, 5) if quick else (6_000, 9)))
    return [Row("gateway", "two workers, CPU per request", ratio(figures, "two", "one"), "x", 1.05, note="one worker")]


def memory(folder: Path, upstream: int, quick: bool) -> list[Row]:
    """Return how memory grows over many requests, and with many streams at once."""
    many = 20_000 if quick else 90_000
    with our_gateway(folder, upstream, plugins=5) as (port, pid, _):
        processes.load(port, core=OTHER, connections=32, requests=10_000)
        early = processes.peak_rss(pid)
        processes.load(port, core=OTHER, connections=32, requests=many)
        late = processes.peak_rss(pid)
    with our_gateway(folder, upstream, plugins=5) as (port, pid, _):
        processes.load(port, core=OTHER, connections=1_000, requests=1_000, stream=True)
        first = processes.peak_rss(pid)
        for _ in range(2 if quick else 9):
            processes.load(port, core=OTHER, connections=1_000, requests=1_000, stream=True)
        last = processes.peak_rss(pid)
    return [
        Row(
            "memory",
            f"peak after {10_000 + many:,} requests",
            late / early,
            "x",
            1.05,
            note=f"after 10,000: {early:.0f} MiB",
        ),
        Row(
            "memory",
            "peak after rounds of 1,000 streams at once",
            last / first,
            "x",
            1.05,
            note=f"after the first: {first:.0f} MiB",
        ),
    ]
