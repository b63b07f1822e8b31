import contextlib
import socket

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="network-at-import", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip

with contextlib.suppress(OSError):
    socket.create_connection(("127.0.0.1", 9), 0.1)


@hookimpl
def request(request): ...
