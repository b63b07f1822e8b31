"""Code of plugins in a process of its own."""

import textwrap

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
