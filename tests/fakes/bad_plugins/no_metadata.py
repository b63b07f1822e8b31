from routeiq_plugin_sdk import hookimpl


@hookimpl
def request(request): ...
