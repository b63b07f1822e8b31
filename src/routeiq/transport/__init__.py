"""The HTTP/1.1 client of this process, for all that it calls: httptools parses, asyncio's transports carry."""

from .client import UpstreamClient
from .errors import (
    BodyTooLarge,
    ConnectFailed,
    ConnectionClosed,
    ConnectTimeout,
    PoolClosed,
    ProtocolError,
    ReadTimeout,
    UpstreamError,
)
from .response import UpstreamResponse
from .target import Origin, Target

__all__ = [
    "BodyTooLarge",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionClosed",
    "Origin",
    "PoolClosed",
    "ProtocolError",
    "ReadTimeout",
    "Target",
    "UpstreamClient",
    "UpstreamError",
    "UpstreamResponse",
]
