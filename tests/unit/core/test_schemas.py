"""The shape of pydantic models."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, RootModel, SecretStr

from routeiq.core.schemas import entry_of, is_mapping, is_secret, keys_of, members, model_of, step


class Inner(BaseModel):
    number: int = 0


class Names(RootModel[list[str]]):
    pass


def test_keys_are_fields_or_the_aliases_that_stand_for_them():
    class Model(BaseModel):
        plain: int = 0
        aliased: int = Field(0, alias="other-name")
        chosen: int = Field(0, validation_alias=AliasChoices("first", "second", AliasPath("third", 0)))

    keys = keys_of(Model)
    assert set(keys) == {"plain", "other-name", "first", "second", "third"}
    assert keys["other-name"].field == "aliased"
    assert keys["second"].name == "first"


def test_a_model_that_validates_by_name_takes_both():
    class Model(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        aliased: int = Field(0, alias="other")

    assert set(keys_of(Model)) == {"aliased", "other"}
    assert keys_of(Model)["aliased"].name == "other"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, [int]),
        (int | None, [int]),
        (Optional[str], [str]),  # noqa: UP045 - both spellings have to be understood
        (Annotated[int | str, "x"], [int, str]),
        (None, []),
        (Literal["a"], [Literal["a"]]),
    ],
)
def test_members_of_an_annotation(annotation, expected):
    assert members(annotation) == expected


def test_only_a_single_model_is_a_model():
    assert model_of(Inner | None) is Inner
    assert model_of(Annotated[Inner, "x"]) is Inner
    assert model_of(Inner | str) is None
    assert model_of(Names) is None
    assert model_of(list[Inner]) is None


@pytest.mark.parametrize(
    ("annotation", "entry"),
    [
        (list[Inner], Inner),
        (tuple[Inner, ...] | None, Inner),
        (frozenset[str], str),
        (Sequence[int], int),
        (dict[str, Inner], Inner),
        (Mapping[str, int], int),
        (dict, Any),
        (str, None),
        (bytes, None),
        (Inner, None),
        (int, None),
    ],
)
def test_entries_of_collections(annotation, entry):
    assert entry_of(annotation) is entry


def test_mappings_and_secrets_are_known():
    assert is_mapping(dict[str, int] | None)
    assert not is_mapping(list[int])
    assert is_secret(SecretStr | None)
    assert not is_secret(str)


def test_a_path_leads_through_models_and_collections():
    class Outer(BaseModel):
        inner: dict[str, list[Inner]] = {}

    annotation: Any = Outer
    for part in ("inner", "any", 3, "number"):
        annotation = step(annotation, part)
    assert annotation is int
    assert step(Outer, "unknown") is None
