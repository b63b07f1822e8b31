"""What pins a field: the first source that sets it, or something above or below it."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from routeiq.core.pins import PinningSource, Pins, by_document_names

FILE = PinningSource({"word": "a", "inner": {"b": 1}, "off": None}, lambda path: f"file at {'.'.join(map(str, path))}")
VARIABLES = PinningSource({"word": "c", "limit": 3, "inner": {"c": 2}}, lambda path: "variable")


@pytest.mark.parametrize(
    ("path", "pin"),
    [
        (("word",), "file at word"), (("limit",), "variable"), (("inner", "b"), "file at inner.b"),
        (("inner", "c"), "variable"), (("inner",), "file at inner"), (("off", "deep"), "file at off.deep"),
        (("other",), None), (("inner", "d"), None),
    ],
)  # fmt: skip
def test_the_first_source_that_sets_a_field_pins_it(path, pin):
    assert Pins((FILE, VARIABLES)).of(path) == pin


def test_without_sources_nothing_is_pinned():
    assert Pins().of(("word",)) is None


def test_data_are_brought_under_the_names_of_documents():
    class Inner(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        size: int = Field(0, alias="max-size")

    class Model(BaseModel):
        inner: Inner = Inner()
        free: dict[str, Inner] = {}

    data = {"inner": {"size": 1, "unknown": 2}, "free": {"size": {"size": 3}}, "else": 4}
    assert by_document_names(Model, data) == {
        "inner": {"max-size": 1, "unknown": 2}, "free": {"size": {"size": 3}}, "else": 4
    }  # fmt: skip
