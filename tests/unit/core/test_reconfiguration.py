"""A running plugin's configuration changes whole, or not at all."""

import asyncio
import gc
import types

import pytest
from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, PluginResponse, hookimpl

from routeiq.core.errors import ChangeRefused, ConfigurationError, RegistrationError
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings


class Config(BaseModel):
    word: str = "default"
    limit: int = Field(default=10, ge=1)


class Plugin:
    def __init__(self, **hooks):
        self.offered = []
        self.metadata = PluginMetadata(
            name="p", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config
        )

    @hookimpl
    def config_changed(self, old, new, context):
        self.offered.append((old, new))
        assert context.config is old
        if new.word == "refused":
            raise ValueError("this word is refused")

    @hookimpl
    async def request(self, context):
        await asyncio.sleep(0)
        return PluginResponse(f"{context.config.word} {context.config.limit}".encode())


@pytest.fixture
async def running(tmp_path):
    manager = PluginManager(ManagerSettings(config_directory=tmp_path, startup_timeout=0.2))
    plugin = Plugin()
    manager.register(plugin)
    async with manager:
        yield types.SimpleNamespace(manager=manager, plugin=plugin, file=tmp_path / "p.yaml")


async def answer(plans):
    return (await plans.request.call(PluginRequest.mock(), Activity("r"))).body.decode()


async def test_a_file_that_changed_holds_for_the_requests_to_come(running):
    manager = running.manager
    before = manager.plans
    running.file.write_text("word: changed\n")
    loaded = await manager.configure("p")
    assert loaded.value == Config(word="changed")
    assert await answer(manager.plans) == "changed 10"
    assert await answer(before) == "default 10"
    assert running.plugin.offered == [(Config(), Config(word="changed"))]
    assert manager.records["p"].config_sources["word"] == f"file {running.file}"


async def test_the_overlay_gives_way_to_the_file(running):
    running.file.write_text("word: file\n")
    await running.manager.configure("p", {"limit": 5, "word": "overlay"})
    assert await answer(running.manager.plans) == "file 5"
    assert running.manager.overlay("p") == {"limit": 5, "word": "overlay"}
    running.file.unlink()
    await running.manager.configure("p")
    assert await answer(running.manager.plans) == "overlay 5"


@pytest.mark.parametrize("overlay", [{"word": "refused"}, {"limit": 0}, {"no_such": 1}])
async def test_a_refused_change_changes_nothing(running, overlay):
    await running.manager.configure("p", {"word": "first"})
    with pytest.raises((ChangeRefused, ConfigurationError)) as caught:
        await running.manager.configure("p", overlay)
    assert "p" in str(caught.value) or "overlay" in str(caught.value)
    assert await answer(running.manager.plans) == "first 10"
    assert running.manager.overlay("p") == {"word": "first"}
    assert running.manager.records["p"].config_sources == {"word": "overlay", "limit": "default"}


async def test_a_plugin_that_does_not_answer_refuses(running):
    async def config_changed(old, new):
        await asyncio.sleep(30)

    module = types.ModuleType("slow")
    module.metadata = PluginMetadata(name="slow", version="1", config_schema=Config)
    module.config_changed = hookimpl(config_changed)
    running.manager.register(module)
    await running.manager.settled()
    with pytest.raises(ChangeRefused, match="in time"):
        await running.manager.configure("slow", {"limit": 2})


async def test_without_a_change_nobody_is_asked_and_plans_stay(running):
    plans = running.manager.plans
    await running.manager.configure("p", {"word": "default"})
    assert running.plugin.offered == []
    assert running.manager.plans is plans
    assert running.manager.records["p"].config_sources["word"] == "overlay"


async def test_an_overlay_given_before_the_start_holds_from_the_start_on(tmp_path):
    manager = PluginManager(ManagerSettings(config_directory=tmp_path))
    plugin = Plugin()
    manager.register(plugin)
    await manager.configure("p", {"word": "early"})
    async with manager:
        assert await answer(manager.plans) == "early 10"
    assert plugin.offered == []


async def test_no_plugin_of_that_name_names_the_nearest(running):
    with pytest.raises(RegistrationError, match="'p'"):
        await running.manager.configure("pp")


async def test_two_hundred_changes_under_load_are_seen_whole_or_not_at_all(running):
    manager = running.manager
    seen = set()
    done = asyncio.Event()

    async def ask():
        while not done.is_set():
            seen.add(await answer(manager.plans))

    asking = [asyncio.create_task(ask()) for _ in range(20)]
    for number in range(1, 201):
        await manager.configure("p", {"word": f"w{number}", "limit": number})
        await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*asking)
    assert seen <= {"default 10", *(f"w{number} {number}" for number in range(1, 201))}
    assert len(seen) > 100
    gc.collect()
    assert manager.statistics()[-1]["errors"] == 0
