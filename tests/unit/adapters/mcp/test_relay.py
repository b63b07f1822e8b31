"""What passes without plugins: streams of the server's own messages, ends of sessions, what is not understood."""

import pytest
from tests.fakes.mcp_relay import Sent, answer, call, event, result, stream

from routeiq.transport import ConnectFailed, ConnectionClosed

NOTE = {"jsonrpc": "2.0", "method": "notifications/x"}


def tool_post_call(result):
    return {**result, "content": []}


@pytest.mark.parametrize("judged", [False, True])
async def test_what_calls_no_tool_passes_as_it_is(world, judged):
    here = await world(*([tool_post_call] if judged else []))
    message = {"jsonrpc": "2.0", "id": "x", "method": "further/method", "params": {"_meta": {"own": 1}}}
    headers = {"mcp-session-id": "s", "mcp-further": "x", "last-event-id": "7", "x-own": "y", "origin": "http://a"}
    made = answer(b'{ "anything": 1 }', 418, {"mcp-session-id": "new", "x-server": "z"})
    here.upstream.answers.append(made)
    sent = await here.post(message, headers)
    assert here.upstream.asked[0]["body"] == message
    assert {name: here.upstream.header(name) for name in headers} == headers
    assert (sent.status, sent.document) == (418, {"anything": 1})
    assert (sent.body == b'{ "anything": 1 }') is not judged
    expected = {"content-type": "application/json", "mcp-session-id": "new", "x-server": "z"}
    assert {name: value for name, value in sent.headers.items() if name != "content-length"} == expected


async def test_notifications_and_responses_pass(world):
    here = await world(tool_post_call)
    for message, status in ((NOTE, 202), (NOTE, 204), ({"jsonrpc": "2.0", "id": 1, "result": {}}, 202)):
        here.upstream.answers.append(answer(b"", status))
        sent = await here.post(message)
        assert (sent.status, sent.body) == (status, b"")
        assert ("content-length" in sent.headers) is (status != 204)


async def test_a_stream_of_the_servers_own_messages_passes_piece_by_piece(world):
    here = await world()
    pieces = [b"id: 1\nda", b"ta: {}\n\n"]
    here.upstream.answers.append(stream(*pieces))
    sent = await here.send("GET", headers={"last-event-id": "1"})
    assert [message["body"] for message in sent[1:]] == [*pieces, b""]
    assert (here.upstream.asked[0]["method"], here.upstream.header("last-event-id")) == ("GET", "1")


async def test_the_end_of_a_session_passes(world):
    here = await world()
    here.upstream.answers.append(answer(b"", 204))
    sent = await here.send("DELETE", headers={"mcp-session-id": "s"})
    assert (here.upstream.asked[0]["method"], sent.status) == ("DELETE", 204)


async def test_other_methods_are_not_allowed(world):
    here = await world()
    sent = await here.send("PUT")
    assert (sent.status, sent.headers["allow"]) == (405, "GET, POST, DELETE")


async def test_what_goes_wrong_before_an_answer_is_told(world):
    here = await world()
    here.upstream.answers.append(ConnectFailed("https://files.test", "secret"))
    sent = await here.send("GET")
    assert (sent.status, sent.document["error"]["data"]) == (502, {"code": "upstream_unreachable"})
    here.upstream.answers.append(answer(b"", 401, {"www-authenticate": "Bearer"}))
    sent = await here.send("GET")
    assert (sent.status, sent.document["error"]["data"]) == (502, {"code": "upstream_unauthorized"})


async def test_where_the_client_brings_the_credentials_it_is_asked_for_them(world):
    here = await world(forwarded=frozenset({b"authorization"}))
    here.upstream.answers.append(answer(b"", 401, {"www-authenticate": "Bearer"}))
    sent = await here.send("GET", headers={"authorization": "Bearer mine"})
    assert (sent.status, sent.headers["www-authenticate"]) == (401, "Bearer")
    assert here.upstream.header("authorization") == "Bearer mine"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_was_relayed_as_it_is_breaks_off_as_it_did(world, method):
    here, sent = await world(), Sent()
    here.upstream.answers.append(stream(b": ping\n\n", broken=True))
    with pytest.raises(ConnectionClosed):
        await here.send(method, b'{"jsonrpc":"2.0","id":1,"method":"ping"}', send=sent)
    assert sent[-1]["body"] == b": ping\n\n"


