"""What each key has used."""

import pytest
from routeiq_plugin_sdk import StorageUnavailable, Usage
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.cost_tracker.totals import Totals, used

NOW = 1_800_000_000.0


async def test_sums_are_written_together_and_read_by_key_and_period():
    storage, totals = MockPluginContext().storage, Totals()
    totals.add("ann", Usage(10, 5, 15), 7, NOW)
    totals.add("ann", None, 0, NOW)
    totals.add("bob", Usage(1, 1, 2), 1, NOW)
    assert (await used(storage, "ann", "day", NOW))["requests"] == 0
    await totals.write(storage)
    await totals.write(storage)
    sums = {"requests": 2, "input_tokens": 10, "output_tokens": 5, "nano_dollars": 7}
    assert await used(storage, "ann", "day", NOW) == sums
    assert await used(storage, "ann", "month", NOW) == sums
    assert (await used(storage, "ann", "day", NOW + 86400))["requests"] == 0
    assert (await used(storage, None, "day", NOW))["requests"] == 0


async def test_what_cannot_be_written_waits():
    storage, totals = MockPluginContext().storage, Totals()
    totals.add("ann", Usage(10, 5, 15), 7, NOW)
    storage.failure = StorageUnavailable("away")
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await totals.write(storage)
    storage.failure = None
    totals.add("ann", Usage(10, 5, 15), 7, NOW)
    await totals.write(storage)
    assert (await used(storage, "ann", "month", NOW))["input_tokens"] == 20
