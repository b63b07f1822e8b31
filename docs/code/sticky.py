from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from routeiq_plugin_sdk import (
    Deployment,
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    RoutingStrategy,
    hookimpl,
)

metadata = PluginMetadata(name="sticky", capabilities={PluginCapability.ROUTING_STRATEGY})


class Sticky(RoutingStrategy):
    """Sends a conversation to where it began, for the sake of that server's prompt cache."""

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        headers = call.request.headers if call.request is not None else call.headers
        conversation = headers.get("x-conversation") or call.id

        def rank(deployment: Deployment) -> bytes:
            return sha256(f"{deployment.name} {conversation}".encode()).digest()

        return sorted(deployments, key=rank)


@hookimpl.register_routing_strategies
def register_routing_strategies() -> Mapping[str, Callable[[str], RoutingStrategy]]:
    return {"sticky": lambda model: Sticky()}
