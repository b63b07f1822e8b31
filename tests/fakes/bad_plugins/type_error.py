from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, hookimpl

metadata = PluginMetadata(
    name="type-error", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
def request(request: PluginRequest) -> None:
    if request.path == "/never":
        request.patch.upper()
