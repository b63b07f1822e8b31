"""What runs plugins for their authors' tests: the host behind `routeiq_plugin_sdk.testing.PluginTestHarness`.

Authors use the SDK's harness, which finds `GatewayHost` by the entry-point group `routeiq.testing_host`.
"""

from .gateway_host import GatewayHost

__all__ = ["GatewayHost"]
