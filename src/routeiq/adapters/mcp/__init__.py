"""MCP: Streamable HTTP passed through to configured servers, with the phases of tools fired around `tools/call`."""

from .relay import Relay
from .servers import Server

__all__ = ["Relay", "Server"]
