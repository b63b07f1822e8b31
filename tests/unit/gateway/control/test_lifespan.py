"""What is set at run time is in force before the first request, and nothing runs on after the end."""

import asyncio

import pytest
from tests.unit.gateway.control.conftest import Worker

from routeiq.core.memory_state import MemoryState
from routeiq.gateway.app import Gateway
from routeiq.gateway.control.lifespan import run_controlled
from routeiq.gateway.group import SoloGroup
from routeiq.gateway.settings import GatewaySettings


@pytest.fixture
def worker(tmp_path):
    state = MemoryState()
    return Worker(tmp_path, state, SoloGroup())


async def lifespan(app, during):
    """Run an application's lifespan; `during` is awaited between its start and its end."""
    events, told = asyncio.Queue(), asyncio.Queue()
    await events.put({"type": "lifespan.startup"})
    running = asyncio.create_task(app({"type": "lifespan"}, events.get, told.put))
    assert (await told.get())["type"] == "lifespan.startup.complete"
    await during()
    await events.put({"type": "lifespan.shutdown"})
    assert (await told.get())["type"] == "lifespan.shutdown.complete"
    await running


async def test_the_operators_state_holds_from_the_first_request_on(worker, tmp_path):
    await worker.control.state.save(0, {"plugins": {"p": {"config": {"word": "kept"}}}})
    gateway = Gateway(GatewaySettings(), worker.manager, worker.control.state)

    async def during():
        assert await worker.answer() == "kept 10"
        assert gateway.control.version == 1

    await lifespan(gateway, during)


async def test_nothing_is_left_running(worker):
    async def app(scope, receive, send):
        await receive()
        await worker.manager.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await worker.manager.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def during():
        assert len(asyncio.all_tasks()) > 4

    before = asyncio.all_tasks()
    await lifespan(lambda *event: run_controlled(app, worker.control, *event), during)
    assert asyncio.all_tasks() == before
