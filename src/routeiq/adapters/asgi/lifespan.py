"""The lifespan: a manager that does not run yet starts before the application and stops after it."""

from __future__ import annotations

from routeiq.core.errors import RouteIQError
from routeiq.core.manager import PluginManager

from .types import ASGIApplication, Message, Receive, Scope, Send


class _StartFailed(Exception):
    """Ends the application's lifespan when the manager could not start."""


class _Unsupported(Exception):
    """Ends the lifespan of an application that answers it with something else."""


async def run_lifespan(
    app: ASGIApplication, manager: PluginManager, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run the application's lifespan around the manager's; an application without one is no obstacle."""
    if manager.running:
        await app(scope, receive, send)
        return
    lifespan = _Lifespan(app, manager, receive, send)
    try:
        await app(scope, lifespan.receive, lifespan.send)
    except _StartFailed:
        return
    except Exception:
        if lifespan.answered:
            await manager.stop()
            raise
        # By the specification, raising is how an application says that it has no lifespan.
    if not lifespan.stopped:
        await lifespan.go_on_alone()


class _Lifespan:
    """What stands between the server and the application during the lifespan."""

    def __init__(self, app: ASGIApplication, manager: PluginManager, receive: Receive, send: Send) -> None:
        self.answered = False  # the application said how its start went
        self.stopped = False
        self._app = app
        self._manager = manager
        self._receive = receive
        self._send = send
        self._asked = False

    async def receive(self) -> Message:
        """Start the manager before the application hears of the start."""
        message = await self._receive()
        if message["type"] == "lifespan.startup":
            self._asked = True
            await self._start()
        return message

    async def send(self, message: Message) -> None:
        """Stop the manager once the application has stopped, or could not start."""
        kind = message["type"]
        if not kind.startswith("lifespan."):
            raise _Unsupported(f"{kind} is no answer to the lifespan")
        self.answered = True
        if kind != "lifespan.startup.complete":
            self.stopped = True
            await self._manager.stop()
        await self._send(message)

    async def go_on_alone(self) -> None:
        """Answer the server for an application that has no lifespan, or left it early."""
        if not self._asked:
            message = await self._receive()
            if message["type"] != "lifespan.startup":
                return
            try:
                await self._start()
            except _StartFailed:
                return
        if not self.answered:
            await self._send({"type": "lifespan.startup.complete"})
        await self._receive()
        await self._manager.stop()
        await self._send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        try:
            await self._manager.start(self._app)
        except RouteIQError as error:
            self.stopped = True
            await self._send({"type": "lifespan.startup.failed", "message": str(error)})
            raise _StartFailed from error
