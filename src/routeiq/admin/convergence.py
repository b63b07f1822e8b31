"""Whether all workers and replicas have a change: what every answer to one tells, and what can be waited for."""

from __future__ import annotations

from typing import Any

from routeiq.core.errors import StorageUnavailable
from routeiq.gateway.control import Change, Control

from .answers import Answer
from .requests import AdminRequest, Wait


class Changes:
    """How far changes have come."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def show(self, request: AdminRequest) -> Answer:
        """Return how far a change has come; waits as long as the request says."""
        version = int(request.parts["version"])
        return Answer(200, await self.convergence(version, request.wait), request.wait.headers)

    async def answer(self, request: AdminRequest, change: Change, more: dict[str, Any], **headers: str) -> Answer:
        """Return the answer to a request that changed something, or would have.

        Args:
            more: What else there is to tell.
            headers: Further ones.
        """
        told = {"changed": change.changed, **await self.convergence(change.version, request.wait), **more}
        return Answer(200, told, {**headers, **request.wait.headers})

    async def convergence(self, version: int, wait: Wait) -> dict[str, Any]:
        """Return how far a version has come.

        A store that went away between the change and this look hides who has it; the change itself holds.
        """
        try:
            found = await self._control.converged(version, wait.seconds)
        except StorageUnavailable as error:
            return {"version": version, "complete": False, "members": [], "problem": str(error)}
        return {"version": version, "complete": found.complete, "members": list(found.members), "problem": None}
