"""The version of the host."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def host_version() -> str:
    """Return the version of the `routeiq` distribution that runs."""
    return version("routeiq")
