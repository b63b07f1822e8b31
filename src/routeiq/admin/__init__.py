"""The admin HTTP API: a gateway's plugins, looked at and changed while it serves."""

from .api import AdminAPI
from .mounting import application, with_admin

__all__ = ["AdminAPI", "application", "with_admin"]
