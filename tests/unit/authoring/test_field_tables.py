"""Tables of what can be set."""

from collections.abc import Mapping
from typing import Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from routeiq.authoring.field_tables import FieldTable, Row, cell, markdown_table, models_in, tables_of


class Match(BaseModel):
    """What fits."""

    path: str = Field(default="/*", description="A pattern.")


class Rule(BaseModel):
    """One rule."""

    match: Match = Field(default_factory=Match, description="What it is for.")
    then: Literal["allow", "deny"] = "deny"


class Config(BaseModel):
    """All of it."""

    rules: tuple[Rule, ...] = (Rule(),)
    named: Mapping[str, Rule] = Field(default_factory=dict)
    key: SecretStr | None = SecretStr("hunter2")
    size: int = Field(default=3, ge=1, validation_alias="how-many")
    on: bool = False
    needed: str
    names: frozenset[str] = frozenset({"b", "a"})


def test_a_table_is_made_of_every_model_once():
    tables = tables_of(Config)
    assert [table.path for table in tables] == ["", "rules[]", "rules[].match"]
    assert tables[2] == FieldTable("rules[].match", (Row("path", "string", "`/*`", "A pattern."),))


def test_defaults_are_what_an_author_would_write():
    rows = {row.name: row.default for row in tables_of(Config)[0].rows}
    assert rows == {
        "rules": "",
        "named": "",
        "key": "a secret",
        "how-many": "`3`",
        "on": "`false`",
        "needed": "required",
        "names": "`a`, `b`",
    }


def test_types_are_words():
    rows = {row.name: row.type for table in tables_of(Config) for row in table.rows}
    assert (rows["rules"], rows["named"], rows["how-many"]) == ("list of Rule", "object of Rule", "integer, 1 or more")
    assert (rows["then"], rows["key"]) == ("allow, deny", "string or null")


def test_no_model_no_table():
    assert tables_of(None) == []


def test_models_are_found_wherever_they_stand():
    assert list(models_in(dict[str, list[Match | None]])) == [(Match, ".<name>[]")]


@pytest.mark.parametrize(("text", "shown"), [("a | b", "a \\| b"), ("two\nlines", "two lines")])
def test_a_cell_keeps_to_its_table(text, shown):
    assert cell(text) == shown


def test_a_table_is_markdown():
    assert markdown_table(("a", ""), [("1", "2")]) == ["| a | |", "| --- | --- |", "| 1 | 2 |", ""]
