"""Files that change under a running gateway."""

import asyncio

import pytest

from routeiq.core.errors import RegistrationError


async def until(condition, seconds=8):
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


def says(worker, text):
    async def check():
        return await worker.answer() == text

    return check


async def test_a_file_that_changes_is_in_force_in_all_workers_without_being_asked_for(workers, tmp_path):
    team = await workers(2)
    (tmp_path / "plugins" / "p.yaml").write_text("word: one\nlimit: 3\n")
    for worker in team:
        await until(says(worker, "one 3"))

    async def audited():
        records = await team[0].control.state.records(None, 5)
        return [(one.entry["who"], one.entry["action"], one.entry["plugin"]) for one in records]

    await until(audited)
    assert await audited() == [("files", "reload", "p")]


@pytest.mark.parametrize("bad", ["word: [", "limit: none\n", "- 1\n", "word: refused\n", "a: &a [*a]\n"])
async def test_what_a_bad_file_says_is_not_in_force_and_every_worker_says_why(workers, tmp_path, bad, caplog):
    team = await workers(2)
    team[1].refuses.add("refused")
    file = tmp_path / "plugins" / "p.yaml"
    file.write_text("word: good\n")
    await until(says(team[1], "good 10"))
    file.write_text(bad)

    async def told():
        return all("p" in worker.control.problems for worker in team)

    await until(told)
    assert [await worker.answer() for worker in team] == ["good 10"] * 2
    assert "what the file of p says is not in force" in caplog.text
    file.write_text("word: better\n")
    await until(says(team[1], "better 10"))

    async def mended():
        return not any(worker.control.problems for worker in team)

    await until(mended)


async def test_a_file_is_not_read_while_it_is_being_written(workers, tmp_path):
    (worker,) = await workers()
    file = tmp_path / "plugins" / "p.yaml"
    file.write_text("word: whole\n")
    await until(says(worker, "whole 10"))
    seen = set()
    for number in range(6):  # emptied, and then written in two halves
        with file.open("w") as writing:
            writing.flush()
            await asyncio.sleep(0.05)
            writing.write(f"word: w{number}\n")
            writing.flush()
            await asyncio.sleep(0.05)
            writing.write(f"limit: {number + 1}\n")
        for _ in range(10):
            seen.add(await worker.answer())
            await asyncio.sleep(0.02)
    await until(says(worker, "w5 6"))
    assert "default 10" not in seen
    assert seen <= {"whole 10", *(f"w{number} {number + 1}" for number in range(6))}


async def test_a_file_that_is_removed_gives_way_to_lower_sources(workers, tmp_path, set_word):
    (worker,) = await workers()
    await set_word(worker, "overlay")
    file = tmp_path / "plugins" / "p.yaml"
    file.write_text("word: file\n")
    await until(says(worker, "file 10"))
    file.unlink()
    await until(says(worker, "overlay 10"))


async def test_what_the_settings_file_says_of_plugins_follows_too(workers, tmp_path, caplog):
    settings = tmp_path / "routeiq.yaml"
    settings.write_text("plugins: {}\n")
    team = await workers(2)
    settings.write_text("plugins: {p: {enabled: false}}\nserver: {port: 4001}\n")
    for worker in team:
        await until(says(worker, ""))
    assert "server holds once workers are started anew" in caplog.text
    settings.write_text("plugins: {p: {enabledd: false}}\n")

    async def told():
        return "enabled" in team[0].control.problems.get(str(settings), "")

    await until(told)
    settings.write_text("plugins: {p: {priority: 3}}\n")
    for worker in team:
        await until(says(worker, "default 10"))
    assert team[1].manager.records["p"].priority == 3
    assert team[1].control.file_override("p").priority == 3


async def test_a_reload_by_hand_tells_what_became_of_it(workers, tmp_path):
    (worker,) = await workers()
    assert not (await worker.control.reload(["p"], who="test"))["p"].changed
    (tmp_path / "plugins" / "p.yaml").write_text("limit: 0\n")
    problem = (await worker.control.reload(["p"], who="test"))["p"].problem
    assert "p.yaml, line 1: limit" in problem
    (tmp_path / "plugins" / "p.yaml").write_text("limit: 7\n")
    assert (await worker.control.reload(["p"], who="test"))["p"].changed
    assert await worker.answer() == "default 7"
    with pytest.raises(RegistrationError, match="no plugin"):
        await worker.control.reload(["q"], who="test")


async def test_files_that_changed_while_nobody_watched_are_found_by_the_next_who_leads(workers, tmp_path):
    team = await workers(2)
    await team[0].control.stop()
    (tmp_path / "plugins" / "p.yaml").write_text("word: unseen\n")
    await asyncio.sleep(0.3)
    assert await team[1].answer() == "default 10"
    team[1].group.take_lead()
    await until(says(team[1], "unseen 10"))
