"""Configurations that a model allows."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from routeiq.authoring.checks.configurations import MANY, changed_fields, values_of, words_of


class Colour(enum.Enum):
    RED = "red"


class Config(BaseModel):
    mode: Literal["a", "b"] = "a"
    share: float = Field(default=1, ge=0, le=1)
    words: list[str] = ["blocked"]
    secret: SecretStr = SecretStr("hidden")
    only: int = 5

    @field_validator("only")
    @classmethod
    def _refuse(cls, value: int) -> int:
        if value == 1000:
            raise RuntimeError("a validator that fails")
        return value


def test_each_change_is_one_that_the_model_takes() -> None:
    changes = list(changed_fields(Config()))
    assert {"mode": "b"} in changes
    assert {"share": 0.5} in changes
    assert {"words": []} in changes
    assert {"only": 0} in changes
    assert {"only": 1000} not in changes
    assert {"share": 1000} not in changes
    assert {"mode": "a"} not in changes
    assert len(changes) <= MANY


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (bool, [True, False]),
        (Literal["x", 3], ["x", 3]),
        (Colour, ["red"]),
        (bool | None, [True, False, None]),
        (Annotated[bool, "note"], [True, False]),
        (dict[str, int], [{}]),
        (tuple[bool, ...], [[], [True], [True, True], [False], [False, False]]),
        (object, []),
    ],
)
def test_values_come_from_types(annotation: Any, expected: list[Any]) -> None:
    assert list(values_of(annotation)) == expected


def test_words_are_those_that_the_configuration_speaks_of() -> None:
    assert words_of(Config()) == ["blocked"]
    assert words_of(None) == []
