"""When a worker is a peer: from the end of the start to the end of the stop."""

import pytest

from routeiq.gateway.group.lifespan import run_in_group


class Recording:
    """Notes what is done to the group, among what the server hears."""

    def __init__(self):
        self.seen = []

    async def open(self):
        self.seen.append("open")

    async def close(self):
        self.seen.append("close")


async def run(group, *messages, failure=None):
    async def app(scope, receive, send):
        for message in messages:
            await send({"type": message})
        if failure is not None:
            raise failure

    async def send(message):
        group.seen.append(message["type"])

    await run_in_group(app, group, {"type": "lifespan"}, None, send)


async def test_it_is_one_before_the_server_hears_of_the_start_and_until_it_hears_of_the_end():
    group = Recording()
    await run(group, "lifespan.startup.complete", "lifespan.shutdown.complete")
    assert group.seen == ["open", "lifespan.startup.complete", "close", "lifespan.shutdown.complete", "close"]


async def test_it_is_none_when_the_start_fails():
    group = Recording()
    await run(group, "lifespan.startup.failed")
    assert "open" not in group.seen


async def test_it_leaves_when_the_application_breaks():
    group = Recording()
    with pytest.raises(ZeroDivisionError):
        await run(group, "lifespan.startup.complete", failure=ZeroDivisionError())
    assert group.seen[-1] == "close"
