"""The sockets at which a gateway listens: bound before anything is started, so that a taken port is told at once."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from routeiq.core.errors import RouteIQError


class CannotServe(RouteIQError):
    """The gateway cannot serve; the text says why, and what to change."""


def bind(host: str, port: int) -> list[socket.socket]:
    """Return sockets that are bound to every address of a host, and do not accept yet.

    Args:
        port: 0 takes one that is free, the same for all addresses.

    Raises:
        CannotServe: if the host is unknown, or an address cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise CannotServe(f"the host {host!r} is unknown: choose an address with --host") from error
    bound: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            chosen = bound[0].getsockname()[1] if bound and port == 0 else port
            bound.append(_bind_one(socket.AddressFamily(family), (address[0], chosen, *address[2:])))
    except OSError as error:
        for one in bound:
            one.close()
        reason = error.strerror or str(error)
        raise CannotServe(
            f"cannot listen at {host} port {port}: {reason}; choose others with --host, --port"
        ) from error
    return bound


def _bind_one(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one


def urls(sockets: Sequence[socket.socket]) -> list[str]:
    """Return the base URL of each socket."""
    return [_url(one) for one in sockets]


def _url(one: socket.socket) -> str:
    host, port = one.getsockname()[:2]
    return f"http://[{host}]:{port}" if one.family == socket.AF_INET6 else f"http://{host}:{port}"
