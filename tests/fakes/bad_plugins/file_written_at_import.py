import tempfile
from pathlib import Path

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="file-written-at-import", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip

Path(tempfile.gettempdir(), "written-at-import").write_text("x")


@hookimpl
def request(request): ...
