"""What a client is sent."""

import pytest
from tests.fakes.mcp_relay import TARGET, Sent, answer, stream

from routeiq.adapters.mcp.replies import Reply, check_plain, is_json
from routeiq.adapters.mcp.servers import Server
from routeiq.core.remote_calls import RemoteError
from routeiq.transport.remote_headers import is_event_stream


async def test_a_body_that_is_changed_loses_what_speaks_of_its_bytes():
    sent = Sent()
    reply = Reply(Server("files", TARGET), sent)
    headers = {"content-length": "99", "etag": "x", "content-encoding": "identity", "mcp-session-id": "s"}
    await reply.whole(answer(b"", 200, headers), b"{}")
    assert sent.headers == {"content-type": "application/json", "mcp-session-id": "s", "content-length": "2"}
    assert reply.started


async def test_an_error_in_the_place_of_an_answer_keeps_what_helps_the_client():
    sent = Sent()
    made = answer(b"<html>", 503, {"retry-after": "7", "content-language": "en"}, b"text/html")
    await Reply(Server("files", TARGET), sent).failure(made, RemoteError("x", "y", 503), 1)
    assert sent.headers["retry-after"] == "7"
    assert "content-language" not in sent.headers
    assert sent.headers["content-type"] == "application/json"


async def test_an_event_is_sent_as_servers_send_it():
    sent = Sent()
    reply = Reply(Server("files", TARGET), sent)
    await reply.event({"id": 1})
    await reply.piece(b"")
    await reply.end()
    assert [message["body"] for message in sent] == [b'event: message\ndata: {"id":1}\n\n', b""]


@pytest.mark.parametrize(
    ("kind", "json", "events"),
    [
        (b"application/json; charset=utf-8", True, False),
        (b"application/vnd.x+json", True, False),
        (b"Text/Event-Stream", False, True),
        (b"text/html", False, False),
    ],
)
def test_answers_are_told_apart_by_their_type(kind, json, events):
    made = answer(b"", kind=kind)
    assert (is_json(made), is_event_stream(made.headers)) == (json, events)


def test_a_content_coding_is_refused():
    check_plain(stream())
    check_plain(answer(b"", 200, {"content-encoding": "identity"}))
    with pytest.raises(RemoteError):
        check_plain(answer(b"", 200, {"content-encoding": "br"}))
