"""Configurations as JSON, with their secrets marked: what is shown, and what is not lost."""

import dataclasses
import datetime as dt
import math
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RedisDsn,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    field_serializer,
    model_serializer,
)

from routeiq.core.config_trees import revealed, same, shown, tree_of, tree_of_data
from routeiq.core.masking import MASK


class Credentials(BaseModel):
    user: str = "me"
    password: str = "hush"


@dataclasses.dataclass
class Point:
    x: int
    secret: str


class Tokens(RootModel[list[SecretStr]]):
    pass


def both(model: BaseModel) -> tuple[Any, Any]:
    tree = tree_of(model)
    return shown(tree), revealed(tree)


@pytest.mark.parametrize(
    ("kind", "value", "seen", "whole"),
    [
        (SecretStr, SecretStr("hush"), MASK, "hush"),
        (SecretStr, SecretStr(""), "", ""),
        (SecretBytes, SecretBytes(b"hush"), MASK, "hush"),
        (Secret[int], Secret(7), MASK, 7),
        (SecretStr | None, None, None, None),
        (list[SecretStr], [SecretStr("a"), SecretStr("")], [MASK, ""], ["a", ""]),
        (dict[str, SecretStr], {"a": SecretStr("b")}, {"a": MASK}, {"a": "b"}),
        (dict[int, Any], {1: {"token": "a", "b": 2}}, {"1": {"token": MASK, "b": 2}}, {"1": {"token": "a", "b": 2}}),
        (Tokens, Tokens([SecretStr("a")]), [MASK], ["a"]),
        (Credentials, Credentials(), {"user": "me", "password": MASK}, {"user": "me", "password": "hush"}),
        (list[Credentials], [Credentials()], [{"user": "me", "password": MASK}], [{"user": "me", "password": "hush"}]),
        (Point, Point(1, "hush"), {"x": 1, "secret": MASK}, {"x": 1, "secret": "hush"}),
        (set[str], {"b", "a", "c"}, ["a", "b", "c"], ["a", "b", "c"]),
        (RedisDsn, RedisDsn("redis://me:hush@h:1/0"), f"redis://me:{MASK}@h:1/0", "redis://me:hush@h:1/0"),
        (list[float], [math.inf, -math.inf, 1.5], ["Infinity", "-Infinity", 1.5], ["Infinity", "-Infinity", 1.5]),
        (re.Pattern[str], re.compile("a+"), "a+", "a+"),
        (Path, Path("/a"), "/a", "/a"),
        (dt.timedelta, dt.timedelta(seconds=90), "PT1M30S", "PT1M30S"),
        (bytes, b"text", "text", "text"),
    ],
)  # fmt: skip
def test_a_value_is_shown_without_its_secrets_and_kept_with_them(kind, value, seen, whole):
    class Model(BaseModel):
        field: kind = value

    assert both(Model()) == ({"field": seen}, {"field": whole})


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("api_key", "a", MASK),
        ("api_key", "", ""),
        ("token", ["a", "b"], MASK),
        ("token", [], []),
        ("credentials", {"a": "b", "c": {"d": 1}}, {"a": MASK, "c": {"d": MASK}}),
        ("credentials", Credentials(), {"user": MASK, "password": MASK}),
        ("secret", True, True),
        ("secret", 12345, MASK),
        ("max_tokens", 5, 5),
    ],
)
def test_a_name_makes_all_below_it_secret(name, value, seen):
    class Model(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert both(Model(**{name: value}))[0] == {name: seen}


def test_keys_are_those_that_data_have():
    class Inner(BaseModel):
        size: int = Field(1, validation_alias="max-size", serialization_alias="SIZE")

    class Model(BaseModel):
        inner: Inner = Field(Inner(), alias="within")
        others: list[Inner] = [Inner()]
        hidden: int = Field(3, exclude=True)

    assert both(Model())[0] == {"within": {"max-size": 1}, "others": [{"max-size": 1}], "hidden": 3}


def test_a_fields_own_serializer_has_its_say():
    class Model(BaseModel):
        size: int = 2048

        @field_serializer("size")
        def _size(self, size: int) -> str:
            return f"{size // 1024}KiB"

    assert both(Model()) == ({"size": "2KiB"}, {"size": "2KiB"})


def test_serializers_that_fail_and_values_that_json_does_not_know_are_no_obstacle():
    class Model(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        thing: Any = object
        secrets_inside: dict[str, Any] = {"list": [SecretStr("hush")], "token": "hush"}
        several: tuple[SecretStr, ...] = (SecretStr("hush"),)
        raw: bytes = b"\xff\xfe"

        @model_serializer
        def _broken(self) -> dict[str, Any]:
            raise RuntimeError("not today")

    seen, whole = both(Model())
    assert seen["secrets_inside"] == {"list": [MASK], "token": MASK}
    assert seen["several"] == [MASK]
    assert whole["several"] == ["hush"]
    assert "object" in seen["thing"]
    assert seen["raw"] == r"b'\xff\xfe'"


def test_data_that_are_not_valid_are_masked_by_every_type_that_they_may_be_of():
    class Basic(BaseModel):
        phrase: SecretStr = Field(SecretStr(""), alias="pass-phrase")

    class Digest(BaseModel):
        seed: SecretStr | None = None

    class Model(BaseModel):
        auth: Basic | Digest | None = None
        by_name: dict[str, list[Digest]] = {}
        plain: SecretStr = SecretStr("")

    data = {
        "auth": {"pass-phrase": "a", "seed": 5, "kind": 1},
        "by_name": {"x": [{"seed": "c"}, 3]},
        "plain": ["d"],
        "unknown": {"api_key": "e", "at": dt.date(2026, 1, 2)},
    }
    assert shown(tree_of_data(data, Model)) == {
        "auth": {"pass-phrase": MASK, "seed": MASK, "kind": 1},
        "by_name": {"x": [{"seed": MASK}, 3]},
        "plain": MASK,
        "unknown": {"api_key": MASK, "at": "2026-01-02"},
    }
    assert revealed(tree_of_data(data, Model))["plain"] == ["d"]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True), (1, True, False), (False, 0, False), (None, False, False), ("1", 1, False),
        ({"a": [1, {"b": True}]}, {"a": [1, {"b": True}]}, True), ({"a": [1]}, {"a": [True]}, False),
        ({"a": 1}, {"b": 1}, False), ([1], [1, 2], False), ([], {}, False),
    ],
)  # fmt: skip
def test_values_are_compared_as_json_has_them(one, other, equal):
    assert same(one, other) is equal
