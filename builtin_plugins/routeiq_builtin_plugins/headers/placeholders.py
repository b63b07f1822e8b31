"""Values of headers with placeholders in them: `{request.id}`, `{client.host}` and few more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from routeiq_plugin_sdk import Headers, PluginRequest

PLACEHOLDERS: Final[dict[str, Callable[[PluginRequest], str]]] = {
    "request.id": lambda request: request.id,
    "request.method": lambda request: request.method,
    "request.path": lambda request: request.url.partition("?")[0],
    "request.scheme": lambda request: request.scheme,
    "client.host": lambda request: request.client.host if request.client is not None else "",
    "principal.id": lambda request: request.principal.id if request.principal is not None else "",
}
"""What each stands for; nothing where it is not known (the principal of a request is, from authentication on)."""

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_UNSAFE = re.compile(r"[^\t\x20-\x7e\xa0-\xff]")


class Template:
    """A value with placeholders; `{{` and `}}` stand for braces."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        """Raises ValueError for a value that no header can hold, a brace alone, or a placeholder that there is not."""
        Headers.of({"x": text})
        self._parts: list[str | Callable[[PluginRequest], str]] = []
        end = 0
        for found in _PART.finditer(text):
            self._parts += [text[end : found.start()], _part(found)]
            end = found.end()
        self._parts.append(text[end:])

    def fill(self, request: PluginRequest) -> str:
        """Return the value for a request; characters of the request that no header can hold become `?`."""
        return "".join(part if isinstance(part, str) else _UNSAFE.sub("?", part(request)) for part in self._parts)


def _part(found: re.Match[str]) -> str | Callable[[PluginRequest], str]:
    text = found[0]
    if text in ("{{", "}}"):
        return text[0]
    if found[1] in PLACEHOLDERS:
        return PLACEHOLDERS[found[1]]
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    raise ValueError(f"{text!r} is no placeholder: there are {known}; write {{{{ and }}}} for braces")
