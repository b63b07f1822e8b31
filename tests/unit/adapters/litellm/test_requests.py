"""The arguments of a call as plugins see them, and overrides as arguments."""

import pytest
from routeiq_plugin_sdk import LLMCall

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.operations import functions  # noqa: E402
from routeiq.adapters.litellm.requests import KeywordRequest  # noqa: E402
from routeiq.core.attempts import AttemptError, Changes  # noqa: E402

OPERATIONS = {operation.name: operation for operation, _ in functions(litellm)}
MESSAGES = [{"role": "user", "content": "hi"}]


def request(name="acompletion", **keywords):
    return KeywordRequest(OPERATIONS[name], keywords)


def changed(one, model="m", messages=None, parameters=None, asks_usage=False, headers=None):
    call = LLMCall("c", one.operation.api, model, False, None, one.headers())
    if headers:
        call.headers = call.headers.with_headers(headers)
    return one.changed(Changes(model, messages, parameters, False), call, asks_usage=asks_usage)


def test_plugins_see_the_models_parameters_and_nothing_of_litellms_own():
    one = request(
        model="m", messages=MESSAGES, temperature=0.5, tools=[], api_key="secret", api_base="http://x", client=object(),
        mock_response="x", litellm_call_id="1", top_k=3, stop=None, timeout=3, extra_headers={"a": "b"}, num_retries=1,
    )  # fmt: skip
    assert one.parameters == {"temperature": 0.5, "tools": [], "top_k": 3}
    assert one.messages == MESSAGES


def test_message_objects_of_litellms_are_dictionaries_for_plugins():
    message = litellm.Message(role="assistant", content="earlier")
    one = request(model="m", messages=[*MESSAGES, message])
    assert [(message["role"], message["content"]) for message in one.messages] == [
        ("user", "hi"),
        ("assistant", "earlier"),
    ]
    assert changed(one)["messages"][1] is message


def test_arguments_that_make_no_sense_are_litellms_to_refuse():
    assert request(model="m", messages=None).messages == []
    assert request(model="m").messages == []


def test_metadata_is_shown_but_not_the_proxys_books_under_the_same_name():
    assert request(model="m", messages=[], metadata={"team": "a"}).parameters == {"metadata": {"team": "a"}}
    books = {"team": "a", "headers": {"authorization": "secret"}, "user_api_key_auth": object()}
    received = {"proxy_server_request": {"body": {"metadata": books}}}
    assert request(model="m", messages=[], metadata=books, **received).parameters == {}


def test_overrides_are_written_into_the_arguments_and_the_rest_stays_itself():
    tools = [{"type": "function"}]
    one = request(model="m", messages=MESSAGES, tools=tools, api_key="k")
    new = changed(one, "other", [{"role": "user", "content": "bye"}], {**one.parameters, "temperature": 1.0})
    assert new == {
        "model": "other", "messages": [{"role": "user", "content": "bye"}], "tools": tools, "api_key": "k",
        "temperature": 1.0,
    }  # fmt: skip
    assert new["tools"] is tools
    assert one.keywords["model"] == "m"


def test_messages_are_written_in_the_form_of_the_api():
    assert changed(request("atext_completion", model="m", prompt="hi"), messages=[{"role": "user", "content": "bye"}])[
        "prompt"
    ] == "bye"  # fmt: skip
    assert changed(request("aembedding", model="m", input=["a", "b"]), messages=[
        {"role": "user", "content": "a"}, {"role": "user", "content": "c"},
    ])["input"] == ["a", "c"]  # fmt: skip


def test_what_an_api_cannot_say_is_a_bad_request():
    with pytest.raises(AttemptError) as caught:
        changed(request("aembedding", model="m", input=[1, 2]), messages=[{"role": "user", "content": "words"}])
    assert caught.value.status_code == 400


def test_headers_go_along_and_credentials_are_not_shown():
    one = request(model="m", messages=MESSAGES, extra_headers={"X-A": "1", "Authorization": "Bearer s"})
    assert dict(one.headers().items()) == {"x-a": "1"}
    assert changed(one)["extra_headers"] == {"X-A": "1", "Authorization": "Bearer s"}
    new = changed(one, headers={"x-b": "2"})["extra_headers"]
    assert new == {"X-A": "1", "Authorization": "Bearer s", "x-a": "1", "x-b": "2"}
    assert len(request(model="m", extra_headers={"bad\nname": "x"}).headers()) == 0


@pytest.mark.parametrize(
    ("name", "options", "wanted"),
    [("acompletion", None, False), ("acompletion", {"include_usage": True}, True), ("aresponses", None, True)],
)
def test_usage_is_asked_for_where_the_caller_did_not(name, options, wanted):
    one = request(name, model="m", messages=MESSAGES, input="x", stream_options=options)
    assert one.include_usage is wanted
    assert changed(one, asks_usage=True)["stream_options"] == {"include_usage": True}
