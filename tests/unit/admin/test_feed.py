"""Events on their way to clients: of all workers, bounded, and never waited for."""

import asyncio
import contextlib
import json

import pytest

from routeiq.admin.answers import Refusal
from routeiq.admin.feed import CLIENTS, LARGEST, QUEUE, TOPIC, Feed
from routeiq.core.events import EventBus
from routeiq.core.masking import MASK
from routeiq.gateway.group import Member, Seat, SoloGroup, WorkerGroup


@contextlib.asynccontextmanager
async def workers(tmp_path, *numbers):
    """Feeds of so many workers, with their buses and groups."""
    (tmp_path / "group").mkdir(mode=0o700, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for number in numbers:
            group = WorkerGroup(Seat(tmp_path / "group", Member(number, number), 3))
            bus = EventBus(worker=number)
            bus.open()
            stack.push_async_callback(bus.close)
            feed = Feed(bus, group, asyncio.Event())
            await group.open()
            stack.push_async_callback(group.close)
            found.append((feed, bus, group))
        yield found


@pytest.fixture
async def feed():
    bus = EventBus()
    bus.open()
    yield Feed(bus, SoloGroup(), asyncio.Event()), bus
    await bus.close()


async def taken(queue, count):
    found = []
    async with asyncio.timeout(5):
        while len(found) < count:
            found += await queue.take()
    return [(name, json.loads(text)) for _, name, text in found]


async def test_a_client_gets_the_events_that_fit_its_pattern(feed):
    feed, bus = feed
    async with feed.open("llm.*") as queue:
        assert feed.clients == 1
        bus.emit("llm.call.started", {"call_id": "c"}, request_id="r")
        bus.emit("request.received", {"path": "/"})
        bus.emit("llm.call.failed", {"error": "x"})
        (first, document), (second, _) = await taken(queue, 2)
    assert (first, second) == ("llm.call.started", "llm.call.failed")
    assert (document["data"], document["request_id"], document["worker"], document["source"]) == (
        {"call_id": "c"},
        "r",
        0,
        None,
    )
    assert feed.clients == 0
    assert not bus.wanted("llm.call.started")


async def test_what_plugins_put_into_events_is_masked_and_told_as_well_as_json_can(feed):
    feed, bus = feed
    itself = {}
    itself["itself"] = itself
    async with feed.open("*") as queue:
        for data in ({"token": "hush", "thing": object(), 3: b"x"}, {"text": "x" * LARGEST}, {"a": 2**70}, itself):
            bus.emit_own("p", "p.happened", data)
        events = [document for _, document in await taken(queue, 4)]
    assert events[0]["data"]["token"] == MASK
    assert "object" in events[0]["data"]["thing"]
    assert [event["data"] for event in events[1:]] == [None, None, None]
    assert "over" in events[1]["problem"]
    assert "JSON cannot hold" in events[2]["problem"]


async def test_a_client_that_does_not_read_loses_events_and_they_are_counted(feed):
    feed, bus = feed
    async with feed.open("*") as slow, feed.open("*") as quick:
        for number in range(QUEUE + 7):
            bus.emit("request.received", {"number": number})
            if number % 100 == 0:
                await asyncio.sleep(0)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await quick.take()
        async with asyncio.timeout(5):
            while slow.dropped < 7:
                await asyncio.sleep(0.01)
        assert quick.dropped == 0
        assert feed.dropped == 7
        assert len(await slow.take()) == QUEUE
    assert feed.dropped == 7


@pytest.mark.parametrize("pattern", ["llm.", "LLM", "llm.nothing", "a b", ""])
async def test_a_pattern_that_nothing_fits_is_refused(feed, pattern):
    with pytest.raises(Refusal) as raised:
        feed[0].check(pattern)
    assert raised.value.answer.status == 422


async def test_a_worker_serves_so_many_clients(feed):
    feed, _ = feed
    feed.check("*")
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CLIENTS):
            await stack.enter_async_context(feed.open("*"))
        with pytest.raises(Refusal) as raised:
            feed.check("*")
    assert raised.value.answer.status == 503
    feed.check("*")


async def test_a_client_gets_the_events_of_all_workers_once(tmp_path):
    async with workers(tmp_path, 0, 1, 2) as found, found[1][0].open("request.*") as queue:
        for _, bus, _ in found:
            bus.emit("request.received", {"path": "/"})
            bus.emit("response.sent", {})
        events = await taken(queue, 3)
        assert sorted(document["worker"] for _, document in events) == [0, 1, 2]
    async with asyncio.timeout(5):
        while any(bus.wanted("request.received") for _, bus, _ in found):
            await asyncio.sleep(0.01)


