import threading

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="thread-at-import", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip

threading.Thread(target=threading.Event().wait, daemon=True, name="forever").start()


@hookimpl
def request(request): ...
