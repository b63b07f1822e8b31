"""Where in a request keys stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from routeiq_plugin_sdk import Headers

from .config import Config

MOST: Final = 8
"""Keys of one request that are looked at: who shows more tries keys."""


def shown_keys(headers: Headers, config: Config) -> Iterator[str]:
    """Return the keys that a request shows: of `authorization` first, then header by header; at most `MOST`."""
    return islice(_all(headers, config), MOST)


def _all(headers: Headers, config: Config) -> Iterator[str]:
    if config.bearer:
        for value in headers.get_list("authorization"):
            # RFC 9110 section 11.1: the scheme's case does not matter, and blanks follow it.
            scheme, _, key = value.partition(" ")
            if scheme.lower() == "bearer" and key.strip(" \t"):
                yield key.strip(" \t")
    for name in config.headers:
        for value in headers.get_list(name):
            if value.strip(" \t"):
                yield value.strip(" \t")
