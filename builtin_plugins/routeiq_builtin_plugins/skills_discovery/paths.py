"""Which paths can be a skill's file: of what lies in its folder, and of what a request asks for."""

from __future__ import annotations

import re
from typing import Final

MAX_SEGMENT: Final = 255
"""Bytes of one name, as file systems have it."""
MAX_PATH: Final = 1024
"""Bytes of a whole path."""

_ENCODED = re.compile(rb"%(2f|5c|00)", re.IGNORECASE)


def is_offered(path: str) -> bool:
    """Return whether a path below a skill's folder may be offered.

    Not: hidden files and what lies in hidden folders, `..`, empty names, backslashes, control characters, what is no
    UTF-8, and what is longer than file systems have it.
    """
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return False
    return len(raw) <= MAX_PATH and path.isprintable() and all(_is_name(segment) for segment in path.split("/"))


def _is_name(segment: str) -> bool:
    return bool(segment) and segment[0] != "." and "\\" not in segment and len(segment.encode()) <= MAX_SEGMENT


def asked_for(path: str, raw_path: bytes | None) -> tuple[str, str] | None:
    """Return the skill and the path in it that a request means; None if it cannot mean any.

    Args:
        path: What follows the prefix of all skills, decoded once.
        raw_path: The request's path as it was sent, if the server tells: separators in it must not be encoded.
    """
    if raw_path is not None and _ENCODED.search(raw_path):
        return None
    skill, separator, below = path.partition("/")
    return (skill, below) if separator and is_offered(path) else None
