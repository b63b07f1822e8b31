"""What requests are passed on to: the settings' MCP servers and agents, reached by one client."""

from __future__ import annotations

from typing import Any

from routeiq_plugin_sdk import Headers, PluginResponse

from routeiq.transport import UpstreamClient

from . import a2a_api, mcp_api
from .a2a_api import AgentsEndpoint
from .mcp_api import MCPEndpoint
from .settings import GatewaySettings


class Remotes:
    """The servers and agents of one gateway.

    Attributes:
        layers: The layers of phases that they fire.
    """

    def __init__(self, settings: GatewaySettings, client: UpstreamClient | None) -> None:
        """Make it.

        Args:
            client: What reaches them; closed in the end. None: one of its own.
        """
        server = settings.server
        self._client = client or UpstreamClient(max_response_body=server.max_body)
        self._mcp: MCPEndpoint | None = None
        self._agents: AgentsEndpoint | None = None
        self.layers: frozenset[str] = frozenset()
        if settings.mcp_servers:
            self._mcp = MCPEndpoint(settings.mcp_servers, self._client, server.max_body)
            self.layers |= {"tools"}
        if settings.a2a_agents:
            self._agents = AgentsEndpoint(settings.a2a_agents, self._client, server.max_body, server.public_url)
            self.layers |= {"agents"}

    def endpoint(self, path: str) -> Any:
        """Return the application for a path, or None."""
        if self._agents is not None and path.startswith(a2a_api.PREFIX):
            return self._agents
        return self._mcp if self._mcp is not None and path.startswith(mcp_api.PREFIX) else None

    async def close(self) -> None:
        """Close all connections."""
        if self._mcp is not None:
            self._mcp.close()
        await self._client.aclose()


def refusal(path: str, status_code: int, message: str, code: str | None, headers: Headers) -> PluginResponse | None:
    """Return a refusal in the shape that clients of servers and agents expect; None for other paths."""
    if path.startswith(a2a_api.PREFIX):
        return a2a_api.render_refusal(path, status_code, message, code, headers)
    if not path.startswith(mcp_api.PREFIX):
        return None
    response = PluginResponse.json(mcp_api.rendered(status_code, message, code), status_code)
    return PluginResponse(response.body, status_code, Headers((*response.headers.raw, *headers.raw)))
