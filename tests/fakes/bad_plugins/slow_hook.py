import time

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="slow-hook", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
def request(request):
    end = time.perf_counter() + 0.012
    while time.perf_counter() < end:
        pass
