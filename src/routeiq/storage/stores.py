"""Makes the stores that a setting names: where plugins' values lie, and where the operator's state does."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from pathlib import Path
from typing import NamedTuple

from routeiq.core.memory_state import MemoryState
from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.state import StateStore
from routeiq.core.storage import StorageBackend

from .location import DEFAULT_FILE, StorageLocation

logger = logging.getLogger(__name__)


class Stores(NamedTuple):
    """The two sides of one store: `state.open()` and `state.close()` hold for both."""

    values: StorageBackend
    state: StateStore


def create_stores(setting: str, *, fall_back: bool = False) -> Stores:
    """Return the stores that a setting names; nothing is opened, connected to or written yet.

    Args:
        setting: As `StorageLocation.parse` takes it.
        fall_back: Whether memory, with a warning, takes the place of a file that cannot be written: right for a default
            that nobody chose.

    Raises:
        ValueError: if the setting names nothing that there is.
        ModuleNotFoundError: if a library that it takes is not installed; the text names the command that does it.
    """
    location = StorageLocation.parse(setting)
    if location.kind == "sqlite":
        obstacle = _obstacle(location.path.absolute()) if fall_back else None
        if obstacle is None:
            return _sqlite(location.path)
        logger.warning(
            "state is kept in memory and ends with the process, since %s cannot be written; set storage to a file that"
            " can be, or to memory",
            obstacle,
        )
    if location.kind == "redis":
        return _redis(location)
    return Stores(MemoryStorage(), MemoryState())


def _sqlite(path: Path) -> Stores:
    from .sqlite import Database, SQLiteState, SQLiteStorage

    database = Database(path)
    return Stores(SQLiteStorage(database), SQLiteState(database))


def _redis(location: StorageLocation) -> Stores:
    if importlib.util.find_spec("redis") is None:
        raise ModuleNotFoundError("state on a Redis server needs its client: pip install 'routeiq[redis]'")
    from .redis import LocalCopy, RedisServer, RedisState, RedisStorage

    server = RedisServer(location.url, location.cluster)
    # One working directory may see several servers in turn.
    place = hashlib.sha256(f"{server.name} {server.channel('')}".encode()).hexdigest()[:8]
    copy = LocalCopy(DEFAULT_FILE.with_name(f"redis-{location.cluster}-{place}.json"))
    return Stores(RedisStorage(server), RedisState(server, copy))


def _obstacle(path: Path) -> Path | None:
    """Return what keeps a file from being written, or made, for lack of rights or on a read-only mount."""
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return path
    folder = next(one for one in path.parents if one.exists())
    return None if os.access(folder, os.W_OK | os.X_OK) else folder
