"""What plugins see of tools' results does not depend on where packets end, and nothing passes them by."""

import asyncio
import types
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
from tests.fakes.mcp_relay import World, call, event, result, stream

from routeiq import PluginManager
from routeiq.core.settings import ManagerSettings

PROGRESS = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"message": "größer\u2028"}}
SECRET = "sëcret"
ENDS = (b"\n", b"\r\n", b"\r")
STREAM = [b": ping\n\n", event(PROGRESS), b"id: 7\nevent: message\n" + event(result(SECRET))[15:], event(PROGRESS)]
OTHERS = (b": c\n\n", event(PROGRESS), b"retry: 5\n\n", b"event: other\ndata: {}\n\n")


def judging() -> Any:
    """Return a plugin that takes the secret out of results."""
    module = types.ModuleType("guard")
    module.metadata = PluginMetadata(name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE})

    def tool_post_call(result):
        module.seen.append(result)
        return {**result, "content": [{"type": "text", "text": "checked"}]}

    module.tool_post_call = hookimpl(tool_post_call)
    module.seen = []
    return module


def relayed(*answers: Any) -> list[Any]:
    """Return what clients are sent for these answers of the server, one call each."""

    async def run() -> list[Any]:
        manager, plugin = PluginManager(ManagerSettings()), judging()
        manager.attach({"tools"})
        manager.register(plugin)
        async with manager:
            world = World(manager)
            world.upstream.answers.extend(answers)
            sent = [await world.post(call()) for _ in answers]
        assert len(plugin.seen) == len(answers)
        return sent

    return asyncio.run(run())


def test_a_stream_may_be_cut_at_every_byte() -> None:
    for end in ENDS:
        whole = b"".join(STREAM).replace(b"\n", end)
        cuts = [stream(whole[:at], whole[at:]) for at in range(len(whole) + 1)]
        expected = [PROGRESS, result("checked"), PROGRESS]
        for sent in relayed(*cuts):
            assert sent.events == expected
            assert SECRET.encode() not in sent.body


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 400), max_size=12),
    st.sampled_from(ENDS),
    st.lists(
        st.sampled_from([b": c\n\n", event(PROGRESS), b"retry: 5\n\n", b"event: other\ndata: {}\n\n"]), max_size=4
    ),
)
def test_no_cut_and_no_other_event_hides_a_result(cuts: list[int], end: bytes, others: list[bytes]) -> None:
    whole = b"".join([*others, event(result(SECRET)), *others]).replace(b"\n", end)
    places = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})
    pieces = [whole[one:other] for one, other in pairwise(places)]
    (sent,) = relayed(stream(*pieces))
    assert result("checked") in sent.events
    assert SECRET.encode() not in sent.body
    assert len(sent.events) == 1 + 2 * sum(b"data:" in other for other in others)
