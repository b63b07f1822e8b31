from types import SimpleNamespace

import key_limit
from routeiq_plugin_sdk import Permit, PluginRequest, StorageUnavailable


class Store:
    def __init__(self, answer):
        self.answer = answer

    async def acquire(self, key, limit, window, amount=1):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def answer(stored):
    return await key_limit.request(PluginRequest.mock(), SimpleNamespace(storage=Store(stored)))


async def test_what_is_granted_passes():
    assert await answer(Permit(True, 59, 60.0, "anonymous", 1, "w")) is None


async def test_what_is_too_much_is_told_when_to_come_back():
    response = await answer(Permit(False, 0, 12.3, "anonymous", 1, "w"))
    assert (response.status_code, response.headers.get("retry-after")) == (429, "13")


async def test_without_its_storage_it_limits_nobody():
    assert await answer(StorageUnavailable("away")) is None
