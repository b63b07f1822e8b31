from routeiq_plugin_sdk import PluginMetadata

metadata = PluginMetadata(name="no-version", description="A bad plugin.", gateway_compat=">=0.1")
