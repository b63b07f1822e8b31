"""A store on a Redis server, shared by all replicas of a gateway."""

from .copy import LocalCopy
from .server import RedisServer
from .state import RedisState
from .values import RedisStorage

__all__ = ["LocalCopy", "RedisServer", "RedisState", "RedisStorage"]
