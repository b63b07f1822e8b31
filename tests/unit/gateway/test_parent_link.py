"""What a worker hears of its parent, and says to it."""

import multiprocessing

import pytest

from routeiq.gateway.parent_link import ParentLink
from routeiq.gateway.worker_process import LEAD, LEAVING, RETIRE, STARTED


@pytest.fixture
def pipe():
    mine, theirs = multiprocessing.Pipe()
    yield mine, theirs
    mine.close()
    theirs.close()


def test_it_says_what_becomes_of_it(pipe):
    parent, worker = pipe
    link = ParentLink(worker)
    link.started()
    link.leaving()
    link.failed("the reason")
    assert [parent.recv() for _ in range(3)] == [STARTED, LEAVING, "the reason"]


async def test_it_hears_what_it_is_to_do_and_that_its_parent_is_gone(pipe, eventually):
    parent, worker = pipe
    heard = []
    parent.send(LEAD)
    ParentLink(worker).watch(*(lambda word=word: heard.append(word) for word in ("lead", "retire", "gone")))
    parent.send(RETIRE)
    await eventually(lambda: heard == ["lead", "retire"])
    parent.close()
    await eventually(lambda: heard == ["lead", "retire", "gone"])


def test_a_parent_that_is_gone_is_no_error(pipe):
    parent, worker = pipe
    parent.close()
    link = ParentLink(worker)
    link.started()
    link.leaving()
