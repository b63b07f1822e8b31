"""Runs the gateway: in this process for one worker, in processes of their own for several.

The parent of workers serves nothing itself, and so imports neither the web server nor the application.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from routeiq.core.errors import RouteIQError

from .access import AdminAccess
from .group import Seat
from .listening import bind
from .settings import GatewaySettings
from .workers import Workers

GRACE: Final = 10.0
"""Seconds beyond the limits of requests and plugins after which a worker that should end is killed."""
APPLICATION: Final = "routeiq.gateway.serving:application"
"""The gateway without the admin API, which is a room of its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to serve; can be pickled.

    Attributes:
        settings: The gateway's.
        access: Who may use the admin API.
        application: `module:function`, which is called with the settings and, by keyword, `group` and `access`, and
            returns an `OperatedGateway`. A name, so that the parent of workers need not import it.
    """

    settings: GatewaySettings
    access: AdminAccess
    application: str


def run(
    settings: GatewaySettings,
    startup_timeout: float = 30.0,
    *,
    application: str = APPLICATION,
    refresh: Callable[[], GatewaySettings] | None = None,
) -> None:
    """Serve until a signal ends it: running requests and streams get `server.shutdown_timeout` seconds.

    Args:
        settings: The gateway's.
        startup_timeout: Seconds that the stop of a plugin may take: part of the patience with workers.
        application: What is served: see `Job`.
        refresh: Returns the settings for the workers that a rolling restart starts; None: those that there are.

    Raises:
        RouteIQError: if it cannot start; the text says why.
    """
    access = AdminAccess.of(settings.admin, os.environ)
    job = Job(settings, access, application)
    sockets = bind(settings.server.host, settings.server.port)
    if settings.server.workers == 1:
        from .serving import serve

        serve(job, sockets, speaks=True)
        return

    def refreshed() -> Job:
        new = settings if refresh is None else refresh()
        return Job(new, AdminAccess.of(new.admin, os.environ, access.printed), application)

    server = settings.server
    patience = server.shutdown_timeout + startup_timeout + GRACE
    Workers(work, job, sockets, server.workers, patience, drain=server.drain_timeout, refresh=refreshed).run()


def work(job: Job, sockets: Sequence[socket.socket], pipe: Connection, seat: Seat, speaks: bool) -> None:
    """Be one of several workers, that of this seat; the parent is told of the start, or why there is none."""
    # A terminal sends it to the whole group: until the server listens to signals, the parent decides. The other two are
    # the parent's to act on.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP, signal.SIGUSR2))
    from routeiq.core.logging import configure_logging

    from .parent_link import ParentLink
    from .serving import serve

    configure_logging()
    parent = ParentLink(pipe)
    try:
        serve(job, sockets, speaks, parent, seat)
    except RouteIQError as error:
        parent.failed(str(error))
        sys.exit(1)
