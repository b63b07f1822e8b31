import asyncio

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="swallows-cancellation", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
async def request(request):
    try:  # noqa: SIM105
        await asyncio.sleep(0)
    except BaseException:
        pass
