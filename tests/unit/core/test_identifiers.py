"""Identifiers that nobody else has."""

import subprocess
import sys

from routeiq.core.identifiers import unique_id


def test_no_two_are_alike():
    assert len({unique_id() for _ in range(1000)}) == 1000


def test_those_of_another_process_are_others():
    code = "from routeiq.core.identifiers import unique_id; print(unique_id())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    mine = unique_id()
    assert len(mine) == len(other) == 24
    assert mine[:16] != other[:16]
