from routeiq_plugin_sdk import PluginMetadata

metadata = PluginMetadata(name="no-compatibility", version="1.0", description="A bad plugin.")
