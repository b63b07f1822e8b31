"""Noticing that files changed."""

import asyncio
from contextlib import aclosing

import pytest

from routeiq.gateway.control.watching import changed_files, signature


async def all_and_then_the_next(changes):
    await anext(changes)
    return await anext(changes)


@pytest.fixture
async def watch():
    """watch(*paths): an async function that returns the next changed files."""
    begun = []

    def start(*paths):
        changes = changed_files(paths)
        begun.append(changes)
        following = asyncio.ensure_future(all_and_then_the_next(changes))

        async def following_change():
            nonlocal following
            async with asyncio.timeout(10):
                found = await following
            following = asyncio.ensure_future(anext(changes))
            begun.append(following)
            return set(found)

        begun.append(following)
        return following_change

    yield start
    for one in begun:
        if isinstance(one, asyncio.Future):
            one.cancel()
            await asyncio.gather(one, return_exceptions=True)
    for one in begun:
        if not isinstance(one, asyncio.Future):
            async with aclosing(one):
                pass


async def test_a_file_that_is_written_replaced_or_removed_is_told(watch, tmp_path):
    file, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    changed = watch(file, other)
    await asyncio.sleep(0.2)
    file.write_text("1")
    assert await changed() == {file}
    (tmp_path / "new").write_text("2")
    (tmp_path / "new").replace(file)
    assert await changed() == {file}
    file.unlink()
    assert await changed() == {file}


async def test_a_folder_may_come_later_and_go_again(watch, tmp_path):
    file = tmp_path / "config" / "plugins" / "a.yaml"
    changed = watch(file)
    await asyncio.sleep(0.2)
    file.parent.mkdir(parents=True)
    await asyncio.sleep(0.2)
    file.write_text("1")
    assert await changed() == {file}


async def test_a_folder_that_is_switched_by_a_link_is_seen(watch, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(name)
    (tmp_path / "data").symlink_to(tmp_path / "one")
    (tmp_path / "a.yaml").symlink_to(tmp_path / "data" / "a.yaml")
    changed = watch(tmp_path / "a.yaml")
    await asyncio.sleep(0.2)
    (tmp_path / "next").symlink_to(tmp_path / "two")
    (tmp_path / "next").replace(tmp_path / "data")
    assert await changed() == {tmp_path / "a.yaml"}


async def test_other_files_of_the_folder_are_nobodys_concern(watch, tmp_path):
    file = tmp_path / "a.yaml"
    changed = watch(file)
    await asyncio.sleep(0.2)
    (tmp_path / "b.yaml").write_text("1")
    await asyncio.sleep(0.4)
    file.write_text("1")
    assert await changed() == {file}


async def test_all_are_told_at_first_so_that_none_is_missed(tmp_path):
    there, not_there = tmp_path / "a.yaml", tmp_path / "b.yaml"
    there.write_text("1")
    async with aclosing(changed_files([there, not_there])) as changes:
        first = await anext(changes)
    assert first == {there: signature(there), not_there: None}
