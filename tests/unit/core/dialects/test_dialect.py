from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects import (
    CHAT,
    COMPLETION,
    DIALECTS,
    EMBEDDING,
    RESPONSES,
    Dialect,
    InvalidRequest,
    ParsedRequest,
)
from routeiq.core.dialects.dialect import includes_usage, other_parameters, overridden, parse_common

ALL = [CHAT, COMPLETION, RESPONSES, EMBEDDING]
MESSAGE = {"role": "user", "content": "hi"}
CONTENT: dict[str, Any] = {"messages": [MESSAGE], "prompt": "hi", "input": "hi"}


def test_there_is_a_dialect_for_each_api_that_is_served() -> None:
    assert {api: dialect.path for api, dialect in DIALECTS.items()} == {
        "chat": "/chat/completions",
        "completion": "/completions",
        "responses": "/responses",
        "embedding": "/embeddings",
        "messages": "/messages",
    }
    assert all(dialect.api == api for api, dialect in DIALECTS.items())


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": 5}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream": 1}, "stream"),
        (dict.fromkeys(CONTENT), "messages|prompt|input"),
        (dict.fromkeys(CONTENT, 5), "messages|prompt|input"),
        ({name: {"a": 1} for name in CONTENT}, "messages|prompt|input"),
    ],
)
def test_a_wrong_request_names_its_parameter(dialect: Dialect, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        dialect.parse({"model": "m", **CONTENT, **changes})
    assert caught.value.param in param.split("|")
    assert f"'{caught.value.param}'" in caught.value.message


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_body_must_be_an_object(dialect: Dialect, body: object) -> None:
    with pytest.raises(InvalidRequest, match="JSON object"):
        dialect.parse(body)


@pytest.mark.parametrize("dialect", ALL)
def test_what_is_needed_for_routing_is_read(dialect: Dialect) -> None:
    usage = dialect is RESPONSES
    assert dialect.parse({"model": "m", **CONTENT}) == ParsedRequest("m", False, usage)
    assert dialect.parse({"model": "m", "stream": None, **CONTENT}).stream is False
    if dialect is not EMBEDDING:
        options = {"stream_options": {"include_usage": True}}
        assert dialect.parse({"model": "m", "stream": True, **options, **CONTENT}) == ParsedRequest("m", True, True)


@pytest.mark.parametrize("options", [5, {"include_usage": "yes"}])
def test_stream_options_of_wrong_types_are_refused(options: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        includes_usage({"stream_options": options})
    assert str(caught.value.param).startswith("stream_options")


def test_stream_options_may_leave_usage_out() -> None:
    assert not includes_usage({"stream_options": {}})
    assert not includes_usage({"stream_options": None})


@pytest.mark.parametrize("dialect", ALL)
def test_parameters_are_the_rest_of_the_body_without_credentials(dialect: Dialect) -> None:
    body = {"model": "m", "stream": True, "temperature": 1, "vendor": {"x": 1}, "api_key": "secret"}
    own = {"chat": "messages", "completion": "prompt", "responses": "input", "embedding": "input"}[dialect.api]
    assert dialect.parameters({**body, own: CONTENT[own]}) == {"temperature": 1, "vendor": {"x": 1}}


@pytest.mark.parametrize("dialect", ALL)
def test_overrides_leave_the_body_and_untouched_parts_alone(dialect: Dialect) -> None:
    body = {"model": "m", **CONTENT, "tools": [{"type": "x"}], "temperature": 1, "api_key": "secret"}
    before = dict(body)
    new = dialect.with_overrides(body, model="n", parameters={"temperature": 0, "top_p": 1})
    assert body == before
    assert new == {**before, "model": "n", "temperature": 0, "top_p": 1}
    assert all(new[name] is body[name] for name in ("messages", "prompt", "input", "tools"))
    assert dialect.with_overrides(body) == body


@pytest.mark.parametrize("dialect", ALL)
def test_changed_messages_are_written_in_the_apis_own_form(dialect: Dialect) -> None:
    body = {"model": "m", **CONTENT}
    new = dialect.with_overrides(body, messages=({"role": "user", "content": "bye"},))
    assert dialect.messages(new) == [{"role": "user", "content": "bye"}]


def test_the_common_parts() -> None:
    body = {"model": "m"}
    assert parse_common(body) == (body, "m", False)
    assert other_parameters({"a": 1, "b": 2, "authorization": "x"}, frozenset({"a"})) == {"b": 2}
    assert overridden(body, {"x": 1}, "n", {"y": 2}) == {"model": "n", "x": 1, "y": 2}
