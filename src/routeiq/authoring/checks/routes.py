"""The routes of a plugin, as a client asks for them: each method, with something for each parameter of its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_PARAMETER: Final = re.compile(r"\{\w+(?::(\w+))?\}")
_FITTING: Final = {"int": "7", "float": "1.5", "path": "a/b", "uuid": "00000000-0000-4000-8000-000000000000"}


def requests_of(routes: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield method and path of what routes answer; of those below a `Mount` too, and of none for WebSockets.

    Args:
        before: The path that they are mounted at.
    """
    for route in routes:
        path = before + _PARAMETER.sub(lambda found: _FITTING.get(found[1], "x"), getattr(route, "path", ""))
        yield from requests_of(getattr(route, "routes", None) or (), path)
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, path
