"""Laws of the store in memory: it is a dictionary with a clock."""

import asyncio
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.integers(-(2**55), 2**55)  # forty of them stay within 64 bits
KEYS = st.sampled_from("abcd")
EXPIRY = st.none() | st.sampled_from([1.0, 2.0, 5.0])
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, NUMBERS, EXPIRY),
        st.tuples(st.just("incr"), KEYS, NUMBERS, EXPIRY),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("get"), KEYS),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 3.0])),
    ),
    max_size=40,
)


class Model:
    """The law: what a store does, written for clarity and without bounds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.values: dict[str, tuple[int, float]] = {}

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
    async def compare() -> None:
        model = Model()
        storage = PluginStorage("a", MemoryStorage(largest=4, clock=lambda: model.now))
        for name, *arguments in operations:
            if name == "wait":
                model.now += arguments[0]
            else:
                assert await getattr(storage, name)(*arguments) == getattr(model, name)(*arguments), (name, arguments)

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
