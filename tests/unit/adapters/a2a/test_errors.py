"""Errors in the shapes of both bindings."""

import pytest
from routeiq_plugin_sdk import Reject

from routeiq.adapters.a2a.errors import AgentError, decision, invalid_answer, invalid_request, unreachable
from routeiq.core.errors import PluginAborted
from routeiq.transport import BodyTooLarge, ConnectFailed, ConnectionClosed, ConnectTimeout, ReadTimeout

INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def test_an_error_is_one_of_either_binding():
    error = AgentError(429, -32010, "TOO_MUCH", "Slow down.")
    details = [{"@type": INFO, "reason": "TOO_MUCH", "domain": "routeiq", "metadata": {"status": "429"}}]
    assert error.rpc_document(7) == {
        "jsonrpc": "2.0", "id": 7, "error": {"code": -32010, "message": "Slow down.", "data": details},
    }  # fmt: skip
    assert error.rest_document() == {
        "error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Slow down.", "details": details}
    }
    assert error.code == "too_much"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "INVALID_ARGUMENT"),
        (404, "NOT_FOUND"),
        (422, "FAILED_PRECONDITION"),
        (504, "DEADLINE_EXCEEDED"),
        (599, "INTERNAL"),
    ],
)
def test_a_status_has_its_word(status, word):
    assert AgentError(status, -1, "R", "m").rest_document()["error"]["status"] == word


def test_a_plugins_decision_keeps_its_words_and_its_failure_does_not():
    refused = decision(Reject(451, "Not here.", "bad-words!", {"retry-after": "9"}))
    assert (refused.status_code, refused.message, refused.reason) == (451, "Not here.", "BAD_WORDS_")
    assert refused.headers["retry-after"] == "9"
    failed = decision(PluginAborted("guard", "agent_pre_call", 504))
    assert (failed.status_code, failed.reason, failed.message) == (
        504,
        "PLUGIN_FAILED",
        "A plugin of the gateway failed.",
    )


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (ConnectFailed("http://x", "refused"), 502, "AGENT_UNREACHABLE"),
        (ConnectTimeout("http://x", "late"), 504, "AGENT_TIMEOUT"),
        (ReadTimeout("http://x", "late"), 504, "AGENT_TIMEOUT"),
        (BodyTooLarge("http://x", "big"), 502, "AGENT_ANSWER_TOO_LARGE"),
        (ConnectionClosed("http://x", "cut", response_started=True), 502, "AGENT_CONNECTION_BROKEN"),
    ],
)
def test_what_goes_wrong_on_the_way_is_told_without_the_agents_address(error, status, reason):
    said = unreachable(error)
    assert (said.status_code, said.reason) == (status, reason)
    assert "http" not in said.message


def test_the_protocols_own_errors_have_its_codes():
    assert (invalid_answer("m").rpc_code, invalid_answer("m").reason) == (-32006, "INVALID_AGENT_RESPONSE")
    assert invalid_request("m").reason == "INVALID_REQUEST"
    assert invalid_request("m", rpc_code=-32602).reason == "INVALID_PARAMS"
    assert invalid_request("m").details[0]["domain"] == "a2a-protocol.org"
