"""Groups of workers that live in one process: each listens and connects as if it were alone."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from routeiq.gateway.group import Member, Seat, WorkerGroup
from routeiq.gateway.group.directory import GroupDirectory, made_directory

MakeGroup = Callable[..., Awaitable[WorkerGroup]]


@pytest.fixture
def directory() -> Iterator[GroupDirectory]:
    with made_directory() as made:
        yield made


@pytest.fixture
async def worker(directory: GroupDirectory) -> AsyncIterator[MakeGroup]:
    """worker(number, generation=0, opened=True): the group as this worker sees it."""
    made = []

    async def make(number: int, generation: int = 0, opened: bool = True) -> WorkerGroup:
        group = WorkerGroup(Seat(directory.path, Member(number, generation), 3))
        made.append(group)
        if opened:
            await group.open()
        return group

    yield make
    for group in made:
        await group.close()


@pytest.fixture
def stuck(directory: GroupDirectory) -> Iterator[Callable[[int], None]]:
    """stuck(number): a worker that lives, and does nothing."""
    listening = []

    def listen(number: int) -> None:
        one = socket.socket(socket.AF_UNIX)
        listening.append(one)
        one.bind(str(directory.socket_of(Member(number, 0))))
        one.listen()

    yield listen
    for one in listening:
        one.close()
