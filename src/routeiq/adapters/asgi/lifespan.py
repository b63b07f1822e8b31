"""The lifespan: a manager that does not run yet starts before the application and stops after it.

The server's part and the application's are kept apart: whether the application speaks the protocol, leaves it early or
has never heard of it, the server gets its answers and the manager its end.
"""

from __future__ import annotations

import logging

from routeiq.core.errors import RouteIQError
from routeiq.core.manager import PluginManager

from .types import ASGIApplication, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


async def run_lifespan(
    app: ASGIApplication, manager: PluginManager, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run the application's lifespan around the manager's; an application without one is no obstacle."""
    if manager.running:
        await app(scope, receive, send)
        return
    startup = await receive()
    if startup["type"] != "lifespan.startup":
        return
    try:
        await manager.start(app)
    except Exception as error:  # whatever it was, the server must hear that nothing runs
        if not isinstance(error, RouteIQError):  # those say all there is to say, and the server logs what they say
            logger.exception("the plugin manager could not start")
        await send({"type": "lifespan.startup.failed", "message": str(error) or type(error).__name__})
        return
    lifespan = _Lifespan(startup, manager, receive, send)
    try:
        await _run(app, scope, lifespan)
    finally:
        # After a cancellation too; a manager that is stopped already does nothing.
        await manager.stop()


async def _run(app: ASGIApplication, scope: Scope, lifespan: _Lifespan) -> None:
    try:
        await app(scope, lifespan.receive, lifespan.send)
    except Exception:
        if lifespan.answered:
            raise
        # By the specification, raising is how an application says that it has no lifespan.
        logger.debug("the application has no lifespan", exc_info=True)
    if not lifespan.over:
        await lifespan.go_on_alone()


class _Lifespan:
    """What stands between the server and the application during the lifespan.

    Attributes:
        answered: Whether the application said how its start went.
        over: Whether the server was told of the end.
    """

    def __init__(self, startup: Message, manager: PluginManager, receive: Receive, send: Send) -> None:
        self.answered = False
        self.over = False
        self._startup: Message | None = startup
        self._shutdown_asked = False
        self._manager = manager
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """Give the application the start, which the manager has had before it, and then what the server says."""
        message, self._startup = self._startup, None
        if message is None:
            message = await self._receive()
            self._shutdown_asked = message["type"] == "lifespan.shutdown"
        return message

    async def send(self, message: Message) -> None:
        """Stop the manager once the application has stopped, or could not start."""
        kind = message["type"]
        if not kind.startswith("lifespan."):
            raise RuntimeError(f"{kind} is no answer to the lifespan")
        self.answered = True
        if kind != "lifespan.startup.complete":
            self.over = True
            await self._manager.stop()
        await self._send(message)

    async def go_on_alone(self) -> None:
        """Answer the server for an application that has no lifespan, or left it early."""
        if not self.answered:
            await self._send({"type": "lifespan.startup.complete"})
        if not self._shutdown_asked:
            await self._receive()
        await self._manager.stop()
        await self._send({"type": "lifespan.shutdown.complete"})
