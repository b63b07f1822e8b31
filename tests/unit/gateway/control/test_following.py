"""A worker begins with what the others have, and follows the store."""

import asyncio

from routeiq.core.errors import StorageUnavailable
from routeiq.core.memory_state import MemoryState


async def until(condition):
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_a_successor_begins_with_the_files_that_the_others_have_in_force(workers, tmp_path):
    file = tmp_path / "plugins" / "p.yaml"
    file.write_text("word: good\n")
    team = await workers(2)
    file.write_text("word: [\n")
    (successor,) = await workers(1, state=team[0].control.state, first=2)
    assert await successor.answer() == "good 10"


async def test_a_version_that_another_process_saved_is_followed(workers):
    (worker,) = await workers()
    await worker.control.state.save(0, {"plugins": {"p": {"config": {"word": "elsewhere"}}}})

    async def follows():
        return await worker.answer() == "elsewhere 10"

    await until(follows)
    assert worker.control.version == 1


async def test_of_a_state_that_makes_no_sense_the_rest_is_followed(workers):
    (worker,) = await workers()
    plugins = {"p": {"config": {"word": "good"}}, "q": {"override": {"mode": "no"}}}
    await worker.control.state.save(0, {"plugins": plugins})

    async def follows():
        return await worker.answer() == "good 10"

    await until(follows)
    assert "mode" in worker.control.problems["q"]


async def test_a_store_that_is_away_at_the_start_is_followed_later(workers, caplog):
    class Away(MemoryState):
        away = True

        async def load(self):
            if self.away:
                raise StorageUnavailable("the store is away")
            return await super().load()

    state = Away()
    await state.save(0, {"plugins": {"p": {"config": {"word": "kept"}}}})
    (worker,) = await workers(state=state)
    assert await worker.answer() == "default 10"
    assert "without the operator's state" in caplog.text
    state.away = False
    await state.save(1, {"plugins": {"p": {"config": {"word": "newer"}}}})

    async def follows():
        return await worker.answer() == "newer 10"

    await until(follows)


async def test_a_worker_that_joins_in_the_middle_of_a_change_does_not_miss_it(workers, set_word):
    team = await workers(2)
    held = asyncio.Event()

    async def hold(proposal):
        ready = await prepare(proposal)
        held.set()
        await asyncio.sleep(0.3)
        return ready

    prepare = team[1].control._participant.prepare
    team[1].control._participant.prepare = hold
    changing = asyncio.create_task(set_word(team[0], "new"))
    await held.wait()
    (joining,) = await workers(1, state=team[0].control.state, first=2)
    await changing
    assert await joining.answer() == "new 10"
