"""The filter in the gateway: requests and answers, streamed and not, tools and agents, bodies of other paths."""

import json

import pytest
from routeiq_plugin_sdk import ToolCall
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer, echo_app

from routeiq_builtin_plugins import content_filter

REDACT = {"name": "word", "words": ["secret"], "action": "redact"}
BLOCK = {"name": "bad", "words": ["numbskull"]}
FLAG = {"name": "told", "words": ["curious"], "action": "flag"}
CONVERSATION = [
    {"role": "system", "content": "a secret"},
    {"role": "user", "content": [{"type": "text", "text": "one secret"}, {"type": "text", "text": "s\u200becret two"}]},
    {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a": "\\u0073ecret"}'}}]},
    {"role": "tool", "tool_call_id": "c", "content": "the secret is out"},
]


def harness(*rules, **more):
    settings = {"plugins": {"content-filter": {"enabled": True, **more.pop("plugin", {})}}}
    app = more.pop("app", None)
    return PluginTestHarness(content_filter, config={"rules": list(rules), **more}, settings=settings, app=app)


def test_every_text_of_a_request_is_looked_at():
    with harness(REDACT) as one:
        one.llm_call(CONVERSATION, answer="fine")
        sent = one.upstream.requests[0].messages
        assert "secret" not in json.dumps(sent)
        assert sent[1]["content"][1]["text"] == "[redacted] two"
        assert json.loads(sent[2]["tool_calls"][0]["function"]["arguments"]) == {"a": "[redacted]"}
        assert one.metric("matches", rule="word", action="redact", direction="in") == 5


def test_what_is_blocked_never_reaches_the_model_and_nothing_says_what_it_was():
    with harness(BLOCK) as one:
        refused = one.llm_call("you numbskull")
        assert (refused.status_code, refused.error["code"]) == (403, "content_filter")
        assert one.upstream.requests == []
        told = [event.data for event in one.events if event.name == "content-filter.matched"]
        assert told == [{"rule": "bad", "action": "block", "direction": "in", "count": 1}]
        assert not any("numbskull" in str(line) for line in one.logs)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("api", ["chat", "responses", "messages", "completion"])
def test_answers_are_looked_at_in_every_api(api, stream):
    with harness(REDACT, BLOCK, FLAG) as one:
        pieces = ["That is a se", "cret, how cu", "rious"]
        answered = one.llm_call("hi", answer=UpstreamAnswer("".join(pieces), pieces), api=api, stream=stream)
        assert answered.text == "That is a [redacted], how curious"
        assert one.metric("matches", rule="told", action="flag", direction="out") == 1
        refused = one.llm_call("hi", answer=UpstreamAnswer("num", ["so num", "bskull!"]), api=api, stream=stream)
        assert "numbskull" not in str(refused.http.body)


def test_arguments_of_tools_stay_json():
    call = ToolCall(0, "c", "f", json.dumps({"a": 'a "secret" \\ secret'}))
    quoting = {**REDACT, "replacement": 'a "word"'}
    with harness(quoting) as one:
        for stream in (True, False):
            [made] = one.llm_call("hi", answer=UpstreamAnswer("", tool_calls=[call]), stream=stream).tool_calls
            assert json.loads(made.arguments) == {"a": 'a "a "word"" \\ a "word"'}


def test_a_filter_of_requests_alone_holds_nothing_of_a_stream():
    with harness({**REDACT, "direction": "in"}) as one:
        assert one.llm_call("hi", answer="a secret", stream=True).text == "a secret"
        unused = {"llm_stream_window", "tool_post_call", "agent_post_call", "request_body", "response_body"}
        assert unused <= set(one.status["content-filter"].inactive_hooks)


def test_bodies_of_other_paths_are_looked_at_if_they_are_listed():
    with harness(REDACT, BLOCK, bodies=["/files/*"], app=echo_app) as one:
        assert one.send_request("POST", "/files/a", body={"a": ["a secret"]}).body["body"] == '{"a":["a [redacted]"]}'
        assert one.send_request("POST", "/files/a", body=b"{secret").body["body"] == "{[redacted]"
        assert one.send_request("POST", "/files/a", body=b"\xff secret").status_code == 200
        assert one.send_request("POST", "/files/a", body="numbskull").status_code == 403
        assert one.send_request("POST", "/other", body="numbskull").status_code == 200


def test_bodies_that_are_no_utf8_can_be_refused():
    with harness(REDACT, bodies=["*"], undecodable="block", app=echo_app) as one:
        assert one.send_request("POST", "/a", body=b"\xff").status_code == 403


def test_a_request_of_megabytes_is_looked_at_and_one_with_too_much_to_replace_refused():
    with harness(REDACT, max_redactions=100) as one:
        long = "lorem ipsum " * 100_000
        assert one.llm_call([{"role": "user", "content": long + " secret"}], answer="ok").text == "ok"
        assert one.upstream.requests[0].messages[0]["content"].endswith("[redacted]")
        refused = one.llm_call("secret " * 101)
        assert refused.error["code"] == "content_filter_too_much"


def test_a_change_of_the_rules_is_in_force_at_once():
    with harness(REDACT) as one:
        one.change_config(rules=[BLOCK])
        assert one.llm_call("a secret").text == "a secret"
        assert one.llm_call("numbskull").status_code == 403


def test_an_audited_filter_records_and_changes_nothing():
    with harness(BLOCK, plugin={"mode": "audit"}) as one:
        assert one.llm_call("numbskull").text == "numbskull"
        assert one.metric("matches", rule="bad", action="block", direction="in") == 1


def test_tools_are_looked_at_both_ways():
    with harness(REDACT, BLOCK) as one:
        result = one.tool_call(tool="search", arguments={"q": "a secret"}, answer="the secret is out")
        assert one.tools.requests[0].arguments == {"q": "a [redacted]"}
        assert result.text == "the [redacted] is out"
        assert one.tool_call(tool="search", arguments={"q": "numbskull"}).error["data"]["code"] == "content_filter"


def test_a_filter_that_fails_can_keep_the_call_from_passing():
    with harness(REDACT, plugin={"failure_mode": "abort"}) as one:
        for hook, stream in (("llm_pre_call", False), ("llm_stream_window", False), ("llm_stream_window", True)):
            one.fail_next(hook, times=9)
            assert "secret" not in str(one.llm_call("hi", answer="a secret", stream=stream).http.body)
            one.fail_next(hook, times=0)
