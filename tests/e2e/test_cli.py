"""The command line as people use it: processes, signals and sockets."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.telemetry import collecting

from .conftest import CLEAN, ROUTEIQ, Process, Serve

pytestmark = pytest.mark.each_python

SLOW_STREAM = """
import asyncio
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="slow", version="1", capabilities={PluginCapability.MIDDLEWARE})

@hookimpl
async def llm_stream_chunk(chunk):
    await asyncio.sleep(0.15)
"""

TALKING = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="talking", version="1", capabilities={PluginCapability.MIDDLEWARE})

@hookimpl
def llm_pre_call(context):
    context.logger.info("a call")
"""

FAILING = """
from routeiq_plugin_sdk import PluginMetadata, hookimpl

metadata = PluginMetadata(name="failing", version="1", failure_mode="abort")

@hookimpl
def startup(app):
    raise ValueError("the database is away")
"""


Start = Callable[..., Process]


@pytest.fixture
def start(serve: Serve) -> Start:
    """start(*options, plugin=None, files={}, env={}): a gateway, its start not waited for, with no admin token set."""

    def start(
        *options: str,
        plugin: str | None = None,
        files: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
    ) -> Process:
        plugins = {} if plugin is None else {"e2e_cli_plugin.py": plugin}
        variables = {"ROUTEIQ_ADMIN_TOKEN": "", "ROUTEIQ_PLUGINS": "e2e_cli_plugin" if plugins else "", **(env or {})}
        return serve(*options, files={**(files or {}), **plugins}, ready=False, **variables)

    return start


def chat(gateway: Process, text: str, **more: Any) -> Any:
    body = {"model": "echo", "messages": [{"role": "user", "content": text}], **more}
    request = urllib.request.Request(
        f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    return urllib.request.urlopen(request, timeout=20)


def test_it_serves_echo_with_no_configuration_and_says_how_to_try_it(start: Start) -> None:
    gateway = start()
    gateway.wait_until_ready()
    with chat(gateway, "hello there") as answer:
        assert json.loads(answer.read())["choices"][0]["message"]["content"] == "hello there"
    status, printed, _ = gateway.end()
    lines = printed.splitlines()
    assert status == 0
    assert lines[0].endswith(f"serves {gateway.url}")
    assert "echo" in lines[2]
    assert lines[3].split()[0] == "plugins"
    assert f"curl {gateway.url}/v1/chat/completions" in lines[-1]


def test_the_command_that_it_prints_works(start: Start) -> None:
    gateway = start()
    printed = gateway.until(lambda: gateway.printed if "try it" in gateway.printed else None)
    line = next(line for line in printed.splitlines() if line.strip().startswith("try it"))
    done = subprocess.run(
        line.partition("try it")[2], shell=True, capture_output=True, text=True, timeout=20, check=False
    )
    if done.returncode == 127:
        pytest.skip("this machine has no curl")
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "hello"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_running_stream_is_finished_after_sigterm(start: Start, workers: str) -> None:
    gateway = start("--workers", workers, plugin=SLOW_STREAM)
    gateway.wait_until_ready()
    with chat(gateway, "one two three four five six", stream=True) as answer:
        first = answer.readline()
        began = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        rest = answer.read().decode()
    assert time.monotonic() - began > 0.4
    assert rest.rstrip().endswith("data: [DONE]")
    events = [json.loads(line[6:]) for line in (first.decode() + rest).splitlines() if line.startswith("data: {")]
    said = "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])
    assert said == "one two three four five six"
    assert gateway.end()[0] == 0


def test_a_stream_that_is_too_long_is_cut_off_at_the_limit(start: Start) -> None:
    gateway = start(plugin=SLOW_STREAM, files={"routeiq.yaml": "server: {shutdown_timeout: 1}"})
    gateway.wait_until_ready()
    with chat(gateway, "word " * 200, stream=True) as answer:
        answer.readline()
        began = time.monotonic()
        status, _, _ = gateway.end()
        assert 0.8 < time.monotonic() - began < 10
    assert status == 0


def test_two_workers_answer_and_one_that_dies_is_replaced(start: Start) -> None:
    gateway = start("--workers", "2")
    gateway.wait_until_ready()
    gateway.until(lambda: gateway.log.count(" serves") == 2)
    worker = int(re.findall(r"worker (\d+) serves", gateway.log)[0])
    os.kill(worker, signal.SIGKILL)
    gateway.until(lambda: gateway.log.count(" serves") == 3)
    for _ in range(10):
        with chat(gateway, "still here") as answer:
            assert b"still here" in answer.read()
    status, printed, errors = gateway.end()
    assert status == 0
    assert f"worker {worker} is replaced" in errors
    assert printed.count("try it") == 1
    assert not _children(gateway.process.pid)


def test_workers_tell_a_collector_of_every_request_and_logs_lead_to_it(start: Start) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "east"}
        gateway = start("--workers", "2", plugin=TALKING, env=variables)
        gateway.wait_until_ready()
        for _ in range(20):
            with chat(gateway, "hello") as answer:
                answer.read()
        status, _, errors = gateway.end()
    assert status == 0
    spans = collector.spans
    assert sorted(span.name for span in spans) == ["POST /v1/chat/completions"] * 20 + ["chat echo"] * 20
    assert {span.resource["service.name"] for span in spans} == {"east"}
    assert {span.resource["routeiq.worker"] for span in spans} <= {0, 1}
    told = [json.loads(line) for line in errors.splitlines() if '"a call"' in line]
    calls = {(span.trace, span.id) for span in spans if span.name == "chat echo"}
    assert {(record["trace_id"], record["span_id"]) for record in told} == calls


