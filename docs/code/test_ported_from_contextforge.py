import ported_from_contextforge
import pytest
from routeiq_plugin_sdk import Reject
from routeiq_plugin_sdk.testing import MockPluginContext


def test_what_destroys_is_refused_and_what_comes_back_is_masked():
    context = MockPluginContext(ported_from_contextforge.Config())
    with pytest.raises(Reject):
        ported_from_contextforge.tool_pre_call("query", {"sql": "DROP  TABLE users"}, context)
    assert ported_from_contextforge.tool_pre_call("query", {"sql": "select 1"}, context) is None
    result = {"content": [{"type": "text", "text": "ssn 078-05-1120"}], "isError": False}
    masked = ported_from_contextforge.tool_post_call(result, context)
    assert masked == {"content": [{"type": "text", "text": "ssn ***"}], "isError": False}
