"""Quarantine in one process is quarantine in all."""

import asyncio

from routeiq.core.memory_state import MemoryState


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_one_process_takes_out_and_lets_in_the_others_do_too(workers):
    state = MemoryState()
    (here,), (there,) = await workers(state=state), await workers(state=state)
    for _ in range(5):
        await here.answer("/fail")
    record = there.manager.records["p"]
    await until(lambda: record.state == "quarantined")
    assert "in another process" in record.reason
    assert here.manager.records["p"].state == "quarantined"
    here.manager.quarantine._decided_to_close(here.manager.plugin("p"))
    await until(lambda: record.state == "active")
    assert await there.answer() == "default 10"


async def test_a_plugin_that_is_not_here_is_nobodys_concern(workers):
    state = MemoryState()
    (worker,) = await workers(state=state)
    await state.broadcast("quarantine", {"by": "x", "plugin": "stranger", "reason": "broken"})
    await state.broadcast("quarantine", {"by": "x", "plugin": "p", "reason": "broken"})
    await until(lambda: worker.manager.records["p"].state == "quarantined")
