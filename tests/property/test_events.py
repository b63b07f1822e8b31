"""Whatever is emitted and however slow handlers are: each event is heard once, in order, or counted as dropped."""

import asyncio
import threading

from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.events import EventBus
from routeiq.core.lifetime import Lifetime

NAMES = ("a.x", "a.y", "a.b.x", "b.x", "c")
PATTERNS = ("*", "a.*", "a.b.*", "b.x", "c")
LIMIT = 3
HANDLERS = ("plain", "waiting", "failing", "gated")

actions = st.lists(
    st.one_of(
        st.tuples(st.just("emit"), st.sampled_from(NAMES)),
        st.tuples(st.just("emit elsewhere"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=6)),
        st.tuples(st.just("subscribe"), st.tuples(st.sampled_from(PATTERNS), st.sampled_from(HANDLERS))),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("turn"), st.integers(1, 4)),
        st.tuples(st.just("open gates"), st.none()),
        st.tuples(st.just("close gates"), st.none()),
    ),
    max_size=60,
)


def fitting(pattern, name):
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


class Reader:
    """One subscription, what it should hear, and what it does hear."""

    def __init__(self, world, pattern, kind):
        self.pattern, self.kind, self.world = pattern, kind, world
        self.expected, self.heard, self.heard_after_its_end = [], [], 0
        self.cancelled = False
        self.subscription = world.bus.subscribe(pattern, self.handler(), world.lifetime)
        world.readers.append(self)

    def hear(self, event):
        self.heard.append(event.data["n"])
        self.heard_after_its_end += self.cancelled

    def handler(self):
        async def waiting(event):
            self.hear(event)
            await asyncio.sleep(0)

        def failing(event):
            self.hear(event)
            raise ValueError("boom")

        async def gated(event):
            self.hear(event)
            await self.world.gate.wait()

        return {"plain": self.hear, "waiting": waiting, "failing": failing, "gated": gated}[self.kind]


class World:
    """A bus, its readers, and the count of what was emitted."""

    def __init__(self):
        self.bus = EventBus(limit=LIMIT)
        self.bus.open()
        self.lifetime = Lifetime("p")
        self.lifetime.begin()
        self.gate = asyncio.Event()
        self.readers = []
        self.count = 0

    def emit(self, name):
        number, self.count = self.count, self.count + 1
        for reader in self.readers:
            if not reader.cancelled and fitting(reader.pattern, name):
                reader.expected.append(number)
        self.bus.emit_own("p", name, {"n": number})

    async def do(self, action, what):
        if action == "emit":
            self.emit(what)
        elif action == "emit elsewhere":
            thread = threading.Thread(target=lambda: [self.emit(name) for name in what])
            thread.start()
            thread.join()
        elif action == "subscribe" and len(self.readers) < 6:
            Reader(self, *what)
        elif action == "cancel" and what < len(self.readers):
            self.readers[what].subscription.cancel()
            self.readers[what].cancelled = True
        elif action == "turn":
            for _ in range(what):
                await asyncio.sleep(0)
        elif action == "open gates":
            self.gate.set()
        elif action == "close gates":
            self.gate = asyncio.Event() if self.gate.is_set() else self.gate


@given(actions)
def test_each_event_is_heard_once_and_in_order_or_counted(script):
    async def run():
        world = World()
        for action, what in script:
            await world.do(action, what)
        for reader in world.readers:
            reader.world.gate.set()
        await world.lifetime.end()
        await world.bus.close()
        for reader in world.readers:
            assert reader.heard == sorted(set(reader.heard)), "twice, or out of order"
            assert set(reader.heard) <= set(reader.expected)
            assert reader.heard_after_its_end == 0
            if not reader.cancelled:
                assert len(reader.heard) + reader.subscription.dropped == len(reader.expected)
        assert world.bus.dropped == sum(reader.subscription.dropped for reader in world.readers)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


@given(st.lists(st.sampled_from(NAMES), max_size=30), st.sampled_from(PATTERNS))
def test_a_reader_that_is_quick_enough_loses_nothing_whoever_else_is_stuck(names, pattern):
    async def run():
        world = World()
        quick, stuck = Reader(world, pattern, "plain"), Reader(world, pattern, "gated")
        for name in names:
            world.emit(name)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert quick.heard == quick.expected
        assert quick.subscription.dropped == 0
        assert stuck.heard == stuck.expected[:1]
        world.gate.set()
        await world.lifetime.end()
        await world.bus.close()

    asyncio.run(run())
