from types import SimpleNamespace

import ask_guard
import pytest
from routeiq_plugin_sdk import HTTPResponse, Reject


class Guard:
    """Stands for `context.http`, and answers as the test says."""

    def __init__(self, blocked):
        self.answer = HTTPResponse.mock(json={"blocked": blocked})

    async def post(self, url, *, json, headers, timeout):
        self.url, self.json = url, json
        return self.answer


async def test_what_the_guard_blocks_is_rejected():
    guard = Guard(blocked=True)
    config = ask_guard.Config(url="https://guard.internal:8443/check")
    with pytest.raises(Reject):
        await ask_guard.llm_pre_call([{"role": "user", "content": "x"}], SimpleNamespace(config=config, http=guard))
    assert guard.json == {"messages": [{"role": "user", "content": "x"}]}
