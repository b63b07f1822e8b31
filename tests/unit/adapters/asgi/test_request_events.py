"""Requests and WebSockets as events: what came in, and how it ended."""

import asyncio

import pytest
from routeiq_plugin_sdk import PluginResponse, Principal

from routeiq.core.event_names import HOST_EVENTS

NAMES = ["request.received", "response.sent"]


@pytest.fixture
def heard(under):
    """heard(app, *plugins) -> Client, and the events of its requests."""

    async def make(app, *plugins):
        client, events = await under(app, *plugins), []
        client.app.manager.events.subscribe("*", events.append)
        return client, events

    return make


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_request_is_told_when_it_comes_in_and_when_it_has_ended(apps, heard):
    client, events = await heard(apps.answering(b"x", status=201))
    await client("POST", "/a b", headers={"x-request-id": "r-7", "authorization": "secret"})
    await settled()
    received, sent = events
    assert [event.name for event in events] == NAMES
    for event in events:
        assert tuple(event.data) == HOST_EVENTS[event.name]
        assert (event.request_id, event.source) == ("r-7", None)
        assert "secret" not in str(event)
    assert dict(received.data) == {"method": "POST", "path": "/a b"}
    data = dict(sent.data)
    assert 0 <= data.pop("duration") < 5
    assert data == {
        "method": "POST",
        "path": "/a b",
        "status": 201,
        "aborted": False,
        "principal": None,
        "short_circuited_by": None,
    }


async def test_the_end_is_told_with_the_request_as_plugins_left_it(plugin, apps, heard):
    def rewrite(request):
        return request.replace(path="/new")

    def authenticate():
        return Principal("alice")

    def request():
        return PluginResponse.text("no", 403)

    client, events = await heard(apps.answering(b"x"), plugin("gate", rewrite, authenticate, request))
    await client("GET", "/old")
    await settled()
    received, sent = (event.data for event in events)
    assert received["path"] == "/old"
    assert (sent["path"], sent["status"], sent["principal"], sent["short_circuited_by"]) == (
        "/new",
        403,
        "alice",
        "gate",
    )


async def test_a_client_that_leaves_and_an_application_that_raises_end_once(apps, heard):
    async def leaving(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass

    async def raising(scope, receive, send):
        raise KeyError("lost")

    for app, expected in ((leaving, (200, True)), (raising, (500, False))):
        client, events = await heard(app)
        await client(leaves_after=1)
        await settled()
        assert [event.name for event in events] == NAMES
        assert (events[1].data["status"], events[1].data["aborted"]) == expected


async def test_a_websocket_is_told_too(apps, heard):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})

    client, events = await heard(app)
    messages = [{"type": "websocket.connect"}]

    async def receive():
        return messages.pop() if messages else {"type": "websocket.disconnect", "code": 1000}

    async def send(message): ...

    await client.app({**apps.scope_of(path="/chat"), "type": "websocket"}, receive, send)
    await settled()
    assert [(event.data["method"], event.data["path"]) for event in events] == [("WEBSOCKET", "/chat")] * 2
    assert events[1].data["status"] == 101


async def test_a_request_that_came_in_before_anybody_listened_is_not_told(apps, under):
    gate, events = asyncio.Event(), []

    async def app(scope, receive, send):
        await gate.wait()
        await apps.answering(b"x")(scope, receive, send)

    client = await under(app)
    asking = asyncio.create_task(client())
    await asyncio.sleep(0)
    client.app.manager.events.subscribe("*", events.append)
    gate.set()
    await asking
    await settled()
    assert events == []
