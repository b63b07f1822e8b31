"""The gateway on uvicorn, in this process: its start, why that failed, and its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

import uvicorn

from routeiq.core.errors import RouteIQError

from .announcement import announcement
from .app import Gateway, create_standalone_app
from .listening import CannotServe, urls
from .litellm_proxy import LiteLLMProxy, create_app
from .settings import GatewaySettings
from .workers import STARTED

logger = logging.getLogger(__name__)


def serve(
    settings: GatewaySettings,
    sockets: Sequence[socket.socket],
    speaks: bool,
    parent: Connection | None = None,
    worker: int = 0,
) -> None:
    """Serve at sockets until a signal ends it, or the parent is gone.

    Args:
        speaks: Whether to print the announcement once it serves.
        parent: Told of the start, if this is a worker.
        worker: Which of the gateway's processes this is, from 0.

    Raises:
        RouteIQError: if it cannot start; the text says why.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    app = _application(settings, worker)

    def on_started() -> None:
        if speaks:
            sys.stdout.write(announcement(settings, urls(sockets), app.manager.records.values()) + "\n")
            sys.stdout.flush()
        if parent is not None:
            parent.send(STARTED)

    server = Server(_config(app, settings), on_started, parent)
    try:
        server.run(sockets=list(sockets))
    except SystemExit:
        # uvicorn's way to say that the start failed; why is known here.
        raise CannotServe(server.failure or "the application did not start") from None
    except OSError as error:
        raise CannotServe(f"cannot listen at {', '.join(urls(sockets))}: {error.strerror}") from error


def _application(settings: GatewaySettings, worker: int) -> Gateway | LiteLLMProxy:
    if settings.server.litellm_proxy:
        return create_app(settings=settings, worker=worker)
    return create_standalone_app(settings, worker=worker)


def _config(app: Any, settings: GatewaySettings) -> uvicorn.Config:
    server = settings.server
    return uvicorn.Config(
        app,
        http="httptools",
        ws="auto",
        loop="auto",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        # Whom to believe is the middleware's decision (server.trusted_proxies).
        proxy_headers=False,
        timeout_keep_alive=server.keep_alive_timeout,
        timeout_graceful_shutdown=server.shutdown_timeout,
    )


class Server(uvicorn.Server):
    """uvicorn's server, which knows why a start failed, and ends with its parent.

    Attributes:
        failure: Why the application did not start, once it is known.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None], parent: Connection | None) -> None:
        super().__init__(config)
        self.failure: str | None = None
        self._on_started = on_started
        self._parent = parent

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
        if self._parent is not None:
            asyncio.get_running_loop().add_reader(self._parent.fileno(), self._orphaned)
        self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in good order, with exit status 0; a second interrupt does not wait for anything."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True

    def _failed(self, reason: str) -> None:
        self.failure = reason

    def _orphaned(self) -> None:
        assert self._parent is not None
        asyncio.get_running_loop().remove_reader(self._parent.fileno())
        self.should_exit = True


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
