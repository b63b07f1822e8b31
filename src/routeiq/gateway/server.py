"""Runs the gateway: in this process for one worker, in processes of their own for several.

The parent of workers serves nothing itself, and so imports neither the web server nor the application.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

from routeiq.core.errors import RouteIQError

from .group import Seat
from .listening import bind
from .settings import GatewaySettings
from .workers import Workers

GRACE: Final = 10.0
"""Seconds beyond the limits of requests and plugins after which a worker that should end is killed."""


def run(settings: GatewaySettings, startup_timeout: float = 30.0) -> None:
    """Serve until a signal ends it: running requests and streams get `server.shutdown_timeout` seconds.

    Args:
        settings: The gateway's.
        startup_timeout: Seconds that the stop of a plugin may take: part of the patience with workers.

    Raises:
        RouteIQError: if it cannot start; the text says why.
    """
    sockets = bind(settings.server.host, settings.server.port)
    if settings.server.workers > 1:
        patience = settings.server.shutdown_timeout + startup_timeout + GRACE
        drain = settings.server.drain_timeout
        Workers(work, settings, sockets, settings.server.workers, patience, drain=drain).run()
        return
    from .serving import serve

    serve(settings, sockets, speaks=True)


def work(
    settings: GatewaySettings, sockets: Sequence[socket.socket], pipe: Connection, seat: Seat, speaks: bool
) -> None:
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
        serve(settings, sockets, speaks, parent, seat)
    except RouteIQError as error:
        parent.failed(str(error))
        sys.exit(1)
