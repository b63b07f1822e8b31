"""The lifespan: the manager's around the application's."""

import asyncio

import pytest

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings


class Server:
    """Plays the server's part of a lifespan."""

    def __init__(self):
        self.sent = []
        self.events = asyncio.Queue()

    async def receive(self):
        return {"type": await self.events.get()}

    async def send(self, message):
        self.sent.append(message["type"])

    async def run(self, app, stop=True):
        task = asyncio.create_task(app({"type": "lifespan", "asgi": {}}, self.receive, self.send))
        await self.events.put("lifespan.startup")
        async with asyncio.timeout(5):
            while not self.sent and not task.done():
                await asyncio.sleep(0.001)
            if stop:
                await self.events.put("lifespan.shutdown")
            await task
        return self.sent


def living(plugin, calls):
    async def startup(app):
        calls.append("plugin starts")

    async def shutdown():
        calls.append("plugin stops")

    return plugin("p", startup, shutdown)


def with_lifespan(calls):
    async def app(scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                calls.append("app starts")
                await send({"type": "lifespan.startup.complete"})
            else:
                calls.append("app stops")
                await send({"type": "lifespan.shutdown.complete"})
                return

    return app


async def without_lifespan(scope, receive, send):
    assert scope["type"] == "http", "no lifespan here"


async def gives_up(scope, receive, send):
    await receive()
    raise RuntimeError("never heard of it")


async def answers_anything(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def returns(scope, receive, send):
    return


COMPLETE = ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_plugins_start_before_the_application_and_stop_after_it(plugin):
    calls = []
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))
    assert await Server().run(PluginMiddleware(with_lifespan(calls), manager)) == COMPLETE
    assert calls == ["plugin starts", "app starts", "app stops", "plugin stops"]
    assert not manager.running


@pytest.mark.parametrize("app", [without_lifespan, gives_up, answers_anything, returns])
async def test_an_application_without_a_lifespan_is_no_obstacle(plugin, app):
    calls = []
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))
    assert await Server().run(PluginMiddleware(app, manager)) == COMPLETE
    assert calls == ["plugin starts", "plugin stops"]


async def test_a_manager_that_can_not_start_stops_the_server_with_its_reason(plugin):
    calls, sent = [], []
    manager = PluginManager(ManagerSettings())

    async def startup():
        raise OSError("no disk")

    manager.register(plugin("broken", startup, failure_mode="abort"))
    server = Server()

    async def send(message):
        sent.append(message)
        server.sent.append(message["type"])

    server.send = send
    await server.run(PluginMiddleware(with_lifespan(calls), manager), stop=False)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "broken" in sent[0]["message"]
    assert "no disk" in sent[0]["message"]
    assert calls == []


async def test_an_application_that_can_not_start_stops_the_plugins(plugin):
    calls = []
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "x"})

    assert await Server().run(PluginMiddleware(app, manager), stop=False) == ["lifespan.startup.failed"]
    assert calls == ["plugin starts", "plugin stops"]


async def test_a_manager_that_runs_already_is_left_alone(plugin):
    calls = []
    manager = PluginManager(ManagerSettings())
    async with manager:
        assert await Server().run(PluginMiddleware(with_lifespan(calls), manager)) == COMPLETE
        assert manager.running


async def test_a_start_that_fails_in_an_unforeseen_way_is_told_to_the_server(caplog):
    class Broken(PluginManager):
        async def start(self, app=None):
            raise ZeroDivisionError("odd")

    app = PluginMiddleware(with_lifespan([]), Broken(ManagerSettings()))
    assert await Server().run(app, stop=False) == ["lifespan.startup.failed"]
    assert "could not start" in caplog.text


async def test_an_application_that_breaks_after_its_start_stops_the_plugins(plugin):
    calls = []
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Server().run(PluginMiddleware(app, manager))
    assert calls == ["plugin starts", "plugin stops"]


async def test_an_application_that_leaves_early_is_stood_in_for(plugin):
    calls = []
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})

    assert await Server().run(PluginMiddleware(app, manager)) == COMPLETE
    assert calls == ["plugin starts", "plugin stops"]


async def test_a_lifespan_that_is_cancelled_stops_the_plugins(plugin):
    calls, server = [], Server()
    manager = PluginManager(ManagerSettings())
    manager.register(living(plugin, calls))
    app = PluginMiddleware(with_lifespan(calls), manager)
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {}}, server.receive, server.send))
    await server.events.put("lifespan.startup")
    async with asyncio.timeout(5):
        while not server.sent:
            await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls == ["plugin starts", "app starts", "plugin stops"]