def _children(pid: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.add(int(path.parent.name))
    return found


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_plugin_that_must_start_and_cannot_is_one_message(start: Start, workers: str) -> None:
    gateway = start("--workers", workers, plugin=FAILING)
    status, printed, errors = gateway.ended()
    assert (status, printed) == (1, "")
    assert "Traceback" not in errors
    [line] = [line for line in errors.splitlines() if line.startswith("routeiq:")]
    assert "'failing'" in line
    assert "the database is away" in line


def test_a_port_that_is_taken_is_one_message(start: Start) -> None:
    first = start()
    first.wait_until_ready()
    second = start("--port", str(first.port))
    status, printed, errors = second.ended()
    assert (status, printed) == (1, "")
    [line] = errors.splitlines()
    assert line.startswith(f"routeiq: cannot listen at 127.0.0.1 port {first.port}: Address already in use")


def test_a_file_in_the_working_directory_is_used_and_said(start: Start) -> None:
    gateway = start(
        files={
            "routeiq.yaml": """
            model_list:
              - model_name: parrot
                litellm_params: {model: echo/parrot, mock_response: x}
            """
        }
    )
    gateway.wait_until_ready()
    assert [model["id"] for model in gateway.call("GET", "/v1/models")[1]["data"]] == ["parrot"]
    _, printed, errors = gateway.end()
    assert "routeiq.yaml" in printed
    assert "model_list.0 (parrot): litellm_params.mock_response is not honoured" in errors


def test_an_interrupt_ends_it_like_sigterm(start: Start) -> None:
    gateway = start()
    gateway.wait_until_ready()
    status, _, errors = gateway.end(signal.SIGINT)
    assert status == 0
    assert "Traceback" not in errors


def test_a_single_process_reloads_at_a_hangup_and_says_what_a_rolling_restart_needs(start: Start) -> None:
    gateway = start()
    gateway.wait_until_ready()
    for number, said in ((signal.SIGHUP, "reads the configuration anew"), (signal.SIGUSR2, "set server.workers to 2")):
        gateway.process.send_signal(number)
        gateway.until(lambda said=said: said in gateway.log)
    with chat(gateway, "still here") as answer:
        assert b"still here" in answer.read()
    assert gateway.end()[0] == 0


def test_a_process_of_its_own_lists_plugins_as_json(tmp_path: Path) -> None:
    (tmp_path / "e2e_cli_plugin.py").write_text(SLOW_STREAM)
    environment = {**CLEAN, "PYTHONPATH": str(tmp_path), "ROUTEIQ_PLUGINS": "e2e_cli_plugin"}
    done = subprocess.run(
        [ROUTEIQ, "plugin", "list", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    [slow] = [plugin for plugin in json.loads(done.stdout)["plugins"] if plugin["name"] == "slow"]
    assert (slow["state"], slow["hooks"]) == ("active", ["llm_stream_chunk"])
    assert done.stderr == ""
