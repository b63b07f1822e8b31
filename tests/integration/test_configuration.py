"""A configuration that changes while the gateway serves."""

import httpx
import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginResponse

from routeiq.core.errors import ChangeRefused


class Config(BaseModel):
    word: str = "default"


async def request(request, context):
    if request.path == "/word":
        return PluginResponse.json({"word": context.config.word})
    return None


def config_changed(old, new):
    if new.word == "refused":
        raise ValueError("this word is refused")


async def test_requests_see_the_change_that_the_plugin_accepted(gateway, plugin):
    app = await gateway(plugin("words", request, config_changed, config_schema=Config))

    async def word():
        async with httpx.AsyncClient(base_url=app.url) as client:
            return (await client.get("/word")).json()["word"]

    assert await word() == "default"
    await app.manager.configure("words", {"word": "changed"})
    assert await word() == "changed"
    with pytest.raises(ChangeRefused, match="this word is refused"):
        await app.manager.configure("words", {"word": "refused"})
    assert await word() == "changed"