async def test_a_result_that_comes_by_another_stream_is_judged_there(world):
    here = await world(tool_post_call)
    session = {"mcp-session-id": "s"}
    here.upstream.answers.append(stream(b"id: 1\ndata: \n\n"))
    assert (await here.post(call(id=4), session)).events == []
    for _ in range(2):  # a stream can be resumed twice
        here.upstream.answers.append(stream(event(result("found", 4))[:9], event(result("found", 4))[9:]))
        sent = await here.send("GET", headers=session)
        assert sent.events == [{"jsonrpc": "2.0", "id": 4, "result": {"content": []}}]
    here.upstream.answers.append(stream(result("found", 4)))
    (withheld,) = (await here.send("GET", headers={"mcp-session-id": "other"})).events
    assert withheld["error"]["data"] == {"code": "unchecked_answer"}


async def test_the_plugins_of_the_request_that_fetches_a_result_judge_it(world):
    here, guarded = await world(), await world(tool_post_call)
    here.upstream.answers += [stream(b"id: 1\ndata: \n\n"), stream(result("secret"))]
    await here.post(call(), {"mcp-session-id": "s"})
    here.manager = guarded.manager
    sent = await here.send("GET", headers={"mcp-session-id": "s"})
    assert sent.events == [{"jsonrpc": "2.0", "id": 1, "result": {"content": []}}]


@pytest.mark.parametrize(("method", "message"), [("GET", None), ("DELETE", None), ("POST", call()), ("POST", NOTE)])
async def test_another_address_of_the_servers_stays_here(world, method, message):
    here = await world()
    here.upstream.answers.append(answer(b"", 307, {"location": "https://files.test/mcp/?key=secret"}))
    sent = await (here.post(message) if message else here.send(method))
    assert (sent.status, sent.document["error"]["data"]) == (502, {"code": "upstream_redirect"})
    assert "location" not in sent.headers


@pytest.mark.parametrize("kind", [b"application/json", b"", b"text/plain"])
async def test_a_result_does_not_pass_as_what_is_no_answer(world, kind):
    here = await world(tool_post_call)
    here.upstream.answers += [answer(result("secret"), kind=kind), answer(result("secret"), kind=kind)]
    sent = await here.send("GET")
    assert (sent.status, sent.document["error"]["data"]) == (502, {"code": "upstream_answer_invalid"})
    sent = await here.post(NOTE)
    assert (sent.status, sent.body) == (200, b"")
    here.upstream.answers += [answer({"error": {}}, 405), answer({"error": {}}, 400)]
    assert [(await here.send("GET")).status, (await here.post(NOTE)).status] == [405, 400]


async def test_an_answer_that_cannot_be_read_is_no_stream_to_judge(world):
    here = await world(tool_post_call)
    made = answer(b"x", 200, {"content-encoding": "gzip"}, b"text/event-stream")
    here.upstream.answers.append(made)
    assert (await here.send("GET")).status == 502
    assert here.upstream.header("accept-encoding") == "identity"


async def test_calls_that_may_still_be_answered_end_with_the_relay(world):
    from tests.fakes.tracer import NotingTracer

    tracer = NotingTracer()
    here = await world(tracer=tracer)
    here.upstream.answers.append(stream(b"id: 1\ndata: \n\n"))
    await here.post(call(), {"mcp-session-id": "s"})
    assert tracer.told == ["begin tool files search"]
    here.relay.close()
    assert tracer.told == ["begin tool files search", "end tool"]
    assert here.relay.server("files") is here.server
    assert here.relay.server("other") is None
