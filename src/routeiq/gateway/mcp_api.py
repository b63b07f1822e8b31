"""`/mcp/<server>` as an ASGI application: MCP's Streamable HTTP, passed through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from routeiq.adapters.asgi import Exchange
from routeiq.adapters.mcp import Relay, Server
from routeiq.core.jsonrpc import INTERNAL_ERROR, REJECTED, error_response
from routeiq.transport import Target, UpstreamClient

from .departure import ClientWatch
from .mcp_servers import MCPServer
from .openai_api import send_json
from .request_bodies import request_body

PREFIX: Final = "/mcp/"


class MCPEndpoint:
    """The configured MCP servers."""

    def __init__(self, servers: Mapping[str, MCPServer], client: UpstreamClient, max_body: int) -> None:
        """Serve them.

        Args:
            client: The caller's; its bound for whole bodies is that of answers which plugins see.
            max_body: Bytes of a request's body.
        """
        self._relay = Relay(client, {name: _server(name, settings) for name, settings in servers.items()})
        self._max_body = max_body

    def serves(self, path: str) -> bool:
        """Return whether a path is that of a server."""
        return self._relay.server(server_in(path) or "") is not None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request that passed the inbound phases."""
        server = self._relay.server(server_in(scope["path"]) or "")
        if server is None:
            await send_json(send, 404, rendered(404, "There is no such MCP server here.", "unknown_server"))
            return
        exchange: Exchange = scope["routeiq"]
        plans = exchange.plans
        if plans.scopes is not None:
            exchange.plans = plans.scopes.kept(plans)
        body = await request_body(scope, receive, self._max_body) if scope["method"] == "POST" else b""
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-encoding"]
        with ClientWatch(receive):
            await self._relay.serve(server, scope["method"], headers, body, exchange, send)

    def close(self) -> None:
        """Give up the calls that may still be answered."""
        self._relay.close()


def server_in(path: str) -> str | None:
    """Return which server a path asks for; None for a path that is none of theirs.

    A server has one path, in one spelling: plugins and rules that name it must not be passed by with another one.
    """
    return path.removeprefix(PREFIX) if path.startswith(PREFIX) else None


def rendered(status_code: int, message: str, code: str | None) -> dict[str, Any]:
    """Return a refusal of the gateway's, made before a message was read, as clients of MCP understand it."""
    kind = REJECTED if status_code < 500 else INTERNAL_ERROR
    return error_response(None, kind, message, {"code": code, "status": status_code})


def _server(name: str, settings: MCPServer) -> Server:
    target = Target.parse(settings.url.get_secret_value())
    return Server(name, target, settings.raw_headers(), settings.forwarded(), settings.timeout)
