"""What can go wrong between this process and a server that it calls, the upstream.

UpstreamError
├── ConnectFailed       no connection: name, network, TLS
├── ConnectTimeout      no connection in time
├── ReadTimeout         the upstream stopped to send, or to take, bytes
├── ConnectionClosed    it closed the connection before the end of its response
├── ProtocolError       what it sent is not HTTP/1.1
├── BodyTooLarge        the body is over the limit
└── PoolClosed          the client was closed

Messages name the origin and the reason, never headers, bodies, paths or queries: those may carry credentials.
"""

from __future__ import annotations

from routeiq.core.errors import RouteIQError


class UpstreamError(RouteIQError):
    """An exchange with an upstream failed.

    Attributes:
        origin: Scheme, host and port of the upstream, as in `https://api.example.com`.
        reason: What happened, without the origin.
    """

    def __init__(self, origin: str, reason: str) -> None:
        self.origin = origin
        self.reason = reason
        super().__init__(f"{origin}: {reason}")


class ConnectFailed(UpstreamError):
    """No connection could be made: the name is unknown, the network or the server refused, TLS failed."""


class ConnectTimeout(UpstreamError):
    """Resolving the name, connecting and the TLS handshake together took longer than the connect timeout."""


class ReadTimeout(UpstreamError):
    """For as long as the read timeout no byte of the response came, or none of the request was taken."""


class ConnectionClosed(UpstreamError):
    """The connection ended before the response did.

    Attributes:
        response_started: Whether any byte of the response had come; if not, the upstream may not have seen the request.
    """

    def __init__(self, origin: str, reason: str, *, response_started: bool) -> None:
        self.response_started = response_started
        super().__init__(origin, reason)


class ProtocolError(UpstreamError):
    """What came is not a response of HTTP/1.1 (RFC 9112), or one that nobody asked for."""


class BodyTooLarge(UpstreamError):
    """The body of the response is longer than `UpstreamResponse.read` may hold in memory."""


class PoolClosed(UpstreamError):
    """The client was closed, before the request or during it."""
