"""What importing costs, with compiled bytecode, in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from .table import Row

LIMITS = {"routeiq_plugin_sdk": 150, "routeiq": 300}
PROGRAM = "import time; t = time.perf_counter(); import {module}; print((time.perf_counter() - t) * 1000)"


def main(quick: bool) -> list[Row]:
    """Run it."""
    rows = []
    for module, limit in LIMITS.items():
        times = []
        for _ in range(4 if quick else 11):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM.format(module=module)],
                capture_output=True, text=True, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
            )  # fmt: skip
            times.append(float(done.stdout))
        rows.append(Row("imports", f"import {module}", statistics.median(times[1:]), "ms", limit))
    return rows
