"""What a call asks."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers, LLMCall, PluginRequest, Principal

from routeiq_builtin_plugins.response_cache.config import Config
from routeiq_builtin_plugins.response_cache.question import literals, obstacle, question

PLAIN, SEMANTIC = Config(), Config(semantic={"model": "e"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def asked(text="hi", config=PLAIN, model="m", api="chat", principal=None, headers=None, **kwargs):
    call = LLMCall("c", api, "m", principal=principal, headers=headers)
    messages = text if isinstance(text, list) else [{"role": "user", "content": text}]
    return question(call, model, messages, kwargs, config)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_two_calls_have_the_same_key_only_if_they_ask_the_same(one, other):
    for kwargs in (one, other):
        for name in ("stream", "stream_options", "extra_headers"):
            kwargs.pop(name, None)

    def key(kwargs):
        return question(LLMCall.mock(), "m", [{"role": "user", "content": "x"}], kwargs, PLAIN).key

    # True and 1 are equal in Python, and not in JSON.
    assert (key(one) == key(other)) == (repr(_sorted(one)) == repr(_sorted(other)))
    assert key(one) == key(copy.deepcopy(dict(reversed(one.items()))))


def _sorted(value):
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def test_everything_that_may_make_another_answer_makes_another_key():
    keys = [
        asked(), asked("ho"), asked(model="n"), asked(api="messages"), asked(temperature=0), asked(temperature=0.0),
        asked(tools=[1]), asked(user="u"), asked(never_heard_of=1), asked(principal=Principal("ann")),
        asked(config=Config(version="2")), asked(headers=Headers.of({"openai-beta": "x"})),
        asked(extra_headers={"openai-beta": "y"}), asked([{"role": "system", "content": "hi"}]),
    ]  # fmt: skip
    assert len({one.key for one in keys}) == len(keys)


def test_how_it_is_sent_and_traced_makes_none():
    traced = Headers.of({"traceparent": "00-1"})
    assert asked(stream_options={}, headers=traced, extra_headers={"X-Request-Id": "1"}).key == asked().key
    assert asked(config=Config(ignore=["user"]), user="u").key == asked().key


def test_what_is_no_json_is_no_question():
    assert asked(made=object()) is None
    assert asked(made=float("nan")) is None


@pytest.mark.parametrize(
    ("api", "kwargs", "config", "why"),
    [
        ("chat", {}, {}, None),
        ("embedding", {}, {}, "api"),
        ("responses", {}, {}, "state"),
        ("responses", {"store": False}, {}, None),
        ("responses", {"store": False, "previous_response_id": "r"}, {}, "state"),
        ("chat", {"n": 2}, {}, "parameters"),
        ("chat", {"n": 1, "logprobs": False}, {}, None),
        ("chat", {"logprobs": True}, {}, "parameters"),
        ("chat", {"temperature": 1}, {"only_deterministic": True}, "temperature"),
        ("chat", {}, {"only_deterministic": True}, "temperature"),
        ("chat", {"temperature": 0}, {"only_deterministic": True}, None),
        ("chat", {}, {"max_question": 1}, "size"),
    ],
)
def test_what_is_not_kept(api, kwargs, config, why):
    call = LLMCall("c", api, "m", principal=Principal("ann"))
    assert obstacle(call, [{"content": [{"text": "hi"}]}], kwargs, Config(**config)) == why


def test_who_is_not_known_at_all_shares_only_with_all():
    assert obstacle(LLMCall.mock(), [], {}, Config()) == "nobody"
    assert obstacle(LLMCall.mock(), [], {}, Config(share="all")) is None
    assert obstacle(LLMCall("c", "chat", "m", request=PluginRequest.mock()), [], {}, Config()) is None


def test_attachments_count_for_the_size():
    messages = [{"content": [{"type": "image_url", "image_url": {"url": "data:" + "x" * 50}}]}]
    assert obstacle(LLMCall.mock(), messages, {}, Config(max_question=50, share="all")) == "size"


def test_a_group_has_all_but_the_words_of_the_last_text():
    group = asked("What is a cat?", SEMANTIC).group
    assert asked("Tell me what a cat is.", SEMANTIC).group == group
    parts = [{"role": "user", "content": [{"type": "text", "text": "other words"}]}]
    assert asked(parts, SEMANTIC).group == group
    others = [
        asked("What is 7 cats?", SEMANTIC), asked("x", SEMANTIC, temperature=0), asked("x", SEMANTIC, model="n"),
        asked("x", SEMANTIC, principal=Principal("ann")),
        asked([{"role": "system", "content": "s"}, {"role": "user", "content": "x"}], SEMANTIC),
    ]  # fmt: skip
    assert group not in [one.group for one in others]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "assistant", "content": "x"}], [{"role": "user", "content": None}],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}],
        [{"role": "tool", "content": "x"}],
    ],
)  # fmt: skip
def test_what_is_not_one_text_of_a_user_has_no_other_words(messages):
    assert asked(messages, SEMANTIC).text is None
    assert asked("hi", PLAIN).text is None


def test_numbers_dates_and_addresses_are_no_words():
    text = "Mail bob@x.org by 2026-11-25, v1.2.3 of (file7.txt) costs $5: see https://a.b/c?d=1."
    assert literals(text) == ["bob@x.org", "2026-11-25", "v1.2.3", "file7.txt", "$5", "https://a.b/c", "d=1"]
    assert literals("no such thing, I am sure!") == []
