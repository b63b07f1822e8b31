"""Laws of plugins' stores: each is a dictionary with a clock."""

import asyncio
import math
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import redis_server

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage
from routeiq.storage.sqlite import Database, SQLiteStorage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.integers(-(2**55), 2**55)  # forty of them stay within 64 bits
KEYS = st.sampled_from("abcd")
EXPIRY = st.none() | st.sampled_from([1.0, 2.0, 5.0])
CALLS = [
    st.tuples(st.just("set"), KEYS, NUMBERS, EXPIRY),
    st.tuples(st.just("incr"), KEYS, NUMBERS, EXPIRY),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("acquire"), KEYS, st.integers(0, 8), st.sampled_from([1.0, 2.0, 5.0]), st.integers(1, 4)),
    st.tuples(st.just("settle"), st.integers(0, 40), st.integers(0, 6)),
]
WAIT = st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 3.0]))
OPERATIONS = st.lists(st.one_of(*CALLS, WAIT), max_size=40)


class Model:
    """The law: what a store does, written for clarity and without bounds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.values: dict[str, tuple[int, float]] = {}
        self.windows: dict[str, list[float]] = {}  # what is used, and the end; the list itself is the window

    def get(self, key: str) -> int | None:
        value, deadline = self.values.get(key, (None, math.inf))
        return None if deadline <= self.now else value

    def set(self, key: str, value: int, expires_in: float | None) -> None:
        self.values[key] = value, math.inf if expires_in is None else self.now + expires_in

    def incr(self, key: str, amount: int, expires_in: float | None) -> int:
        before = self.get(key)
        if before is None:
            self.set(key, amount, expires_in)
            return amount
        self.values[key] = before + amount, self.values[key][1]
        return before + amount

    def delete(self, key: str) -> bool:
        there = self.get(key) is not None
        self.values.pop(key, None)
        return there

    def acquire(self, key: str, limit: int, length: float, amount: int) -> tuple[Any, ...]:
        running = self.windows.get(key, [0, -math.inf])
        if running[1] <= self.now:
            running = [0, self.now + length]
        granted = running[0] + amount <= limit
        if granted:
            running[0] += amount
            self.windows[key] = running
        return granted, max(limit - running[0], 0), running[1] - self.now, running

    def settle(self, window: list[float], correction: int) -> None:
        window[0] = max(window[0] + correction, 0)


async def agree(backend: Any, model: Model, operations: list[tuple[Any, ...]], check_times: bool = True) -> None:
    """Do the same with a store and with the model, and compare every answer."""
    storage = PluginStorage("a", backend)
    permits: list[tuple[Any, Any]] = []
    for name, *arguments in operations:
        step = name, arguments
        if name == "wait":
            model.now += arguments[0]
        elif name == "acquire":
            permit = await storage.acquire(*arguments)
            granted, remaining, reset_after, window = model.acquire(*arguments)
            assert (permit.granted, permit.remaining) == (granted, remaining), step
            assert not check_times or math.isclose(permit.reset_after, reset_after, abs_tol=1e-6), step
            permits.append((permit, window))
        elif name == "settle":
            if arguments[0] < len(permits):
                permit, window = permits[arguments[0]]
                permits[arguments[0]] = replace(permit, granted=False), window  # at most once
                await storage.settle(permit, arguments[1])
                if permit.granted:
                    model.settle(window, arguments[1] - permit.amount)
        else:
            assert await getattr(storage, name)(*arguments) == getattr(model, name)(*arguments), step


@settings(deadline=None)
@given(JSON)
def test_what_is_stored_comes_back_equal(value: Any) -> None:
    async def round_trip() -> Any:
        storage = PluginStorage("a", MemoryStorage())
        await storage.set("k", value)
        return await storage.get("k")

    assert asyncio.run(round_trip()) == value


@settings(deadline=None)
@given(OPERATIONS)
def test_a_store_within_its_bound_is_a_dictionary_with_a_clock(operations: list[tuple[Any, ...]]) -> None:
    model = Model()
    asyncio.run(agree(MemoryStorage(largest=4, clock=lambda: model.now), model, operations))


@settings(deadline=None, max_examples=50)
@given(OPERATIONS)
def test_a_file_is_one_too(operations: list[tuple[Any, ...]]) -> None:
    async def compare() -> None:
        model = Model()
        with tempfile.TemporaryDirectory() as folder:
            database = Database(Path(folder, "state.db"))
            await database.open()
            # Unix time: a store may be asked at any time but the year 1970.
            storage = SQLiteStorage(database, largest=4, clock=lambda: 1e9 + model.now)
            try:
                await agree(storage, model, operations)
            finally:
                await database.close()

    asyncio.run(compare())


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    if not redis_server.is_installed():
        pytest.skip("needs redis-server (Debian's package of that name)")
    with redis_server.running(tmp_path_factory.mktemp("redis")) as one:
        yield one.url


@settings(deadline=None, max_examples=50)
@given(st.lists(st.one_of(*CALLS), max_size=40))
def test_a_server_is_one_too_whose_clock_cannot_be_set(redis_url: str, operations: list[tuple[Any, ...]]) -> None:
    from routeiq.storage.redis import RedisServer, RedisStorage

    async def compare() -> None:
        server = RedisServer(redis_url, uuid.uuid4().hex, timeout=30)
        server.open()
        server.found()
        try:
            # So slow that nothing expires meanwhile.
            slowly = [tuple(one * 1000 if isinstance(one, float) else one for one in step) for step in operations]
            await agree(RedisStorage(server), Model(), slowly, check_times=False)
        finally:
            await server.close()

    asyncio.run(compare())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), EXPIRY, st.floats(0, 2)), max_size=60), st.integers(1, 6))
def test_the_bound_holds_and_only_expired_or_the_oldest_go(
    writes: list[tuple[int, float | None, float]], largest: int
) -> None:
    async def check() -> None:
        now = 0.0
        backend = MemoryStorage(largest=largest, clock=lambda: now)
        storage = PluginStorage("a", backend)
        deadlines: dict[str, float] = {}  # of live entries by my own account, the oldest write first
        for number, expires_in, passed in writes:
            now += passed
            key = str(number)
            await storage.set(key, number, expires_in=expires_in)
            deadlines = {one: deadline for one, deadline in deadlines.items() if one != key and deadline > now}
            deadlines[key] = math.inf if expires_in is None else now + expires_in
            while len(deadlines) > largest:
                del deadlines[next(iter(deadlines))]
            assert backend.size("a") <= largest
            for one in deadlines:
                assert await storage.get(one) == int(one)

    asyncio.run(check())
