"""Where state lives: in memory, in a file of one machine, or in a Redis server that many replicas share."""

from .location import StorageLocation
from .stores import Stores, create_stores

__all__ = ["StorageLocation", "Stores", "create_stores"]
