"""A store in a file, shared by the workers of one machine."""

from .database import Database
from .state import SQLiteState
from .values import SQLiteStorage

__all__ = ["Database", "SQLiteState", "SQLiteStorage"]
