"""Code of plugins in a process of its own."""

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from routeiq.authoring.apart import call_apart
from routeiq.authoring.errors import ToolkitError


@pytest.fixture
def module(tmp_path):
    """module(source): what `call_apart` is told of a function `run` in a module with this source."""

    def module(source, **options):
        (tmp_path / "told.py").write_text(textwrap.dedent(source))
        return call_apart("told:run", {"value": [1, "ü"]}, paths=[tmp_path], **options)

    return module


def test_a_function_is_called_and_its_result_comes_back(module, monkeypatch):
    monkeypatch.setenv("ROUTEIQ_PLUGINS", "spoils.everything")
    assert module(
        """
        import os, sys
        def run(value):
            print("noise")
            os.write(1, b"more noise")
            return {"value": value, "plugins": os.environ.get("ROUTEIQ_PLUGINS"), "more": os.environ["MORE"]}
        """,
        environment={"MORE": "x"},
    ) == {"value": [1, "ü"], "plugins": None, "more": "x"}


def test_a_thread_that_stays_does_not_keep_the_process(module):
    source = "import threading, time\ndef run(value):\n    threading.Thread(target=time.sleep, args=[50]).start()\n"
    assert module(source, timeout=20) is None


def test_an_error_of_ours_comes_back_as_it_is(module):
    source = "from routeiq.authoring.errors import ToolkitError\ndef run(value):\n    raise ToolkitError('no good')\n"
    with pytest.raises(ToolkitError, match=r"^no good$"):
        module(source)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def run(value): 1 / 0", r"status 1 and no result\n.*ZeroDivisionError"),
        ("import os, sys\nsys.stderr.write('bye\\n')\nos._exit(7)", r"status 7 and no result\nbye"),
        ("def run(value): return object()", r"status 1 and no result\n.*not JSON serializable"),
    ],
)
def test_what_ends_the_process_is_told_with_what_it_wrote(module, source, told):
    with pytest.raises(ToolkitError, match=f"(?s){told}"):
        module(source)


def test_what_hangs_is_ended(module):
    with pytest.raises(ToolkitError, match="did not finish within 1 s"):
        module("import time\ntime.sleep(100)", timeout=1)


CALLER = """
from routeiq.authoring.apart import call_apart
call_apart("sleeper:run", {}, paths=[__import__("pathlib").Path("@")])
"""
SLEEPER = """
import os, pathlib, subprocess, time
def run():
    child = subprocess.Popen(["sleep", "100"])
    pathlib.Path("@/pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(100)
"""


def test_it_ends_with_its_caller_and_takes_along_what_it_started(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEPER.replace("@", str(tmp_path)))
    caller = subprocess.Popen([sys.executable, "-c", CALLER.replace("@", str(tmp_path))])
    written = tmp_path / "pids"
    wait_until(lambda: written.exists() and written.read_text())
    caller.kill()
    caller.wait()
    wait_until(lambda: not any(is_alive(int(pid)) for pid in written.read_text().split()))


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
