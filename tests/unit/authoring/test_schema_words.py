"""JSON Schema in words."""

import pytest

from routeiq.authoring.schema_words import bounds_of, type_of


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"type": "array", "items": {"type": "integer"}}, "list of integer"),
        ({"type": "object", "additionalProperties": {"$ref": "#/$defs/Rule"}}, "object of Rule"),
        ({"type": "object", "additionalProperties": False}, "object"),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Rule"}, {"type": "string"}]}, "string or Rule"),
        ({"enum": ["a", "b"]}, "a, b"),
        ({"const": 1}, "1"),
        ({}, "any"),
        (True, "any"),
        ({"description": "whatever"}, "any"),
    ],
)
def test_a_type_is_words(schema, words):
    assert type_of(schema) == words


def test_names_and_values_are_shown_as_the_page_wants_them():
    schema = {"anyOf": [{"$ref": "#/$defs/Rule"}, {"const": "x"}]}
    assert type_of(schema, named="[{}]".format, value="`{}`".format) == "[Rule] or `x`"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 1, "maximum": 5}, "1 or more, at most 5"),
        ({"anyOf": [{"exclusiveMinimum": 0}, {"type": "null"}]}, "more than 0"),
        ({"type": "array", "maxItems": 3, "items": {"minimum": 1}}, "at most 3"),
        ({"minLength": 1, "maxLength": 9}, "length 1 or more, length at most 9"),
        ({"pattern": "^/"}, "matching `^/`"),
        ({"type": "string"}, ""),
        (True, ""),
    ],
)
def test_bounds_are_words(schema, words):
    assert bounds_of(schema) == words
