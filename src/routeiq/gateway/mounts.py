"""Applications outside the plugins: none of those can keep an operator from them."""

from __future__ import annotations

from typing import Any


class Mounts:
    """Applications by the prefix of the paths that are theirs."""

    def __init__(self) -> None:
        self._applications: dict[str, Any] = {}
        self._prefixes: tuple[str, ...] = ()

    def __contains__(self, prefix: str) -> bool:
        return prefix in self._applications

    def add(self, prefix: str, app: Any) -> None:
        """Have an ASGI application serve a path, and all below it.

        Args:
            prefix: Such as `/admin`. What the application is given has it as its `root_path`.

        Raises:
            ValueError: for a prefix that is none, or is taken.
        """
        if not prefix.startswith("/") or prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is no prefix: one begins with a slash, and does not end with one")
        if prefix in self._applications:
            raise ValueError(f"an application is mounted at {prefix} already")
        self._applications[prefix] = app
        self._prefixes = tuple(self._applications)

    async def serve(self, scope: Any, receive: Any, send: Any) -> bool:
        """Serve a request or WebSocket whose path is a mounted application's; return whether it is."""
        path = scope["path"]
        if not path.startswith(self._prefixes):
            return False
        for prefix, app in self._applications.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                await app({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)
                return True
        return False
