"""Identifiers of requests and calls, unique without a system call for each: random for the process, then counted.

That they are counted is no state that anybody could want to reset.
"""

from __future__ import annotations

import itertools
import secrets
from typing import Final

_prefix: Final = secrets.token_hex(8)
_serial: Final = itertools.count(1)


def unique_id() -> str:
    """Return an identifier that nobody else has, in this process or another."""
    return f"{_prefix}{next(_serial):08x}"
