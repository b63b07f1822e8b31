import request_times
from routeiq_plugin_sdk import PluginRequest
from routeiq_plugin_sdk.testing import MockPluginContext


def test_the_latest_request_is_timed():
    request, context = PluginRequest.mock(), MockPluginContext()
    request_times.request(request)
    request_times.response(request, context)
    assert 0 <= context.shared["latest"] < 1
