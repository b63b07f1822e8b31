import dataclasses

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="depends-on-chunks", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
def llm_stream_chunk(chunk):
    return dataclasses.replace(chunk, text=chunk.text.replace("plain", "****"))