async def test_a_worker_that_comes_later_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("routeiq.admin.feed.SEARCH", 0.05)
    async with workers(tmp_path, 0) as first, first[0][0].open("*") as queue, workers(tmp_path, 1) as second:
        bus = second[0][1]
        async with asyncio.timeout(5):
            while not bus.wanted("request.received"):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # further searches do not double it
        bus.emit("request.received", {"number": 1})
        bus.emit("request.received", {"number": 2})
        assert [document["data"]["number"] for _, document in await taken(queue, 2)] == [1, 2]


async def test_a_worker_that_dies_takes_nothing_with_it(tmp_path):
    async with workers(tmp_path, 0) as first, first[0][0].open("*") as queue:
        async with workers(tmp_path, 1):
            pass
        first[0][1].emit("request.received", {})
        assert len(await taken(queue, 1)) == 1


class SlowPeer:
    """The other side of a conversation, which takes what it is sent only while its gate is open."""

    number = 1

    def __init__(self):
        self.messages = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def receive(self):
        return {"stream": "s", "name": "*"}

    async def send(self, message):
        await self.gate.wait()
        self.messages.append(message)

    async def wait_lost(self):
        await asyncio.Event().wait()


async def test_losses_on_the_way_to_another_worker_are_told_with_the_next_events(feed):
    feed, bus = feed
    peer = SlowPeer()
    serving = asyncio.create_task(feed._serve(peer))
    async with asyncio.timeout(5):
        while not peer.messages:
            await asyncio.sleep(0.001)
        peer.gate.clear()
        bus.emit("request.received", {})
        await asyncio.sleep(0.01)  # this one is being sent
        for _ in range(QUEUE + 5):
            bus.emit("request.received", {})
        await asyncio.sleep(0.2)
        peer.gate.set()
        while len(peer.messages) < 3:
            await asyncio.sleep(0.001)
        await feed._serve(peer)  # the same client is not served twice
    assert peer.messages[0] == {"ready": True}
    assert [(len(one["events"]), one["dropped"]) for one in peer.messages[1:]] == [(1, 0), (QUEUE, 5)]
    feed.ending.set()
    await asyncio.wait_for(serving, 5)


async def test_losses_of_another_worker_are_counted(tmp_path):
    async def losing(conversation):
        await conversation.receive()
        await conversation.send({"ready": True})
        await conversation.send({"events": [["i", "n", "{}"]], "dropped": 3})
        await conversation.wait_lost()

    (tmp_path / "group").mkdir(mode=0o700)
    group = WorkerGroup(Seat(tmp_path / "group", Member(7, 7), 2))
    group.serve(TOPIC, losing)
    await group.open()
    async with workers(tmp_path, 0) as found, found[0][0].open("*") as queue:
        assert await taken(queue, 1) == [("n", {})]
        assert (queue.dropped, found[0][0].dropped) == (3, 3)
    await group.close()


async def test_a_worker_whose_events_cannot_be_had_is_told_of(tmp_path, caplog):
    async def broken(conversation):
        await conversation.receive()
        raise ValueError("it is broken")

    (tmp_path / "group").mkdir(mode=0o700)
    group = WorkerGroup(Seat(tmp_path / "group", Member(7, 7), 2))
    group.serve(TOPIC, broken)
    await group.open()
    async with workers(tmp_path, 0) as found, found[0][0].open("*"):
        assert "the events of worker 7 are not shown: it is broken" in caplog.text
    await group.close()


async def test_a_search_for_other_workers_that_fails_is_told(feed, monkeypatch, caplog):
    feed, bus = feed

    def broken(topic):
        raise OSError("too many open files")

    monkeypatch.setattr(feed._group, "converse", broken)
    async with feed.open("*") as queue:
        bus.emit("request.received", {})
        assert len(await taken(queue, 1)) == 1
    assert "a client missed the events of other workers" in caplog.text
    assert "too many open files" in caplog.text


async def test_all_ends_with_the_gateway(tmp_path):
    async with workers(tmp_path, 0, 1) as found, found[0][0].open("*"):
        other, bus, _ = found[1]
        assert bus.wanted("request.received")
        other.ending.set()
        async with asyncio.timeout(5):
            while bus.wanted("request.received"):
                await asyncio.sleep(0.01)
