"""The settings' section `mcp_servers`: which MCP servers clients reach through the gateway, in LiteLLM's form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from .remote_settings import RemoteSettings, RemoteURL


def _transport(value: object) -> object:
    if value in ("sse", "stdio"):
        raise ValueError(f"servers that speak {value} are not passed through: only http (Streamable HTTP) is")
    return value


class MCPServer(RemoteSettings):
    """An MCP server that clients reach at `/mcp/<name>`."""

    url: RemoteURL = Field(description="Its endpoint for Streamable HTTP, such as https://mcp.example.com/mcp.")
    transport: Annotated[Literal["http"], BeforeValidator(_transport)] = Field(
        default="http", description="How it is spoken to: Streamable HTTP."
    )
