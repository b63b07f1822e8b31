"""What can be read from source."""

from __future__ import annotations

from pathlib import Path

import pytest

from routeiq.authoring.checks.source import source_findings


def told(tmp_path: Path, source: str) -> list[tuple[str, str | None, int | None]]:
    (tmp_path / "plugin.py").write_text(source)
    return [(one.rule, one.hook, one.line) for one in source_findings("x", [tmp_path / "plugin.py"])]


@pytest.mark.parametrize(
    "source",
    [
        "import time\nasync def f():\n    time.sleep(1)",
        "import time as t\nasync def f():\n    t.sleep(1)",
        "from time import sleep as nap\nasync def f():\n    nap(1)",
        "import requests\n@hookimpl\ndef request(): requests.get('x')",
        "import requests\n@hookimpl.request(tryfirst=True)\ndef request(): requests.get('x')",
        "import os.path\nasync def f(): os.system('x')",
        "import subprocess\ndef g(): subprocess.run([])\ndef h(): g()\nasync def f(): h()",
        "import time\nclass P:\n  def g(self): time.sleep(1)\n  async def f(self): self.g()",
        "import time\nasync def f():\n  async def g(): time.sleep(1)",
    ],
)
def test_what_blocks_the_loop_is_found_by_whatever_name(tmp_path: Path, source: str) -> None:
    assert [rule for rule, _, _ in told(tmp_path, source)] == ["blocking-call"]


@pytest.mark.parametrize(
    "source",
    [
        "import time\ndef f(): time.sleep(1)",
        "import time\n@hookimpl(offload=True)\ndef request(): time.sleep(1)",
        "import time, asyncio\nasync def f(): await asyncio.to_thread(time.sleep, 1)",
        "import time, asyncio\ndef g(): time.sleep(1)\nasync def f(): await asyncio.to_thread(g)",
        "import asyncio as time\nasync def f(): await time.sleep(1)",
        "from .time import sleep\nasync def f(): sleep(1)",
        "async def f(requests, k): requests.get(k)",
        "import json, sqlite3\ndef load(): sqlite3.connect('x')\nasync def f(): json.load('x')",
        "import time\nclass C:\n  def g(self): time.sleep(1)\ndef g(): pass\nasync def f(): g()",
        "async def f():\n  try: await g()\n  except Exception: pass",
        "async def f():\n  try: await g()\n  except BaseException:\n    raise",
        "async def f():\n  try: int('x')\n  except: pass",
        "import asyncio\nasync def f():\n  try: await g()\n  except asyncio.CancelledError: raise\n  except: pass",
        "import asyncio\nasync def f(t):\n  t.cancel()\n  try: await t\n  except asyncio.CancelledError: pass",
        "from asyncio import CancelledError as C\nasync def f(t):\n  t.cancel()\n  try: await t\n  except C: pass",
        "import contextlib\nasync def f():\n  with contextlib.suppress(KeyError): await g()",
        "@hookimpl\ndef startup(): open('x')",
        "@hookimpl(offload=True)\ndef request(): open('x')",
        "import asyncio\n@hookimpl\nasync def request(path): await asyncio.to_thread(path.read_text)",
        "import anyio\n@hookimpl\nasync def request(): await anyio.Path('x').read_text()",
        "@hookimpl\ndef request(context): context.logger.info('on', key=context.config.key)",
        "@hookimpl\ndef request(context): math.log(context.config.key.get_secret_value())",
        "def f():\n  try: pass\n  except: pass",
        "async def f(context): await context.storage.get('x')",
        "async def f(context): context.events.emit('x')",
        "async def f(context): x = context.storage.get('x')",
        "not python at all (",
    ],
)
def test_what_is_right_is_left_alone(tmp_path: Path, source: str) -> None:
    assert told(tmp_path, source) == []


@pytest.mark.parametrize(
    "caught", ["", " BaseException", " asyncio.CancelledError", " (ValueError, asyncio.CancelledError)"]
)
def test_swallowed_cancellation_is_found(tmp_path: Path, caught: str) -> None:
    source = f"import asyncio\n@hookimpl\nasync def request():\n  try: await g()\n  except{caught}: pass"
    assert told(tmp_path, source) == [("swallows-cancellation", "request", 5)]


def test_who_cancels_a_task_may_wait_for_its_end(tmp_path: Path) -> None:
    source = "import asyncio, contextlib\nasync def f(t):\n  t.cancel()\n  with contextlib.suppress({}): await t"
    assert told(tmp_path, source.format("asyncio.CancelledError")) == []
    assert told(tmp_path, source.format("BaseException")) == [("swallows-cancellation", None, 4)]


def test_cancellation_that_is_suppressed_is_found(tmp_path: Path) -> None:
    source = "import asyncio, contextlib\nasync def f():\n  with contextlib.suppress(asyncio.CancelledError): await g()"
    assert told(tmp_path, source) == [("swallows-cancellation", None, 3)]


@pytest.mark.parametrize(
    "source",
    [
        "@hookimpl\ndef request():\n  open('x')",
        "@hookimpl\nasync def request(path):\n  path.read_text()",
        "@hookimpl\nasync def request(): await load()\nasync def load(): open('x')",
        "class P:\n  @hookimpl\n  def request(self): self.load()\n  def load(self): open('x')",
    ],
)
def test_files_that_are_read_for_a_request_are_found(tmp_path: Path, source: str) -> None:
    assert [rule for rule, _, _ in told(tmp_path, source)] == ["file-in-hook"]


@pytest.mark.parametrize(
    "call",
    [
        "context.logger.info('on', key=key.get_secret_value())",
        "self._logger.debug(f'with {key.get_secret_value()}')",
        "logging.info('%s', key.get_secret_value()[:4])",
    ],
)
def test_secrets_that_are_logged_are_found(tmp_path: Path, call: str) -> None:
    assert told(tmp_path, f"import logging\nasync def f(self, context, key):\n  {call}") == [("logs-secret", None, 3)]


@pytest.mark.parametrize(
    "call",
    [
        "context.storage.set('a', 1)",
        "self.context.http.get('x')",
        "context.llm.chat('m', [])",
        "context.validate_outbound_url('x')",
    ],
)
def test_a_coroutine_that_nobody_awaits_is_found(tmp_path: Path, call: str) -> None:
    assert told(tmp_path, f"async def f(self, context):\n  {call}") == [("not-awaited", None, 2)]


def test_a_function_that_prints_is_found(tmp_path: Path) -> None:
    assert told(tmp_path, "def f():\n  print(1)\nprint(2)") == [("prints", None, 2)]
