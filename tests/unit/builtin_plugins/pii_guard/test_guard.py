"""The guard in the gateway: models see placeholders, clients their own values, wherever streams are cut."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, Reject, RemoteCall, ToolCall, WindowText
from routeiq_plugin_sdk.testing import MockPluginContext, PluginTestHarness, UpstreamAnswer

from routeiq_builtin_plugins import pii_guard
from routeiq_builtin_plugins.matching import overlap
from routeiq_builtin_plugins.pii_guard.config import Config
from routeiq_builtin_plugins.pii_guard.guard import Guard

MAIL, CARD, SSN = "bob@example.com", "4111 1111 1111 1111", "219-12-3456"


def harness(**config):
    return PluginTestHarness(pii_guard, config=config, settings={"plugins": {"pii-guard": {"enabled": True}}})


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_models_see_placeholders_and_clients_their_values(api, stream):
    with harness() as one:
        answer = UpstreamAnswer("", ["Mail to <EM", "AIL_1>, not <EMAIL_2> or <PHONE", "_1>."])
        result = one.llm_call(f"I am {MAIL}, card {CARD}", answer=answer, api=api, stream=stream)
        assert "<EMAIL_1>, card <CREDIT_CARD_1>" in json.dumps(one.upstream.requests[0].body)
        assert result.text == f"Mail to {MAIL}, not <EMAIL_2> or <PHONE_1>."
        assert one.metric("found", entity="EMAIL", action="placeholder", direction="in") == 1
        assert MAIL not in str([(event.name, event.data) for event in one.events])
        assert not any(MAIL in str(line) or CARD in str(line) for line in one.logs)


def test_a_value_has_one_placeholder_through_a_conversation():
    messages = [
        {"role": "system", "content": f"The client is {MAIL}."},
        {"role": "user", "content": [{"type": "text", "text": f"Pay with {CARD}"}]},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": f'{{"to": "{MAIL}"}}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": f"sent to {MAIL}, copy to eve@example.com"},
    ]
    with harness() as one:
        one.llm_call(messages, answer="fine")
        sent = one.upstream.requests[0].messages
        assert sent[0]["content"] == "The client is <EMAIL_1>."
        assert json.loads(sent[2]["tool_calls"][0]["function"]["arguments"]) == {"to": "<EMAIL_1>"}
        assert sent[3]["content"] == "sent to <EMAIL_1>, copy to <EMAIL_2>"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("form", ["<EMAIL_1>", "\\u003cEMAIL_1\\u003e"])
def test_values_come_back_in_arguments_of_tools_as_json(form, stream):
    value = "o'neil@example.com"
    call = ToolCall(0, "c", "send", f'{{"to": "{form}", "text": "a \\"b\\""}}')
    with harness() as one:
        result = one.llm_call(f"write to {value}", answer=UpstreamAnswer("", tool_calls=[call]), stream=stream)
        assert json.loads(result.tool_calls[0].arguments) == {"to": value, "text": 'a "b"'}


@pytest.mark.parametrize(
    ("config", "sent"),
    [
        ({"action": "mask"}, "***@*******.*** **** **** **** ****"),
        ({"action": "mask", "keep_last": 4}, "***@******e.com **** **** **** 1111"),
        ({"action": "flag"}, f"{MAIL} {CARD}"),
        ({"action": "off"}, f"{MAIL} {CARD}"),
        ({"actions": {"EMAIL": "off"}}, f"{MAIL} <CREDIT_CARD_1>"),
        ({"ignore": ["@Example.com", "4111 1111 1111 1111"]}, f"{MAIL} {CARD}"),
    ],
)
def test_each_entity_has_its_action(config, sent):
    with harness(**config) as one:
        one.llm_call(f"{MAIL} {CARD}", answer="fine")
        assert one.upstream.requests[0].messages[0]["content"] == sent


def test_hashes_are_the_same_for_the_same_value_and_key():
    with harness(action="hash", hash_key="one") as one, harness(action="hash", hash_key="two") as other:
        for each in (one, one, other):
            each.llm_call(MAIL, answer="fine")
        first, again = (request.messages[0]["content"] for request in one.upstream.requests)
        assert first == again != other.upstream.requests[0].messages[0]["content"]
        assert first.startswith("<EMAIL:")


def test_what_is_blocked_never_reaches_the_model():
    with harness(actions={"US_SSN": "block"}) as one:
        refused = one.llm_call(f"my number is {SSN}")
        assert (refused.status_code, refused.error["code"]) == (403, "personal_data")
        assert SSN not in str(refused.body)
        assert one.upstream.requests == []
        assert one.metric("found", entity="US_SSN", action="block", direction="in") == 1


@pytest.mark.parametrize("stream", [True, False])
def test_answers_are_looked_at_if_that_is_wanted(stream):
    with harness(direction="both", actions={"US_SSN": "block"}) as one:
        answer = UpstreamAnswer("", ["<EMAIL_1> and e", "ve@example.com"])
        assert one.llm_call(f"I am {MAIL}", answer=answer, stream=stream).text == f"{MAIL} and <EMAIL>"
        refused = one.llm_call("hi", answer=f"It is {SSN}.", stream=stream)
        assert refused.error["code"] == "personal_data"
        assert SSN not in str(refused.http.body)


def test_in_streamed_arguments_escapes_are_no_letters():
    call = ToolCall(0, "c", "f", json.dumps({"a": f"to:\n{MAIL}\tnow"}))
    for action in ("mask", "placeholder"):
        with harness(direction="out", action=action, actions={"SECRET": "off"}) as one:
            result = one.llm_call("hi", answer=UpstreamAnswer("", tool_calls=[call]), stream=True)
            assert MAIL not in json.loads(result.tool_calls[0].arguments)["a"]
            assert json.loads(result.tool_calls[0].arguments)["a"].startswith("to:\n")


def test_nothing_is_held_where_there_is_nothing_to_put_back():
    with harness(action="mask") as one:
        assert "llm_stream_window" in one.status["pii-guard"].inactive_hooks
        one.change_config(action="off")
        assert "llm_pre_call" in one.status["pii-guard"].inactive_hooks


def test_more_values_than_may_be_replaced_are_refused():
    with harness(max_findings=10) as one:
        refused = one.llm_call(" ".join(f"user{number}@example.com" for number in range(11)))
        assert refused.error["code"] == "personal_data_too_much"


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
