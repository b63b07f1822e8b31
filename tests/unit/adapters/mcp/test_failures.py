"""What goes wrong, in the words of JSON-RPC."""

import pytest
from routeiq_plugin_sdk import Reject

from routeiq.adapters.mcp.failures import answered_with, no_result, remote_error, status_of, told, withheld
from routeiq.core.errors import PluginAborted
from routeiq.core.jsonrpc import RPCError
from routeiq.core.remote_calls import RemoteError
from routeiq.transport import ConnectTimeout, PoolClosed, ProtocolError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RPCError(-32600, "bad"), 400, -32600),
        (Reject(403, "no"), 200, -32010),
        (RemoteError("late", "late", 504), 504, -32603),
        (PluginAborted("secret-plugin", "tool_pre_call", 504), 504, -32603),
    ],
)
def test_every_error_has_a_status_and_a_response(error, status, code):
    document = told(error, "id")
    assert (status_of(error), document["error"]["code"], document["id"]) == (status, code, "id")
    assert "secret" not in str(document)


def test_failures_of_the_transport_keep_their_reasons_to_themselves():
    for kind, code in ((ConnectTimeout, "upstream_timeout"), (ProtocolError, "upstream_connection_broken")):
        error = remote_error(kind("https://inside", "secret"))
        assert error.code == code
        assert "inside" not in str(error)
    assert remote_error(PoolClosed("https://inside", "x")).status_code == 502
    assert no_result().code == "upstream_unanswered"


@pytest.mark.parametrize(("status", "told_as"), [(404, 404), (503, 503), (407, 502), (302, 502), (204, 502)])
def test_a_status_stays_where_it_says_something_to_the_client(status, told_as):
    assert answered_with(status).status_code == told_as


def test_a_withheld_result_is_of_the_protocols_version():
    assert "resultType" not in withheld(Reject(403, "no"), {"content": []})
    assert withheld(Reject(403, "no"), {"resultType": "complete"})["resultType"] == "complete"
