"""The gateway on uvicorn, in this process: its start, why that failed, and its end."""

from __future__ import annotations

import logging
import pkgutil
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import uvicorn

from .access import AdminAccess
from .announcement import ADMIN, announcement
from .app import create_standalone_app
from .group import Group, Seat, SoloGroup, WorkerGroup
from .http_server import Server
from .listening import CannotServe, urls
from .litellm_proxy import create_app
from .operated import OperatedGateway
from .parent_link import ParentLink
from .reload import Reloads, SignalWatch
from .settings import GatewaySettings

if TYPE_CHECKING:
    from .server import Job

logger = logging.getLogger(__name__)


def serve(
    job: Job,
    sockets: Sequence[socket.socket],
    speaks: bool,
    parent: ParentLink | None = None,
    seat: Seat | None = None,
) -> None:
    """Serve at sockets until a signal ends it, or the parent is gone.

    Args:
        speaks: Whether to print the announcement once it serves.
        parent: Told of the start and the end, if this is a worker.
        seat: Its seat in the group then.

    Raises:
        RouteIQError: if it cannot start; the text says why.
    """
    for name in ("uvicorn.error", "watchfiles.main"):  # a log in a folder that is watched would tell of itself
        logging.getLogger(name).setLevel(logging.WARNING)
    signals = SignalWatch(parented=parent is not None)
    group = SoloGroup() if seat is None else WorkerGroup(seat)
    app: OperatedGateway = pkgutil.resolve_name(job.application)(job.settings, group=group, access=job.access)

    def on_started() -> None:
        signals.listen(Reloads(app.on_reload))
        if speaks:
            _announce(job, sockets, app)
        if parent is not None:
            parent.started()
            parent.watch(group.take_lead, lambda: server.retire(job.settings.server.drain_timeout), server.leave)

    def on_ending() -> None:
        for function in app.on_ending:
            function()
        group.retire()
        if parent is not None:
            parent.leaving()

    server = Server(_config(app, job.settings), on_started, on_ending)
    try:
        server.run(sockets=list(sockets))
    except SystemExit:
        # uvicorn's way to say that the start failed; why is known here.
        raise CannotServe(server.failure or "the application did not start") from None
    except OSError as error:
        raise CannotServe(f"cannot listen at {', '.join(urls(sockets))}: {error.strerror}") from error


def application(settings: GatewaySettings, *, group: Group, access: AdminAccess) -> OperatedGateway:
    """Return the gateway that the settings ask for, without the admin API; `access` is for those who add that."""
    del access
    if settings.server.litellm_proxy:
        return create_app(settings=settings, group=group)
    return create_standalone_app(settings, group=group)


def _announce(job: Job, sockets: Sequence[socket.socket], app: OperatedGateway) -> None:
    records = app.manager.records.values()
    access = job.access if ADMIN in app.mounts else None
    sys.stdout.write(announcement(job.settings, urls(sockets), records, access) + "\n")
    sys.stdout.flush()


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
