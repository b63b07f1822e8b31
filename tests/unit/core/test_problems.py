"""What pydantic finds, in words."""

import datetime as dt
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from routeiq.core.problems import nearest, problems_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    timeout: float = Field(default=1.0, gt=0)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = ""
    colour: Colour = Colour.RED
    inner: Inner = Inner()
    either: int | list[int] = 0
    many: list[Inner] = []
    by_name: dict[str, Inner] = {}
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    needed: int

    @field_validator("text")
    @classmethod
    def _no_spaces(cls, text: str) -> str:
        if " " in text:
            raise ValueError("no spaces, please")
        return text


def problems(**data: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        Model.model_validate({"needed": 1, **data})
    return [str(problem) for problem in problems_of(raised.value, Model, "file")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"txt": 1}, "file: txt: there is no such key; did you mean 'text'? There are: by_name, "),
        ({"qqqq": 1}, "file: qqqq: there is no such key. There are: by_name, "),
        (
            {"inner": {"timeot": 1}},
            "file: inner.timeot: there is no such key; did you mean 'timeout'? There are: timeout.",
        ),
        ({"inner": 3}, "file: inner: must hold keys and values"),
        ({"inner": {"timeout": 0}}, "file: inner.timeout: must be greater than 0"),
        ({"many": [{}, {"timeout": "x"}]}, "file: many.1.timeout: must be a valid number"),
        ({"by_name": {"a": {"timeout": -1}}}, "file: by_name.a.timeout: must be greater than 0"),
        ({"colour": "bleu"}, "file: colour: must be 'red' or 'blue'; did you mean 'blue'?"),
        ({"text": "a b"}, "file: text: no spaces, please"),
        ({"text": 5}, "file: text: must be a valid string: put it in quotes"),
        ({"text": dt.date(2026, 1, 1)}, "file: text: must be a valid string: put it in quotes"),
        ({"pet": {"kind": "cat", "lives": "x"}}, "file: pet.lives: must be a valid integer"),
        ({"needed": None}, "file: needed: must be a valid integer"),
    ],
)
def test_a_problem_says_where_and_what_would_be_right(data, expected):
    (problem,) = problems(**data)
    assert problem.startswith(expected)


def test_the_members_of_a_union_are_no_part_of_the_path():
    assert {problem.split(": ")[1] for problem in problems(either="x")} == {"either"}
    assert "file: either.1: must be a valid integer, unable to parse string as an integer" in problems(either=[1, "x"])


def test_what_is_missing_is_required():
    with pytest.raises(ValidationError) as raised:
        Model.model_validate({})
    assert [str(one) for one in problems_of(raised.value, Model, "x.yaml")] == ["x.yaml: needed: is required"]


def test_the_wrong_value_itself_is_never_shown():
    secret = "hunter2"
    for data in ({"needed": secret}, {"colour": secret}, {"inner": secret}, {"either": secret}, {"text": [secret]}):
        assert secret not in " ".join(problems(**data))


def test_nothing_is_suggested_where_nothing_is_near():
    assert nearest("priorty", ["priority", "before"]) == "; did you mean 'priority'?"
    assert nearest("zzz", ["priority", "before"]) == ""
