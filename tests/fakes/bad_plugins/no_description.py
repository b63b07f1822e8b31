from routeiq_plugin_sdk import PluginMetadata

metadata = PluginMetadata(name="no-description", version="1.0", gateway_compat=">=0.1")
