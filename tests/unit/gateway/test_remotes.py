"""What requests are passed on to."""

import pytest
from routeiq_plugin_sdk import Headers
from tests.fakes.mcp_relay import Upstream

from routeiq.gateway.a2a_api import AgentsEndpoint
from routeiq.gateway.mcp_api import MCPEndpoint
from routeiq.gateway.remotes import Remotes, refusal
from routeiq.gateway.settings import GatewaySettings

SERVERS = {"mcp_servers": {"files": {"url": "https://files.test/mcp"}}}
AGENTS = {"a2a_agents": {"helper": {"url": "https://helper.test/a2a"}}}


@pytest.mark.parametrize(
    ("settings", "layers"),
    [({}, set()), (SERVERS, {"tools"}), (AGENTS, {"agents"}), ({**SERVERS, **AGENTS}, {"tools", "agents"})],
)
def test_only_what_is_configured_is_served_and_fires_phases(settings, layers):
    remotes = Remotes(GatewaySettings.model_validate(settings), Upstream())
    assert remotes.layers == layers
    assert isinstance(remotes.endpoint("/mcp/files"), MCPEndpoint) is ("tools" in layers)
    assert isinstance(remotes.endpoint("/a2a/helper"), AgentsEndpoint) is ("agents" in layers)
    assert remotes.endpoint("/v1/models") is None


async def test_connections_end_with_it():
    class Client(Upstream):
        closed = False

        async def aclose(self):
            self.closed = True

    client = Client()
    await Remotes(GatewaySettings.model_validate(SERVERS), client).close()
    assert client.closed
    await Remotes(GatewaySettings(), None).close()


def test_a_refusal_has_the_shape_that_clients_of_the_path_expect():
    answer = refusal("/mcp/files", 401, "Who?", "unknown", Headers.of({"www-authenticate": "Bearer"}))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert b'"jsonrpc"' in answer.body
    assert b"REASON" in refusal("/a2a/helper", 401, "Who?", "reason", Headers()).body
    assert refusal("/v1/models", 401, "Who?", "unknown", Headers()) is None
