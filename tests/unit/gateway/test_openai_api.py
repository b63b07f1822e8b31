"""OpenAI's API at its edges: what the endpoints send."""

import orjson
import pytest
from routeiq_plugin_sdk import Headers

from routeiq.core.calls import AttemptError
from routeiq.gateway.openai_api import send_attempt_error, send_error


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


async def test_the_upstreams_error_reaches_the_client_as_it_is():
    body = {"error": {"message": "m", "type": "t", "param": "p", "code": "c"}, "more": 1}
    sent = Sent()
    await send_attempt_error(sent, AttemptError(429, "m", "c", Headers.of({"retry-after": "3"}), orjson.dumps(body)))
    assert (sent[0]["status"], sent.document) == (429, body)
    assert (b"retry-after", b"3") in sent[0]["headers"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "text"}', b'{"detail": "x"}', b"\xff"])
async def test_an_error_of_another_shape_is_told_in_ours(body):
    sent = Sent()
    await send_attempt_error(sent, AttemptError(503, "busy", "upstream_busy", body=body))
    assert (sent[0]["status"], sent.document["error"]["message"], sent.document["error"]["code"]) == (
        503,
        "busy",
        "upstream_busy",
    )
