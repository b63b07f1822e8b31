"""The stream of server-sent events: its form, and how it ends."""

import asyncio
import json

import pytest

from routeiq.admin.event_stream import EventStream
from routeiq.admin.feed import QUEUE, Feed
from routeiq.core.errors import NotRunningError
from routeiq.core.events import EventBus
from routeiq.gateway.group import SoloGroup


class Client:
    """A client that reads, or does not, and leaves when it is told."""

    def __init__(self):
        self.sent = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.leaves = asyncio.Event()

    async def receive(self):
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        await self.reads.wait()
        self.sent.append(message)

    @property
    def text(self):
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    async def until(self, text):
        async with asyncio.timeout(5):
            while text not in self.text:
                await asyncio.sleep(0.005)


@pytest.fixture
async def bus():
    bus = EventBus()
    bus.open()
    yield bus
    await bus.close()


@pytest.fixture
def feed(bus):
    return Feed(bus, SoloGroup(), asyncio.Event())


@pytest.fixture
async def client():
    return Client()


def streaming(feed, client, pattern="*", keep_alive=15.0):
    return asyncio.create_task(EventStream(feed, pattern, client.receive, keep_alive).send(client.send))


async def test_events_have_an_id_a_name_and_data(feed, bus, client):
    task = streaming(feed, client)
    await client.until(": ready\n\n")
    assert dict(client.sent[0]["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert dict(client.sent[0]["headers"])[b"cache-control"] == b"no-store"
    bus.emit("request.received", {"path": "/a\nb"})
    await client.until("request.received")
    number, name, data, *rest = client.text.removeprefix(": ready\n\n").split("\n")
    assert (name, rest) == ("event: request.received", ["", ""])
    assert json.loads(data.removeprefix("data: "))["data"] == {"path": "/a\nb"}
    assert number == f"id: {json.loads(data.removeprefix('data: '))['id']}"
    client.leaves.set()
    await asyncio.wait_for(task, 5)
    assert client.sent[-1].get("more_body"), "nobody is there to be told of the end"
    assert feed.clients == 0


async def test_silence_is_broken_by_comments(feed, client):
    task = streaming(feed, client, keep_alive=0.01)
    await client.until(": keep-alive\n\n: keep-alive\n\n")
    client.leaves.set()
    await task


async def test_a_client_that_reads_too_slowly_is_told_how_many_events_it_lost(feed, bus, client):
    task = streaming(feed, client)
    await client.until(": ready")
    client.reads.clear()
    bus.emit("request.received", {})
    await asyncio.sleep(0.01)  # the stream waits for the client now
    for _ in range(QUEUE + 5):
        bus.emit("request.received", {})
    async with asyncio.timeout(5):
        while feed.dropped < 5:
            await asyncio.sleep(0.005)
    client.reads.set()
    await client.until('event: events.dropped\ndata: {"count":5}\n\n')
    assert client.text.count("event: request.received") == 1 + QUEUE
    client.leaves.set()
    await task


async def test_the_stream_ends_with_the_gateway(feed, client):
    task = streaming(feed, client)
    await client.until(": ready")
    feed.ending.set()
    await asyncio.wait_for(task, 5)
    assert client.sent[-1] == {"type": "http.response.body", "body": b""}


async def test_a_client_that_does_not_read_does_not_keep_the_gateway_from_its_end(feed, bus, client, monkeypatch):
    monkeypatch.setattr("routeiq.admin.event_stream.FAREWELL", 0.05)
    task = streaming(feed, client)
    await client.until(": ready")
    client.reads.clear()
    bus.emit("request.received", {})
    await asyncio.sleep(0.01)
    feed.ending.set()
    await asyncio.wait_for(task, 5)


async def test_a_stream_of_a_gateway_that_does_not_run_does_not_begin(client):
    with pytest.raises(NotRunningError):
        await EventStream(Feed(EventBus(), SoloGroup(), asyncio.Event()), "*", client.receive, 1).send(client.send)
    assert client.sent == []


async def test_a_stream_that_is_cancelled_leaves_nothing(feed, bus, client):
    task = streaming(feed, client)
    await client.until(": ready")
    task.cancel()
    await asyncio.wait({task})
    assert (feed.clients, bus.wanted("request.received")) == (0, False)


async def test_the_endpoint_takes_a_pattern(admin):
    assert (await admin.call("GET", "/events?name=llm.nothing")).status == 422
    head = await admin.call("HEAD", "/events?name=llm.*")
    assert (head.status, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
