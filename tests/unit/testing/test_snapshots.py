from __future__ import annotations

import copy
import dataclasses
from collections import deque
from functools import cached_property
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel
from routeiq_plugin_sdk import (
    Deployment,
    Headers,
    LLMCall,
    LLMResponse,
    PluginRequest,
    Principal,
    ResponseMetadata,
    StreamChunk,
    WindowText,
)

from routeiq.testing.snapshots import change, snapshot


class Inner(BaseModel):
    words: list[str] = ["a"]


class Config(BaseModel):
    inner: Inner = Inner()
    names: set[str] = {"x"}


def made(kind: str) -> Any:
    """Return a value of each kind of argument that hooks are handed."""
    return {
        "request": PluginRequest.mock(
            "POST", "/a", headers={"x-a": "1"}, principal=Principal("p", metadata={"a": [1]})
        ),
        "response": ResponseMetadata.mock(200, {"x-a": "1"}),
        "call": LLMCall.mock(),
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "kwargs": {"temperature": 0.5, "stop": ["a"]},
        "models": (Deployment("a", "m", "up", metadata={"tags": ["x"]}),),
        "llm response": LLMResponse("text", raw={"choices": [{"n": 1}]}),
        "chunk": StreamChunk(text="a", raw={"choices": [{"n": 1}]}),
        "window": WindowText("text"),
        "config": Config(),
        "deque": deque([1]),
        "bytearray": bytearray(b"a"),
    }[kind]


def replaced_in_place(value: Any, name: str, new: Any) -> None:
    object.__setattr__(value, name, new)  # a frozen dataclass is no obstacle to who wants to


CHANGES: list[tuple[str, Any, str]] = [
    ("request", lambda v: setattr(v, "method", "PUT"), "v.method was 'POST', and is 'PUT'"),
    ("request", lambda v: setattr(v, "headers", Headers()), "v.headers.raw[0] was removed"),
    ("request", lambda v: setattr(v, "principal", None), "v.principal was {'id': 'p'"),
    ("request", lambda v: v.principal.metadata["a"].append(2), "v.principal.metadata['a'][1] was added: 2"),
    ("response", lambda v: setattr(v, "status_code", 500), "v.status_code was 200, and is 500"),
    ("call", lambda v: setattr(v, "model", "other"), "v.model was 'mock-model', and is 'other'"),
    ("call", lambda v: setattr(v, "headers", Headers.of({"a": "b"})), "v.headers.raw[0] was added: [b'a', b'b']"),
    ("messages", lambda v: v[0]["content"][0].update(text="ho"), "v[0]['content'][0]['text'] was 'hi', and is 'ho'"),
    ("messages", lambda v: v.append({"role": "user"}), "v[1] was added: {'role': 'user'}"),
    ("messages", lambda v: v.pop(), "v[0] was removed"),
    ("kwargs", lambda v: v.pop("temperature"), "v['temperature'] was removed"),
    ("kwargs", lambda v: v.update(stop=("a",)), "v['stop'] was ['a'], and is ['a']"),
    ("models", lambda v: v[0].metadata["tags"].clear(), "v[0].metadata['tags'][0] was removed"),
    ("llm response", lambda v: v.raw["choices"][0].update(n=2), "v.raw['choices'][0]['n'] was 1, and is 2"),
    ("llm response", lambda v: replaced_in_place(v, "text", "b"), "v.text was 'text', and is 'b'"),
    ("chunk", lambda v: v.raw.update(choices=None), "v.raw['choices'] was [{'n': 1}], and is None"),
    ("window", lambda v: replaced_in_place(v, "text", "b"), "v.text was 'text', and is 'b'"),
    ("config", lambda v: v.inner.words.append("b"), "v.inner.words[1] was added: 'b'"),
    ("config", lambda v: v.names.add("y"), "v.names was {'x'}, and is"),
    ("deque", lambda v: v.append(2), "v[1] was added: 2"),
    ("bytearray", lambda v: v.extend(b"b"), "v was b'a', and is b'ab'"),
]


@pytest.mark.parametrize(("kind", "mutate", "said"), CHANGES, ids=[f"{kind}: {said}" for kind, _, said in CHANGES])
def test_a_change_of_each_kind_of_argument_is_found_where_it_is(kind: str, mutate: Any, said: str) -> None:
    value = made(kind)
    before = snapshot(value)
    assert change(before, value, "v") is None
    mutate(value)
    found = change(before, value, "v")
    assert found is not None
    assert found.startswith(said)


def test_what_plugins_and_the_host_may_write_is_not_compared() -> None:
    request, call = made("request"), made("call")
    before = snapshot(request), snapshot(call)
    request.shared["a"] = 1
    _ = request.query, request.cookies, request.client
    call.attempts, call.aborted, call.answered_by, call.response_headers = 2, True, "p", Headers.of({"a": "b"})
    assert (change(before[0], request, "request"), change(before[1], call, "call")) == (None, None)


def test_other_objects_are_compared_by_identity() -> None:
    value = {"a": object()}
    before = snapshot(value)
    assert change(before, value, "v") is None
    value["a"] = object()
    assert str(change(before, value, "v")).startswith("v['a'] was <object object")


def test_a_value_that_contains_itself_ends_somewhere() -> None:
    value: list[Any] = [1]
    value.append(value)
    before = snapshot(value)
    assert change(before, value, "v") is None
    value[0] = 2
    assert change(before, value, "v") == "v[0] was 1, and is 2"


def test_what_is_long_is_cut() -> None:
    value = {"a": "x" * 1000}
    before = snapshot(value)
    value["a"] = "y"
    assert len(str(change(before, value, "v"))) < 100


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
    max_leaves=12,
)


@given(JSON)
def test_what_nobody_touched_is_what_it_was(value: Any) -> None:
    assert change(snapshot(value), value, "v") is None
    assert change(snapshot(value), copy.deepcopy(value), "v") is None


@given(JSON, JSON)
def test_any_two_values_that_differ_are_told_apart(value: Any, other: Any) -> None:
    assume(repr(value) != repr(other))
    assume(value != other or type(value) is not type(other))
    assert change(snapshot(value), other, "v") is not None


def test_fields_of_any_dataclass_are_looked_at() -> None:
    @dataclasses.dataclass
    class Point:
        x: list[int]

    point = Point([1])
    before = snapshot(point)
    point.x[0] = 2
    assert change(before, point, "v") == "v.x[0] was 1, and is 2"


def test_what_a_model_works_out_of_itself_and_remembers_is_no_change():
    class Remembering(BaseModel):
        words: list[str] = ["a"]

        @cached_property
        def longest(self) -> int:
            return max(map(len, self.words))

    value = Remembering()
    before = snapshot(value)
    assert value.longest == 1
    assert change(before, value, "it") is None
    value.words.append("b")
    assert change(before, value, "it") is not None
