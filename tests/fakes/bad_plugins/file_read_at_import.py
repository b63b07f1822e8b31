import contextlib
from pathlib import Path

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="file-read-at-import", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip

with contextlib.suppress(OSError):
    Path("~/.netrc-of-nobody").expanduser().read_text()


@hookimpl
def request(request): ...
