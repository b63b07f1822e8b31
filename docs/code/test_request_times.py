from types import SimpleNamespace

import request_times
from routeiq_plugin_sdk import PluginRequest


def test_the_latest_request_is_timed():
    request, context = PluginRequest.mock(), SimpleNamespace(shared={})
    request_times.request(request)
    request_times.response(request, context)
    assert 0 <= context.shared["latest"] < 1
