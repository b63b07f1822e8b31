"""The fixture in tests of an author's: with plain pytest, whatever else is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

class Config(BaseModel):
    word: str = "harmful"

metadata = PluginMetadata(name="p", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
def request_body(body, context):
    return PluginResponse.text("no", 403) if context.config.word.encode() in body else None
"""
SYNC = """
import p

def test_blocked(plugin_harness):
    with plugin_harness(p, config={"word": "plan"}) as harness:
        assert harness.send_request("POST", "/", "a plan").status_code == 403

def test_files_lie_in_tmp_path(plugin_harness, tmp_path):
    (tmp_path / "p.yaml").write_text("word: filed")
    with plugin_harness(p) as harness:
        assert harness.context.config.word == "filed"
"""
ASYNC = """
import p

async def test_blocked(plugin_harness):
    async with plugin_harness(p) as harness:
        assert (await harness.send_request("POST", "/", "harmful")).status_code == 403
"""
SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")  # which pytest-asyncio wants said
LEFT_RUNNING = """
import p

def test_left_running(plugin_harness):
    harness = plugin_harness(p)
    harness.__enter__()
"""
BY_HAND = """
import asyncio, p

def test_by_hand(plugin_harness):
    async def run():
        async with plugin_harness(p) as harness:
            return await harness.llm_call("a harmful thing", stream=True)

    assert asyncio.run(run()).status_code == 403
"""


def pytest_in(folder: Path, test: str, *options: str, plugins: tuple[str, ...] | None) -> str:
    """Run pytest over a test, and return its output: with these plugins alone, or None: with all that are installed."""
    (folder / "p.py").write_text(PLUGIN)
    (folder / "test_p.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    if plugins is not None:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        command += [word for plugin in plugins for word in ("-p", plugin)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_pytest_finds_the_fixture_by_itself(tmp_path: Path) -> None:
    assert "3 passed" in pytest_in(tmp_path, SYNC + BY_HAND, "-p", "no:asyncio", "-p", "no:anyio", plugins=None)


@pytest.mark.parametrize(
    ("before", "plugin", "options"),
    [
        pytest.param("", "pytest_asyncio.plugin", ("-o", "asyncio_mode=auto", *SCOPE), id="asyncio's auto mode"),
        pytest.param("pytestmark = pytest.mark.asyncio", "pytest_asyncio.plugin", SCOPE, id="asyncio's strict mode"),
        pytest.param(
            "pytestmark = pytest.mark.anyio\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'", "anyio", (),
            id="anyio",
        ),
    ],
)  # fmt: skip
def test_it_works_whatever_drives_coroutines(
    before: str, plugin: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    test = f"import pytest\n{before}\n{ASYNC}"
    assert "1 passed" in pytest_in(tmp_path, test, *options, plugins=("pytest_routeiq", plugin))


def test_a_harness_that_is_left_running_fails_its_test(tmp_path: Path) -> None:
    output = pytest_in(tmp_path, LEFT_RUNNING, "-W", "ignore", plugins=("pytest_routeiq",))
    assert "left a PluginTestHarness running" in output


def test_pytest_starts_without_a_warning_where_the_sdk_is_imported_already(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass")
    options = ["-q", "-W", "error", "-p", "no:asyncio", "-p", "no:cacheprovider", str(tmp_path)]
    source = f"import sys, routeiq_plugin_sdk, pytest; sys.exit(pytest.main({options!r}))"
    done = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
