"""Programs are contained: in time, in what they print, and with all their children."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from routeiq_builtin_plugins.upskill_evaluator import command
from routeiq_builtin_plugins.upskill_evaluator.command import CommandFailed, run

ENVIRONMENT = {"PATH": os.environ["PATH"], "KEY": "a b"}


async def shell(script, directory, timeout=20, max_output=10_000):
    return await run(["/bin/sh", "-c", script], directory, ENVIRONMENT, timeout, max_output)


def runs(pid):
    """Whether a process is there, and is none that has ended already."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(pid):
    async with asyncio.timeout(10):
        while runs(pid):
            await asyncio.sleep(0.01)


async def test_it_returns_what_was_printed_on_either_stream(tmp_path):
    script = 'pwd; echo "$KEY" >&2; env | grep -c . '
    where, key, count = (await shell(script, tmp_path)).splitlines()
    assert (where, key) == (str(tmp_path), "a b")
    assert int(count) <= len(ENVIRONMENT) + 3  # those that a shell sets itself


async def test_words_of_the_command_are_no_shells(tmp_path):
    printed = await run(["/bin/echo", "$KEY; rm -rf *", "`id`"], tmp_path, ENVIRONMENT, 20, 1000)
    assert printed == "$KEY; rm -rf * `id`\n"


async def test_an_error_has_its_status_and_the_end_of_what_was_printed(tmp_path):
    with pytest.raises(CommandFailed, match="exited with status 3") as caught:
        await shell("yes x | head -c 5000; echo the end; exit 3", tmp_path)
    assert caught.value.output.endswith("the end")
    assert len(caught.value.output) <= 500
    with pytest.raises(CommandFailed, match="was ended by signal 9"):
        await shell("kill -9 $$", tmp_path)


async def test_a_program_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandFailed, match="could not be started: No such file"):
        await run(["/no/such/program"], tmp_path, ENVIRONMENT, 1, 1000)


@pytest.mark.parametrize("script", ["sleep 3600", "trap '' TERM; while :; do sleep 1; done", "sleep 3600 & sleep 3600"])
async def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path, script, monkeypatch):
    monkeypatch.setattr(command, "GRACE", 0.2)
    with pytest.raises(CommandFailed, match=r"did not end within 1 s") as caught:
        await shell(f"echo $$; {script}", tmp_path, timeout=1)
    await gone(int(caught.value.output.split()[0]))


async def test_children_that_are_left_behind_are_ended_and_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "GRACE", 0.2)
    began = time.monotonic()
    printed = await shell("sleep 3600 & echo $!", tmp_path)
    assert time.monotonic() - began < 15
    await gone(int(printed))


async def test_a_program_that_prints_too_much_is_ended(tmp_path):
    with pytest.raises(CommandFailed, match="printed more than 10000 bytes"):
        await shell("yes", tmp_path)
    assert len(await shell("head -c 10000 /dev/zero", tmp_path)) == 10_000


async def test_whoever_gives_up_takes_the_program_with_them(tmp_path):
    file = tmp_path / "pid"
    task = asyncio.create_task(shell("echo $$ > pid; sleep 3600", tmp_path))
    async with asyncio.timeout(10):
        while not file.exists() or not file.read_text().strip():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(int(file.read_text()))
