"""The guard by itself: tools and agents, and streams wherever they are cut."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, Reject, RemoteCall, ToolCall, WindowText
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins import pii_guard
from routeiq_builtin_plugins.matching import overlap
from routeiq_builtin_plugins.pii_guard.config import Config
from routeiq_builtin_plugins.pii_guard.guard import Guard

MAIL, CARD = "bob@example.com", "4111 1111 1111 1111"


async def test_tools_and_agents_get_placeholders_and_their_answers_values():
    context = MockPluginContext(Config(tools=True, agents=True))
    call = RemoteCall.mock()
    assert await pii_guard.tool_pre_call(call, {"to": MAIL}, context) == {"to": "<EMAIL_1>"}
    assert pii_guard.tool_post_call(call, {"content": [{"text": "sent to <EMAIL_1>"}]}, context) == {
        "content": [{"text": f"sent to {MAIL}"}]
    }
    assert pii_guard.agent_post_call(call, {"parts": [{"text": "nothing"}]}, context) is None
    assert await pii_guard.agent_pre_call(call, {"parts": [{"text": "nothing"}]}, context) is None
    blocking = MockPluginContext(Config(direction="both", action="block"))
    with pytest.raises(Reject):
        pii_guard.agent_post_call(call, {"parts": [{"text": MAIL}]}, blocking)


def streamed(guard, context, call, text, cuts, kind="text"):
    """Return what leaves of a text in pieces, as the framework hands it over, and the most that was held."""
    again, left, held, most = overlap(guard.outgoing), "", "", 0
    tool = ToolCall() if kind == "tool_call" else None
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, stop in itertools.pairwise(places):
        held += text[start:stop]
        if len(held) > again:
            window = WindowText(held, left[-20:], kind, 0, tool, len(left))
            made = guard.window(call, window, False, context)
            made = held if made is None else made
            leaves = max(len(made) - again, 0)
            left, held = left + made[:leaves], made[leaves:]
        most = max(most, len(held))
    made = guard.window(call, WindowText(held, left[-20:], kind, 0, tool, len(left)), True, context)
    return left + (held if made is None else made), most


PIECES = [
    "<EMAIL_1>",
    "<CREDIT_CARD_1>",
    "<EMAIL_2>",
    "<EMAIL_",
    "1>",
    "<",
    " ",
    "x",
    "\u00e9",
    "eve@example.org",
    "日",
]
GUARDS = {
    direction: Guard(Config(direction=direction, actions={"SECRET": "off"})) for direction in ("in", "both")
}  # made once: that is what takes long


@settings(max_examples=60)
@pytest.mark.parametrize("direction", GUARDS)
@given(text=st.lists(st.sampled_from(PIECES), max_size=10).map("".join), cuts=st.lists(st.integers(0, 90), max_size=6))
def test_where_a_stream_is_cut_changes_nothing(direction, text, cuts):
    guard, call = GUARDS[direction], LLMCall.mock(stream=True)
    context = MockPluginContext(guard.config)
    guard.changed([(f"{MAIL} {CARD}", False)], call.shared, context)
    whole = guard.restored(text, call.shared, context)
    assert streamed(guard, context, call, text, cuts)[0] == whole


def test_a_placeholder_is_put_back_at_every_offset_and_little_is_held():
    context = MockPluginContext(Config())
    guard, call = Guard(context.config), LLMCall.mock(stream=True)
    guard.changed([(MAIL, False)], call.shared, context)
    text = 'Say "<EMAIL_1>" to all that are here, and then go.'
    for cut in range(len(text) + 1):
        for kind in ("text", "tool_call"):
            assert streamed(guard, context, call, text, [cut], kind)[0] == text.replace("<EMAIL_1>", MAIL)
    assert streamed(guard, context, call, text, range(len(text)))[1] <= 32
