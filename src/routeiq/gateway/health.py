"""`/health/live` and `/health/ready`: answered outside the plugins, so that none of them can lock the operator out.

Whoever asks reaches one of several workers, and cannot choose: readiness is that of the worst of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from routeiq.core.errors import error_document
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore

from .group import Group, SoloGroup

Answer = tuple[int, Mapping[str, Any]]

TOPIC: Final = "health"
PATIENCE: Final = 6.0
"""Seconds that another worker has to tell of its health; its plugins have five."""
_UNREADY: Final = ("failed", "starting")
# What comes later is worse. Whatever else is said of a backend that is not ok stands with those that are degraded.
_ORDER: Final = ("ok", "degraded", "starting", "loading", "failed", "stopped")


class HealthEndpoint:
    """Tells an orchestrator whether the process lives, and whether requests should be sent to it."""

    def __init__(
        self,
        manager: PluginManager,
        backends: Callable[[], Mapping[str, str]] = dict,
        state: StateStore | None = None,
        group: Group | None = None,
    ) -> None:
        """Watch a manager, and what stands behind the gateway.

        Args:
            backends: Returns each deployment's name with `ok`, `cooling`, or `loading` or `failed` with the reason.
            state: The store, whose outage is told.
            group: The other workers; None: there are none.
        """
        self._group = group or SoloGroup()
        self._group.answer(TOPIC, self._told)
        self._manager = manager
        self._backends = backends
        self._state = state

    def live(self) -> Answer:
        """Return 200: whoever gets this answer knows that the event loop runs."""
        return 200, {"status": "ok"}

    async def ready(self) -> Answer:
        """Return 200, or 503 before the start, after the end, while a backend loads or a plugin's health is `failed`.

        Of several workers each part is as bad as in the worst of them.

        `degraded` is still ready: a plugin in quarantine, a deployment that cools down or a store that is away is no
        reason to send the requests elsewhere, where the same may hold.
        """
        if not self._manager.running:
            return 503, {"status": "stopped", "plugins": {}, "backends": {}}
        document = await self._own()
        if self._group.size > 1:
            document = await self._worst(document)
        return (503 if document["status"] in _UNREADY else 200), document

    async def _own(self) -> dict[str, Any]:
        health, backends = await self._manager.health(), self._backends()
        storage = "ok" if self._state is None or self._state.available else "unavailable"  # why is logged
        status = health["status"]
        if any(state.startswith("loading") for state in backends.values()):
            status = "starting" if status != "failed" else status
        elif status == "ok" and any(state != "ok" for state in (storage, *backends.values())):
            status = "degraded"
        return {"status": status, "plugins": health["plugins"], "backends": backends, "storage": storage}

    async def _told(self, payload: Any) -> Any:
        """Return this worker's health for another one."""
        return orjson.loads(_json(await self._own()))

    async def _worst(self, own: dict[str, Any]) -> dict[str, Any]:
        """Return the health of all workers: of each part the worst that one of them says."""
        answers = await self._group.ask(TOPIC, timeout=PATIENCE)
        documents = {self._group.number: own, **answers}
        workers = {str(number): document["status"] for number, document in documents.items()}
        workers |= {str(failure.number): "degraded" for failure in answers.failures}
        worst: dict[str, Any] = {"status": max(workers.values(), key=_badness), "plugins": {}, "backends": {}}
        for document in documents.values():
            for part, badness in (("plugins", lambda one: _badness(one["status"])), ("backends", _badness)):
                for name, said in document[part].items():
                    worst[part][name] = max(worst[part].get(name, said), said, key=badness)
        storage = max((document["storage"] for document in documents.values()), key=_badness)
        return {**worst, "storage": storage, "workers": dict(sorted(workers.items()))}

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
        body = _json(document)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _badness(said: str) -> int:
    word = said.partition(":")[0].partition(" ")[0]
    return _ORDER.index(word) if word in _ORDER else _ORDER.index("degraded")


def _json(document: Mapping[str, Any]) -> bytes:
    # Plugins say what they like in their health: what JSON does not know is shown as text.
    return orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)


def _error(status: int, message: str, code: str) -> Answer:
    return status, error_document(status, message, code)
