"""uvicorn's server as the gateway runs it: why a start failed is known, and it can end without failing a request."""

from __future__ import annotations

import asyncio
import logging
import math
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn

from routeiq.core.errors import RouteIQError

logger = logging.getLogger(__name__)

LINGER: Final = 5.0
"""Seconds that an idle connection stays open after its worker was replaced."""


class Server(uvicorn.Server):
    """uvicorn's server, which knows why a start failed, and says when it is about to end.

    Attributes:
        failure: Why the application did not start, once it is known.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None], on_ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.failure: str | None = None
        self._on_started = on_started
        self._on_ending = on_ending
        self._retirement: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and begin to accept."""
        app = self.config.loaded_app
        log = logging.getLogger("uvicorn.error")
        # Only the lifespan is looked at: requests never pass through this.
        self.config.loaded_app = LifespanWatch(app, self._failed)
        level = log.level
        log.setLevel(logging.CRITICAL)
        try:
            await super().startup(sockets)
        finally:
            self.config.loaded_app = app
            log.setLevel(level)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is running, and stop the application."""
        self._on_ending()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in good order, with exit status 0; a second interrupt does not wait for anything."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        elif self._retirement is not None:
            self._retirement.get_loop().call_soon_threadsafe(self._hurry)
        else:
            self.should_exit = True

    def _failed(self, reason: str) -> None:
        self.failure = reason

    def leave(self) -> None:
        """End in good order."""
        self.should_exit = True

    def retire(self, patience: float) -> None:
        """Take no new connections, answer what comes on those that are open, and end.

        Args:
            patience: Seconds that running requests and streams get, rather than those of a shutdown.
        """
        if self._retirement is None:
            self._patience = self.config.timeout_graceful_shutdown or 0
            self._retirement = asyncio.get_running_loop().create_task(self._retire(patience), name="routeiq retirement")

    async def _retire(self, patience: float) -> None:
        self._on_ending()
        for server in self.servers:
            server.close()
        # A client that sends a request just when its idle connection is closed sees a failure. So its next answer says
        # that the connection ends, and only those that nobody has used for a while are closed by us.
        closing = (b"connection", b"close")
        self.config.encoded_headers.append(closing)
        self.server_state.default_headers = [*self.server_state.default_headers, closing]
        loop = asyncio.get_running_loop()
        end = loop.time() + min(LINGER, patience)
        while self.server_state.connections and loop.time() < end:  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.1)
        self.config.timeout_graceful_shutdown = max(math.ceil(patience - LINGER), 0)
        self.should_exit = True

    def _hurry(self) -> None:
        """End as at a shutdown, although longer was promised."""
        assert self._retirement is not None
        self._retirement.cancel()
        self.config.timeout_graceful_shutdown = self._patience
        self.should_exit = True
        asyncio.get_running_loop().call_later(self._patience, self._cut_off)

    def _cut_off(self) -> None:
        for task in self.server_state.tasks:
            task.cancel("the time that a shutdown has is over")


class LifespanWatch:
    """Passes lifespan events on, and notes why a start failed."""

    def __init__(self, app: Any, failed: Callable[[str], None]) -> None:
        self._app = app
        self._failed = failed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def watched_send(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                self._failed(message.get("message", ""))
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except RouteIQError as error:
            self._failed(str(error))
            raise
        except Exception as error:
            logger.exception("the application failed in its lifespan")
            self._failed(f"{type(error).__name__}: {error}")
            raise
