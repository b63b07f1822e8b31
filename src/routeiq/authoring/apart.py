"""Code of plugins in a process of its own: whatever it does there, the toolkit goes on.

    call_apart("package.module:function", {"name": "x"}, paths=[project / "src"], timeout=30)

calls the function with these arguments in a fresh interpreter and returns its result, both in JSON. What plugins print
goes to standard error, where it does not mix with the result; a process that hangs is ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from routeiq.core.errors import RouteIQError

from .errors import ToolkitError

_OURS: Final = ("ROUTEIQ_", "LLMROUTER_")
# What a result may depend on is the same each time: the order of sets, above all.
_SAME: Final = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
_TOLD: Final = 2000  # characters of standard error that a failure tells


def call_apart(
    function: str,
    arguments: Mapping[str, Any],
    *,
    paths: Sequence[Path] = (),
    timeout: float = 60.0,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Call a function in a process of its own, and return its result.

    Args:
        function: `package.module:function`; arguments and result are values of JSON.
        arguments: By name.
        paths: What is importable there before anything else. The working directory is not.
        timeout: In seconds.
        environment: Variables for it, beside those of this process without what speaks to RouteIQ.

    Raises:
        ToolkitError: with the words of an error of ours that the function raised, or since it failed otherwise, ended
            its process, or took too long; then with the end of what it wrote to standard error.
    """
    request = {"function": function, "arguments": dict(arguments), "paths": [str(path) for path in paths]}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    lifeline, held = os.pipe()  # held by this process alone: the other one reads its end when this one is gone
    process = subprocess.Popen(
        # -P: nothing is imported from where we happen to be
        [sys.executable, "-P", "-m", "routeiq.authoring.apart", str(lifeline)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**kept, **_SAME, **(environment or {})},
        pass_fds=[lifeline],
        start_new_session=True,
    )
    os.close(lifeline)
    try:
        written, errors = process.communicate(json.dumps(request).encode(), timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        _, errors = process.communicate()
        raise ToolkitError(_with_errors(f"it did not finish within {timeout:g} s", errors)) from None
    except BaseException:
        _end(process)
        raise
    finally:
        os.close(held)
    return _result(written, errors, process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _result(written: bytes, errors: bytes, status: int) -> Any:
    try:
        answer = json.loads(written)
    except ValueError:
        raise ToolkitError(_with_errors(f"its process ended with status {status} and no result", errors)) from None
    if "error" in answer:
        raise ToolkitError(answer["error"])
    return answer["result"]


def _with_errors(message: str, errors: bytes) -> str:
    text = errors.decode(errors="replace").strip()
    return f"{message}\n{text[-_TOLD:]}" if text else message


def main() -> None:
    """Be the process: read what to call from standard input, and write what came of it to standard output."""
    threading.Thread(target=_end_with_the_caller, args=[int(sys.argv[1])], daemon=True).start()
    with _standard_output() as output:
        request = json.load(sys.stdin)
        sys.path[:0] = request["paths"]
        module, _, name = request["function"].partition(":")
        try:
            answer = {"result": getattr(importlib.import_module(module), name)(**request["arguments"])}
        except RouteIQError as error:
            answer = {"error": str(error)}
        output.write(json.dumps(answer).encode())
        output.flush()
    # A thread that a plugin left behind must not keep the process alive.
    sys.stderr.flush()
    os._exit(0)


def _end_with_the_caller(lifeline: int) -> None:
    """End this process, and what it started, when the one that called it is gone, however that ended."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


@contextlib.contextmanager
def _standard_output() -> Iterator[Any]:
    """Give the real standard output; whatever else is printed, by C code too, goes to standard error."""
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        yield output


if __name__ == "__main__":
    main()
