"""What clients get, in the shape of their binding."""

import orjson
import pytest
from routeiq_plugin_sdk import Reject

from routeiq.adapters.a2a.answers import Binding
from routeiq.core.errors import PluginAborted

RPC, REST = Binding(True, 7), Binding(False)


def test_an_error_is_a_whole_answer_or_the_last_event_of_a_stream():
    refused = Reject(403, "No.", "blocked", {"x-why": "so"})
    whole = RPC.error(refused)
    assert (whole.status, whole.headers[1:]) == (200, [(b"x-why", b"so")])
    assert orjson.loads(whole.body)["id"] == 7
    assert RPC.error_frame(refused) == b"data: " + whole.body + b"\n\n"
    whole = REST.error(refused)
    assert (whole.status, orjson.loads(whole.body)["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert REST.error_frame(refused) == b"event: error\ndata: " + whole.body + b"\n\n"
    assert REST.error(PluginAborted("guard", "agent_pre_call")).status == 500


@pytest.mark.parametrize(
    ("document", "rpc", "rest"),
    [
        ({"error": {"code": 1}}, True, True),
        ({"id": 7, "error": {}}, True, False),
        ({"error": {}, "task": {}}, True, False),
        ({"error": {}, "result": {}}, False, False),
        ({"error": {}, "Result": {}}, False, False),
        ({"error": "text"}, False, False),
        ({"result": {}}, False, False),
        ([], False, False),
        (None, False, False),
    ],
)
def test_an_agents_error_is_one_that_holds_nothing_beside(document, rpc, rest):
    assert (RPC.is_error(document), REST.is_error(document)) == (rpc, rest)
