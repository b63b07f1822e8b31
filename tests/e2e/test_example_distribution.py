"""Distributions of plugins, as a stranger would use them: installed by pip into a fresh environment, and served there.

One is the example, the others are a new project and that of the tutorial.

The gateway runs in that environment as a process of its own; the official OpenAI client talks to it over a socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openai import OpenAI
from tests.fakes.ports import free_port

pytestmark = pytest.mark.timeout(300)  # the first test installs

MESSAGES: Any = [{"role": "user", "content": "one two three"}]
SETTINGS = "plugins: {hello-tour: {enabled: true}}\n"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with RouteIQ and the example in it."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / "bin" / "routeiq"), *arguments]

    def pip(self, *arguments: str) -> None:
        command = [str(self.folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *arguments], env=clean(), check=True)

    def run(self, *arguments: str, cwd: Path) -> Any:
        done = subprocess.run(
            self.command(*arguments), cwd=cwd, env=clean(), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)


def clean() -> dict[str, str]:
    """Return the environment variables without those that would say something to RouteIQ, or to Python."""
    ours = ("ROUTEIQ_", "LLMROUTER_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture(scope="session")
def wheels(tool: Callable[[str], ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the wheels: those that tox built for all tests, or fresh ones."""
    if "ROUTEIQ_TEST_WHEELS" in os.environ:
        return Path(os.environ["ROUTEIQ_TEST_WHEELS"])
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheels")
    tool("build_wheels").build_wheels(folder)
    return folder


@pytest.fixture(scope="session")
def environment(wheels: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    constraints = os.environ.get("PIP_CONSTRAINT", str(repository / "constraints.txt"))
    environment = Environment(folder)
    environment.pip("install", "--constraint", constraints, *(str(wheel) for wheel in wheels.glob("*.whl")), "pytest")
    return environment


@dataclass(frozen=True)
class Gateway:
    """A gateway that answers."""

    url: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return json.loads(answer.read())

    def client(self) -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0)

    def trail(self, request: str) -> list[str]:
        """Return the phases that a request went through, once its `response` is among them."""
        for _ in range(100):
            phases = [step["phase"] for step in self.get(f"/hello/tour?request={request}")["trail"]]
            if "response" in phases:
                return phases
            time.sleep(0.02)
        raise AssertionError(phases)


