"""How a connection is made: the one place where a host or an address becomes a socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from .connection import Connection


class Dial(Protocol):
    """Connects to a host."""

    async def __call__(
        self,
        make: Callable[[], Connection],
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        name: str,
        timeout: float,
    ) -> Connection:
        """Return the connection.

        Args:
            make: Makes the protocol of the connection.
            host: An address, which is connected to, or a name, which the event loop resolves.
            tls: None: without TLS.
            name: Whom the certificate must be for.
            timeout: Seconds that the TLS handshake may take.

        Raises:
            OSError: There is none.
        """


def dial_by(loop: asyncio.AbstractEventLoop) -> Dial:
    """Return what connects by means of an event loop. For an address no resolver is asked."""

    async def dial(
        make: Callable[[], Connection],
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        name: str,
        timeout: float,
    ) -> Connection:
        if tls is None:
            _, connection = await loop.create_connection(make, host, port)
        else:
            _, connection = await loop.create_connection(
                make, host, port, ssl=tls, server_hostname=name, ssl_handshake_timeout=timeout
            )
        return connection

    return dial
