"""Answers: JSON whatever it holds, never stored, and errors in one shape."""

import json

import pytest

from routeiq.admin.answers import Answer, Refusal, encoded
from routeiq.core.errors import Problem


async def sent(answer, **options):
    messages = []

    async def send(message):
        messages.append(message)

    await answer.send(send, **options)
    return messages[0]["status"], dict(messages[0]["headers"]), messages[1]["body"]


async def test_a_document_is_sent_with_its_length_and_must_not_be_stored():
    status, headers, body = await sent(Answer(200, {"a": "ü"}, {"etag": '"x"'}))
    assert (status, json.loads(body)) == (200, {"a": "ü"})
    assert headers == {
        b"cache-control": b"no-store", b"x-content-type-options": b"nosniff", b"etag": b'"x"',
        b"content-type": b"application/json", b"content-length": b"11",
    }  # fmt: skip


async def test_an_answer_to_head_has_the_headers_alone():
    assert (await sent(Answer(200, {"a": "ü"}), head=True))[2] == b""
    assert (await sent(Answer(200, {"a": "ü"}), head=True))[1][b"content-length"] == b"11"


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_no_length(status):
    _, headers, body = await sent(Answer(status))
    assert (b"content-length" in headers, b"content-type" in headers, body) == (False, False, b"")


def test_text_that_utf_8_cannot_hold_is_escaped():
    assert json.loads(encoded({"a": "\ud800", "b": "ü"})) == {"a": "\ud800", "b": "ü"}


def test_a_refusal_tells_what_is_wrong_with_each_field():
    refusal = Refusal(
        409, "Words.", "pinned", param="a", problems=[Problem("file", "a", "is set")], headers={"allow": "GET"}
    )
    assert refusal.answer.headers == {"allow": "GET"}
    assert refusal.answer.document == {
        "error": {
            "message": "Words.", "type": "invalid_request_error", "param": "a", "code": "pinned",
            "problems": [{"field": "a", "source": "file", "message": "is set"}],
        }
    }  # fmt: skip
    assert "problems" not in Refusal(404, "Words.", "x").answer.document["error"]
