import time

from routeiq_plugin_sdk import PluginCapability, PluginContext, PluginMetadata, PluginRequest, hookimpl

metadata = PluginMetadata(name="request-times", capabilities={PluginCapability.MIDDLEWARE})


@hookimpl.request
def request(request: PluginRequest) -> None:
    request.shared["request-times.began"] = time.monotonic()


@hookimpl.response
def response(request: PluginRequest, context: PluginContext) -> None:
    context.shared["latest"] = time.monotonic() - request.shared["request-times.began"]
