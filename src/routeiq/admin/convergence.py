"""Whether all workers and replicas have a change: what every answer to one tells, and what can be waited for."""

from __future__ import annotations

import asyncio
from typing import Any

from routeiq.core.errors import StorageUnavailable
from routeiq.gateway.control import Change, Control, Convergence

from .answers import Answer
from .requests import AdminRequest, Wait


class Changes:
    """How far changes have come."""

    def __init__(self, control: Control, ending: asyncio.Event) -> None:
        """Make it.

        Args:
            ending: Set when the gateway is about to stop: nobody waits any longer then.
        """
        self._control = control
        self._ending = ending

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
            found = await self._waited_for(version, wait.seconds)
        except StorageUnavailable as error:
            return {"version": version, "complete": False, "members": [], "problem": str(error)}
        return {"version": version, "complete": found.complete, "members": list(found.members), "problem": None}

    async def _waited_for(self, version: int, seconds: float) -> Convergence:
        waiting = asyncio.ensure_future(self._control.converged(version, seconds))
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else await self._control.converged(version, 0)
        finally:
            for task in (waiting, ending):
                task.cancel()
            await asyncio.gather(waiting, ending, return_exceptions=True)
