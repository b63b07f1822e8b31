"""Figures of several workers, each of which lives here as if it were alone."""

import asyncio

import pytest
from routeiq_plugin_sdk import PluginRequest

from routeiq import PluginManager
from routeiq.adapters.prometheus import Family
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.figures import GroupFigures
from routeiq.gateway.figures.group_figures import TOPIC
from routeiq.gateway.group import Member, Seat, SoloGroup, WorkerGroup
from routeiq.gateway.group.directory import made_directory


class Worker:
    """A worker with one plugin: its manager, its group, its figures."""

    def __init__(self, plugin, group):
        def request(request):
            if request.path == "/bad":
                raise ValueError("no")

        self.manager, self.group = PluginManager(ManagerSettings()), group
        self.manager.register(plugin("p", request))
        self.figures = GroupFigures(self.manager, group)

    def serve(self, *paths):
        for path in paths:
            self.manager.plans.request.call(PluginRequest.mock(path=path), Activity("r"))

    async def end(self):
        await self.group.close()
        await self.manager.stop()


@pytest.fixture
def directory():
    with made_directory() as made:
        yield made


@pytest.fixture
async def worker(plugin, directory):
    """worker(number, generation): a worker that serves."""
    made = []

    async def make(number, generation=0):
        one = Worker(plugin, WorkerGroup(Seat(directory.path, Member(number, generation), 2)))
        made.append(one)
        await one.manager.start()
        await one.group.open()
        return one

    yield make
    for one in made:
        await one.end()


async def calls(worker):
    return (await worker.figures.taken()).families["routeiq_hook_calls"].series["p", "request"]


async def test_a_single_process_tells_its_own(plugin):
    one = Worker(plugin, SoloGroup())
    async with one.manager:
        one.serve("/", "/bad")
        assert await calls(one) == 2
        (listed,) = next(hook for hook in await one.figures.hooks() if hook["name"] == "request")["plugins"]
    assert (listed["calls"], listed["errors"], listed["last_error"]) == (2, 1, "ValueError: no")


async def test_any_worker_tells_what_all_have_counted(worker):
    one, other = await worker(0), await worker(1)
    one.serve("/")
    other.serve("/", "/bad")
    assert (await calls(one), await calls(other)) == (3, 3)
    assert (await one.figures.taken()).families["routeiq_workers"].series == {(): 2}
    (listed,) = next(hook for hook in await one.figures.hooks() if hook["name"] == "request")["plugins"]
    assert (listed["calls"], listed["errors"], listed["last_error"]) == (3, 1, "ValueError: no")


async def test_what_was_told_still_counts_when_its_worker_has_ended(worker):
    one, other = await worker(0), await worker(1)
    other.serve("/", "/")
    assert await calls(one) == 2
    other.serve("/")  # never told: nobody can know of it
    await other.end()
    assert await calls(one) == 2
    successor = await worker(1, generation=1)
    successor.serve("/")
    assert (await calls(one), await calls(successor)) == (3, 3)
    assert (await one.figures.taken()).families["routeiq_workers"].series == {(): 2}


async def test_a_worker_that_finishes_its_last_requests_counts_beside_its_successor(worker):
    one, leaving = await worker(0), await worker(1)
    leaving.group.retire()
    successor = await worker(1, generation=1)
    leaving.serve("/", "/")
    successor.serve("/")
    assert await calls(one) == 3
    assert (await one.figures.taken()).families["routeiq_workers"].series == {(): 3}


async def test_of_a_worker_that_does_not_answer_counts_what_it_told_before(worker, directory, caplog):
    one, stuck = await worker(0), await worker(1)
    stuck.serve("/", "/")
    assert await calls(one) == 2
    stuck.serve("/")

    async def fails(payload):
        raise RuntimeError("stuck")

    stuck.group._handlers._answers[TOPIC] = fails
    assert await calls(one) == 2
    assert "worker 1 stuck: its figures are those that it told before" in caplog.text


async def test_a_full_disk_makes_no_total_fall(worker, monkeypatch, caplog):
    one, other = await worker(0), await worker(1)
    one.serve("/")
    other.serve("/")
    assert await calls(one) == 2

    def full(snapshot):
        raise OSError(28, "No space left on device")

    for each in (one, other):
        monkeypatch.setattr(each.figures._ledger, "write", full)
        each.serve("/")
    assert await calls(one) == 3
    assert "figures cannot be kept" in caplog.text


async def test_where_nothing_can_be_read_there_are_no_figures_rather_than_lower_ones(worker, monkeypatch):
    one = await worker(0)

    def locked():
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(one.figures._ledger, "read", locked)
    with pytest.raises(PermissionError):
        await one.figures.taken()


async def test_scrapers_may_come_at_once(worker):
    one, other = await worker(0), await worker(1)
    one.serve("/")
    other.serve("/")
    assert set(await asyncio.gather(*(calls(each) for each in [one, other] * 10))) == {2}


async def test_others_may_add_figures(worker):
    one, other = await worker(0), await worker(1)
    for number, each in enumerate((one, other)):
        each.figures.add(lambda number=number: [Family("reloads", "counter", series={(): number + 1})])
    assert (await other.figures.taken()).families["reloads"].series == {(): 3}
