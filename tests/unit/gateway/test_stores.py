"""The gateway's stores: from its settings, and open as long as its plugins run."""

import pytest
from routeiq_plugin_sdk import PluginMetadata, hookimpl

from routeiq.core.errors import ConfigurationError, StorageUnavailable
from routeiq.core.memory_state import MemoryState
from routeiq.core.memory_storage import MemoryStorage
from routeiq.gateway.app import create_standalone_app
from routeiq.gateway.group import SoloGroup
from routeiq.gateway.settings import GatewaySettings
from routeiq.gateway.stores import stores_of, within
from routeiq.storage.sqlite import SQLiteState


class Recorder(MemoryState):
    """A store that says what became of it."""

    def __init__(self, failure=None):
        super().__init__()
        self.steps = []
        self.failure = failure

    async def open(self):
        self.steps.append("open")
        if self.failure is not None:
            raise self.failure

    async def close(self):
        self.steps.append("close")


async def run(state, app, *events):
    """Return what the server is told, the events of the store and the application among it."""
    incoming = [{"type": f"lifespan.{event}"} for event in events]

    async def receive():
        return incoming.pop(0)

    async def send(message):
        state.steps.append(message["type"].removeprefix("lifespan.") + message.get("message", ""))

    await within(state, app, {"type": "lifespan"}, receive, send)
    return state.steps


def application(state, fails=False):
    async def app(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        state.steps.append("application starts")
        if fails:
            await send({"type": "lifespan.startup.failed", "message": ": no"})
            return
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        state.steps.append("application stops")
        await send({"type": "lifespan.shutdown.complete"})

    return app


async def test_it_opens_before_the_application_and_closes_before_the_server_goes():
    state = Recorder()
    steps = await run(state, application(state), "startup", "shutdown")
    assert steps[:-1] == [
        "open", "application starts", "startup.complete", "application stops", "close", "shutdown.complete",
    ]  # fmt: skip


async def test_it_closes_when_the_application_does_not_start():
    state = Recorder()
    steps = await run(state, application(state, fails=True), "startup")
    assert steps[:-1] == ["open", "application starts", "close", "startup.failed: no"]


async def test_it_closes_when_the_application_breaks():
    state = Recorder()

    async def app(scope, receive, send):
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await run(state, app, "startup")
    assert state.steps == ["open", "close"]


async def test_a_store_that_cannot_be_used_fails_the_start_with_its_reason():
    state = Recorder(StorageUnavailable(" because the disk is full"))
    assert await run(state, application(state), "startup") == ["open", "startup.failed because the disk is full"]


async def test_plugins_have_the_store_from_their_startup_to_their_shutdown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = []
    app = create_standalone_app(GatewaySettings(), None)

    class Plugin:
        metadata = PluginMetadata(name="keeper", version="1")

        @hookimpl
        async def startup(self, context):
            seen.append(await context.storage.incr("starts"))

        @hookimpl
        async def shutdown(self, context):
            seen.append(await context.storage.incr("stops", 10))

    app.manager.register(Plugin())
    incoming = ["startup", "shutdown"] * 2

    async def receive():
        return {"type": f"lifespan.{incoming.pop(0)}"}

    async def send(message):
        assert message["type"].endswith(".complete"), message

    for _ in range(2):
        await app({"type": "lifespan"}, receive, send)
    assert seen == [1, 10, 2, 20]
    assert isinstance(app.state, SQLiteState)
    assert (tmp_path / ".routeiq" / "state.db").is_file()


def test_the_default_falls_back_and_a_choice_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert isinstance(stores_of(GatewaySettings(), SoloGroup()).values, MemoryStorage)
    assert isinstance(stores_of(GatewaySettings(storage="sqlite"), SoloGroup()).state, SQLiteState)


def test_what_is_not_installed_is_said(monkeypatch):
    def missing(*_, **__):
        raise ModuleNotFoundError("pip install 'routeiq[redis]'")

    monkeypatch.setattr("routeiq.gateway.stores.create_stores", missing)
    with pytest.raises(ConfigurationError, match=r"settings: storage: pip install 'routeiq\[redis\]'"):
        stores_of(GatewaySettings(), SoloGroup())
