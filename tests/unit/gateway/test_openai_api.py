"""OpenAI's API at its edges: what the endpoints send."""

import orjson
import pytest

from routeiq.core.attempts import AttemptError
from routeiq.core.dialects import CHAT, MESSAGES
from routeiq.gateway.openai_api import relayed_error, send_error


class Sent(list):
    async def __call__(self, message):
        self.append(message)

    @property
    def document(self):
        return orjson.loads(self[1]["body"])


async def test_an_error_has_the_shape_that_clients_expect():
    sent = Sent()
    await send_error(sent, 404, "no such model", "model_not_found", "model")
    assert sent[0]["status"] == 404
    assert sent.document["error"] == {
        "message": "no such model", "type": "not_found_error", "param": "model", "code": "model_not_found",
    }  # fmt: skip
    assert (b"content-length", b"%d" % len(sent[1]["body"])) in sent[0]["headers"]


def test_the_upstreams_error_reaches_the_client_as_it_is():
    body = {"error": {"message": "m", "type": "t", "param": "p", "code": "c"}, "more": 1}
    assert relayed_error(CHAT, AttemptError(429, "m", "c", body=orjson.dumps(body))) == body


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "text"}', b'{"detail": "x"}', b"\xff"])
def test_an_error_of_another_shape_is_told_in_ours(body):
    error = relayed_error(CHAT, AttemptError(503, "busy", "upstream_busy", body=body))["error"]
    assert (error["message"], error["code"]) == ("busy", "upstream_busy")


def test_a_client_of_anthropics_api_gets_its_shape_whatever_the_upstreams():
    body = {"error": {"message": "slow down", "type": "t", "param": None, "code": "c"}}
    error = AttemptError(429, "slow down", "c", body=orjson.dumps(body))
    expected = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    assert relayed_error(MESSAGES, error) == expected
    own = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}, "request_id": "r"}
    assert relayed_error(MESSAGES, AttemptError(529, "busy", body=orjson.dumps(own))) == own
