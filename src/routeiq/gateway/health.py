"""`/health/live` and `/health/ready`: answered outside the plugins, so that none of them can lock the operator out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from routeiq.core.errors import error_document
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore

Answer = tuple[int, Mapping[str, Any]]


class HealthEndpoint:
    """Tells an orchestrator whether the process lives, and whether requests should be sent to it."""

    def __init__(
        self, manager: PluginManager, backends: Callable[[], Mapping[str, str]] = dict, state: StateStore | None = None
    ) -> None:
        """Watch a manager, and what stands behind the gateway.

        Args:
            backends: Returns each deployment's name with `ok`, `cooling`, or `loading` or `failed` with the reason.
            state: The store, whose outage is told.
        """
        self._manager = manager
        self._backends = backends
        self._state = state

    def live(self) -> Answer:
        """Return 200: whoever gets this answer knows that the event loop runs."""
        return 200, {"status": "ok"}

    async def ready(self) -> Answer:
        """Return 200, or 503 before the start, after the end, while a backend loads or a plugin's health is `failed`.

        `degraded` is still ready: a plugin in quarantine, a deployment that cools down or a store that is away is no
        reason to send the requests elsewhere, where the same may hold.
        """
        if not self._manager.running:
            return 503, {"status": "stopped", "plugins": {}, "backends": {}}
        health, backends = await self._manager.health(), self._backends()
        storage = "ok" if self._state is None or self._state.available else "unavailable"  # why is logged
        status = health["status"]
        if any(state.startswith("loading") for state in backends.values()):
            status = "starting" if status != "failed" else status
        elif status == "ok" and any(state != "ok" for state in (storage, *backends.values())):
            status = "degraded"
        document = {"status": status, "plugins": health["plugins"], "backends": backends, "storage": storage}
        return (503 if status in ("failed", "starting") else 200), document

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request whose path begins with `/health/`."""
        headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        if scope["path"] not in ("/health/live", "/health/ready"):
            status, document = _error(404, "There are /health/live and /health/ready.", "not_found")
        elif scope["method"] not in ("GET", "HEAD"):
            status, document = _error(405, "Use GET here.", "method_not_allowed")
            headers.append((b"allow", b"GET, HEAD"))
        elif scope["path"] == "/health/live":
            status, document = self.live()
        else:
            status, document = await self.ready()
        # Plugins say what they like in their health: what JSON does not know is shown as text.
        body = orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _error(status: int, message: str, code: str) -> Answer:
    return status, error_document(status, message, code)
