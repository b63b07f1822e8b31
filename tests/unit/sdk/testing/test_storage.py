from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import StorageUnavailable
from routeiq_plugin_sdk.testing import MockStorage
from tests.fakes.clock import Clock

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage

KEYS = st.sampled_from(["a", "b"])
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([2**63 - 1, 2**64, True, 1.5]))
EXPIRIES = st.one_of(st.none(), st.sampled_from([0, 1, 2.5, -1]))
VALUES = st.one_of(NUMBERS, st.text(max_size=2), st.just({"a": [1, None]}), st.just({1: 2}), st.just(float("nan")))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("get"), KEYS),
        st.tuples(st.just("set"), KEYS, VALUES, EXPIRIES),
        st.tuples(st.just("incr"), KEYS, NUMBERS, EXPIRIES),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("acquire"), KEYS, NUMBERS, EXPIRIES.map(lambda seconds: seconds or 0), NUMBERS),
        st.tuples(st.just("settle"), st.integers(0, 5), NUMBERS),
        st.tuples(st.just("pass"), st.sampled_from([0.5, 1, 3])),
    ),
    max_size=25,
)


async def outcome(storage: Any, permits: list[Any], step: tuple[Any, ...]) -> Any:
    """Return what a step gives or raises, but for the tokens of windows, which are each store's own."""
    name, *arguments = step
    try:
        if name == "settle":
            if not permits:
                return None
            return await storage.settle(permits[arguments[0] % len(permits)], arguments[1])
        result = await getattr(storage, name)(*arguments)
    except (TypeError, ValueError, OverflowError) as error:
        return type(error)
    if name == "acquire":
        permits.append(result)
        return result.granted, result.remaining, result.reset_after
    return result


@given(STEPS)
def test_it_does_what_the_hosts_storage_does(steps: list[tuple[Any, ...]]) -> None:
    clock = Clock(100.0)
    mock, real = MockStorage(lambda: clock.now), PluginStorage("p", MemoryStorage(clock=lambda: clock.now))

    async def run() -> None:
        permits: tuple[list[Any], list[Any]] = [], []
        for step in steps:
            if step[0] == "pass":
                clock.now += step[1]
                continue
            expected = await outcome(real, permits[1], step)
            assert await outcome(mock, permits[0], step) == expected, step

    asyncio.run(run())


async def test_it_fails_as_long_as_the_test_says() -> None:
    storage = MockStorage(lambda: 0.0)
    storage.failure = StorageUnavailable("away")
    with pytest.raises(StorageUnavailable):
        await storage.get("key")
    storage.failure = None
    assert await storage.get("key", "default") == "default"
    with pytest.raises(TypeError, match="a key is text"):
        await storage.get(1)  # type: ignore[arg-type]