@pytest.fixture(scope="module")
def gateway(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "routeiq.yaml").write_text(SETTINGS, encoding="utf-8")
    port = free_port()
    command = environment.command("serve", "--port", str(port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=clean(), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health/ready", timeout=5):
            break
        time.sleep(0.1)
    yield Gateway(url, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, (folder / "log").read_text(encoding="utf-8")


def test_pip_made_the_two_plugins_known(environment: Environment, tmp_path: Path) -> None:
    plugins = {
        plugin["name"]: plugin for plugin in environment.run("plugin", "list", "--json", cwd=tmp_path)["plugins"]
    }
    assert plugins["hello"]["state"] == "active"
    assert plugins["hello"]["distribution"].startswith("routeiq-plugin-hello")
    assert plugins["hello-tour"]["state"] == "disabled"


def test_a_plugin_adds_a_route_and_a_header(gateway: Gateway) -> None:
    with urllib.request.urlopen(f"{gateway.url}/hello?name=you", timeout=20) as answer:
        assert json.loads(answer.read())["greeting"] == "Hello, you!"
        assert answer.headers["x-hello"] == "Hello"


def test_a_whole_chat_goes_through_the_phases_in_their_order(gateway: Gateway) -> None:
    chat = gateway.client().chat.completions
    answer = chat.create(model="echo", messages=MESSAGES, extra_headers={"x-request-id": "whole"})
    assert answer.choices[0].message.content == "one two three"
    phases = gateway.trail("whole")
    assert [phase for phase in phases if phase not in ("response_body", "response_chunk")] == [
        "rewrite", "authenticate", "request", "request_body", "request_chunk",
        "pre_routing", "llm_pre_call", "post_routing", "llm_stream_window", "llm_success",
        "response_headers", "response",
    ]  # fmt: skip
    assert phases.count("response_body") == 1
    assert phases.index("llm_success") < phases.index("response_body") < phases.index("response_chunk")


def test_a_streamed_chat_goes_through_the_phases_in_their_order(gateway: Gateway) -> None:
    chat = gateway.client().chat.completions
    stream = chat.create(model="echo", messages=MESSAGES, stream=True, extra_headers={"x-request-id": "streamed"})
    parts = [part.choices[0].delta.content or "" for part in stream if part.choices]
    assert "".join(parts) == "one two three"
    phases = gateway.trail("streamed")
    chunks = ("llm_stream_chunk", "response_chunk")
    assert [phase for phase in phases if phase not in chunks] == [
        "rewrite", "authenticate", "request", "request_body", "request_chunk",
        "pre_routing", "llm_pre_call", "post_routing", "response_headers", "llm_stream_window", "llm_success",
        "response",
    ]  # fmt: skip
    assert phases.index("response_headers") < phases.index("response_chunk")
    assert phases.index("llm_stream_chunk") < phases.index("response_chunk")
    last_chunk = len(phases) - 1 - phases[::-1].index("llm_stream_chunk")
    assert last_chunk < phases.index("llm_success")
    assert "response_body" not in phases


def test_a_call_that_nobody_can_answer_fails_once(gateway: Gateway) -> None:
    request = urllib.request.Request(
        f"{gateway.url}/v1/chat/completions",
        json.dumps({"model": "no-such-model", "messages": MESSAGES}).encode(),
        {"content-type": "application/json", "x-request-id": "failed"},
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=20)
    with error.value as answer:
        assert (answer.code, answer.headers["x-hello"]) == (404, "Hello")
    phases = gateway.trail("failed")
    assert "llm_success" not in phases
    assert phases.count("response") == 1


def test_the_counts_agree_with_the_calls(gateway: Gateway) -> None:
    before = gateway.get("/hello")["calls"]
    gateway.client().chat.completions.create(model="echo", messages=MESSAGES)
    after = gateway.get("/hello")["calls"]
    assert (after["begun"], after["answered"]) == (before["begun"] + 1, before["answered"] + 1)
    counts = gateway.get("/hello/tour")["counts"]
    assert counts["startup"] == counts["register_routes"] == 1


@pytest.mark.each_python
def test_a_new_project_is_installed_passes_its_tests_and_is_active(environment: Environment, tmp_path: Path) -> None:
    made = environment.run("plugin", "new", "my-guardrails", "--json", cwd=tmp_path)
    assert made["path"] == "my-guardrails"
    environment.pip("install", str(tmp_path / "my-guardrails"))
    try:
        command = [str(environment.folder / "bin" / "python"), "-m", "pytest", "-q", "my-guardrails"]
        done = subprocess.run(command, cwd=tmp_path, env=clean(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = environment.run("plugin", "show", "my-guardrails", "--json", cwd=tmp_path)
        assert (shown["state"], shown["distribution"]) == ("active", "routeiq-plugin-my-guardrails 0.1.0")
    finally:
        environment.pip("uninstall", "--yes", "routeiq-plugin-my-guardrails")


def followed(page: Path, code: Path, port: int) -> str:
    """Return what a reader of the tutorial does as a script, from the project on: commands, and files put in place."""
    package = "my-guardrails/src/routeiq_plugin_my_guardrails"
    script = ["set -euo pipefail", "trap 'kill %1' EXIT"]
    _, *blocks = re.findall(r"^```(sh|python)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for language, text in blocks:
        if language == "python":
            name = text.split('"')[1]
            target = "my-guardrails/tests/test_plugin.py" if "test_" in name else f"{package}/{Path(name).name}"
            script.append(f"cp '{code / name}' {target}")
        else:
            script.append(text.replace("routeiq serve &", f"routeiq serve --port {port} > gateway.log 2>&1 &"))
            if "routeiq serve" in text:
                ready = f"http://127.0.0.1:{port}/health/ready"
                script.append(f"curl -s --retry 60 --retry-delay 1 --retry-connrefused -o ready.json {ready}")
    return "\n".join(script).replace("127.0.0.1:4000", f"127.0.0.1:{port}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_tutorial_can_be_followed(environment: Environment, repository: Path, tmp_path: Path) -> None:
    docs = repository / "docs"
    script = followed(docs / "tutorial" / "first-plugin.md", docs / "code", free_port())
    path = os.pathsep.join((str(environment.folder / "bin"), os.environ["PATH"]))
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env={**clean(), "PATH": path},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    finally:
        environment.pip("uninstall", "--yes", "routeiq-plugin-my-guardrails")
    assert done.returncode == 0, done.stdout
    place = 0
    for expected in (
        r"routeiq-plugin-my-guardrails is in \./my-guardrails",
        r"^=+ \d+ passed",  # the template's tests
        r"^=+ 4 passed",
        r"^no errors, no warnings\.",
        r"^my-guardrails +0\.1\.0 +active +1000 +llm_pre_call, llm_stream_window",
        r'"Call \[customer\] back\."',
        r'"code":"customer_number"',
        r"did you mean 'action'",
        r"'windwo'.* Did you mean 'window'\?",
        r"^1 error",
        r"my-guardrails +.*refused.*'windwo'",
        r"^=+ 4 passed",
    ):
        found = re.compile(expected, re.MULTILINE).search(done.stdout, place)
        assert found is not None, f"{expected} is not told:\n{done.stdout}"
        place = found.end()
