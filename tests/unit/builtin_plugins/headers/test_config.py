"""What an operator can set of the plugin `headers`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.headers.config import FRAMING, Changes, Config


def test_names_are_kept_in_lower_case():
    assert Changes(remove=["X-One"], set={"X-Two": "a"}).model_dump() == {
        "remove": ("x-one",), "set": {"x-two": "a"}, "add": {},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "a b", "a\r\nb", "ä", "a:", *sorted(FRAMING), "Content-Length"])
def test_what_is_no_name_or_belongs_to_the_connection_is_refused(name):
    for changes in ({"remove": [name]}, {"set": {name: "x"}}, {"add": {name: "x"}}):
        with pytest.raises(ValidationError):
            Config(request=changes)


@pytest.mark.parametrize("value", ["a\r\nb", "a\0", "€", "{nobody}", "{", "}", "{request.id"])
def test_values_that_no_header_can_hold_and_unknown_placeholders_are_refused(value):
    with pytest.raises(ValidationError):
        Config(response={"set": {"x": value}})


def test_misspelt_fields_are_refused():
    with pytest.raises(ValidationError):
        Config(request={"delete": ["x"]})
