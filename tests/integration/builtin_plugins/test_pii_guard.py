"""The guard in the gateway: models see placeholders, clients their own values, wherever streams are cut."""

import json

import pytest
from routeiq_plugin_sdk import ToolCall
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer

from routeiq_builtin_plugins import content_filter, pii_guard, prompt_injection_guard
from routeiq_builtin_plugins.response_cache import ResponseCache

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


def test_tools_get_placeholders_if_that_is_wanted():
    for tools, sent in ((True, "<EMAIL_1>"), (False, MAIL)):
        with harness(tools=tools) as one:
            result = one.tool_call(tool="send", arguments={"to": MAIL}, answer=f"sent to {sent}")
            assert one.tools.requests[0].arguments == {"to": sent}
            assert result.text == f"sent to {MAIL}"


@pytest.mark.parametrize("stream", [True, False])
def test_a_cache_gives_nobody_the_values_of_another(stream):
    settings = {"plugins": {"pii-guard": {"enabled": True}, "response-cache": {"enabled": True}}}
    with PluginTestHarness(pii_guard, ResponseCache, settings=settings) as one:
        one.upstream.default = "Written to <EMAIL_1>."
        for mail in (MAIL, "eve@example.com", MAIL):
            result = one.llm_call(f"Write to {mail}", temperature=0, stream=stream)
            assert result.text == f"Written to {mail}."
        assert len(one.upstream.requests) < 3


def test_a_stream_stays_one_through_all_guards():
    pieces = [f"word{number} " for number in range(40)]
    guards = ("pii-guard", "content-filter", "prompt-injection-guard")
    settings = {"plugins": {name: {"enabled": True} for name in guards}}
    rules = {"content-filter": {"rules": [{"name": "word", "words": ["secret"]}]}}
    plugins = (pii_guard, content_filter, prompt_injection_guard)
    with PluginTestHarness(*plugins, configs=rules, settings=settings) as one:
        result = one.llm_call(f"I am {MAIL}", answer=UpstreamAnswer("", pieces), stream=True)
        assert result.chunks == tuple(pieces)
