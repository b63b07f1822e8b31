import time

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="slow-import", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip

end = time.process_time() + 1.2
while time.process_time() < end:
    pass


@hookimpl
def request(request): ...
