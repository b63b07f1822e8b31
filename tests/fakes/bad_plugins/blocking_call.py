import urllib.request

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="blocking-call", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


def ask(path):
    return urllib.request.urlopen(f"http://127.0.0.1:9/{path}")


@hookimpl
async def request(request):
    if request.path == "/never":
        ask(request.path)
