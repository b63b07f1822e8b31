from __future__ import annotations

import pytest
from routeiq_plugin_sdk import StorageUnavailable

from routeiq.testing.faults import Faults, FaultyStorage


def test_what_was_ordered_is_met_in_order_and_by_nobody_else() -> None:
    faults = Faults()
    faults.order("p", "request", ValueError("one"), 2)
    faults.order("p", "request", ValueError("two"), 1)
    faults.meet("p", "response")
    faults.meet("other", "request")
    for expected in ("one", "one", "two"):
        with pytest.raises(ValueError, match=expected):
            faults.meet("p", "request")
    faults.meet("p", "request")


async def test_every_method_of_the_storage_can_fail() -> None:
    storage = FaultyStorage()
    storage.faults = Faults()
    permit = await storage.acquire("p", "k", 1, 1.0, 1)
    calls = [
        lambda: storage.get("p", "k"),
        lambda: storage.set("p", "k", b"1", None),
        lambda: storage.incr("p", "k", 1, None),
        lambda: storage.delete("p", "k"),
        lambda: storage.acquire("p", "k", 1, 1.0, 1),
        lambda: storage.settle("p", "k", permit.window, -1),
    ]
    for call in calls:
        storage.faults.order("p", "storage", StorageUnavailable("away"), 1)
        with pytest.raises(StorageUnavailable):
            await call()
        await call()
