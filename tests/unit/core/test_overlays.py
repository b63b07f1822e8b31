"""Edits: the overlay that a document or a patch makes, field by field."""

import copy

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from routeiq.core.config_trees import tree_of
from routeiq.core.errors import ConfigurationError, PinnedFields
from routeiq.core.masking import MASK
from routeiq.core.overlays import EditableDocument, merge_patch
from routeiq.core.pins import PinningSource, Pins


class Inner(BaseModel):
    url: str = "http://a"
    retries: int = Field(2, alias="max-retries")


class Schema(BaseModel):
    word: str = "default"
    limit: int = 10
    password: SecretStr = SecretStr("hush")
    inner: Inner = Inner()
    maybe: Inner | None = None
    tags: list[str] = []
    headers: dict[str, str] = {}


def document(overlay=None, pinned=None, **values) -> EditableDocument:
    """The document of a configuration with these values, of which `pinned` ones come from elsewhere."""
    overlay = overlay or {}
    model = Schema.model_validate({**overlay, **values, **(pinned or {})})
    pins = Pins((PinningSource(pinned or {}, lambda path: "file x.yaml, line 1"),))
    return EditableDocument(Schema, tree_of(model), {"word": "default"}, overlay, pins)


def bare(document: EditableDocument) -> dict:
    return {name: value for name, value in document.shown().items() if not name.startswith("$")}


def test_a_document_shows_fields_and_where_they_come_from():
    assert document().shown() == {
        "word": "default", "limit": 10, "password": MASK, "inner": {"url": "http://a", "max-retries": 2},
        "maybe": None, "tags": [], "headers": {}, "$sources": {"word": "default"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("overlay", "change", "after"),
    [
        ({}, {"limit": 3}, {"limit": 3}),
        ({"limit": 3}, {"limit": 4}, {"limit": 4}),
        ({"limit": "3"}, {}, {"limit": "3"}),
        ({"limit": 3}, {"limit": 10}, {"limit": 10}),
        ({"password": "mine"}, {}, {"password": "mine"}),
        ({"password": "mine"}, {"password": MASK}, {"password": "mine"}),
        ({}, {"password": "hush"}, {}),
        ({}, {"password": "new"}, {"password": "new"}),
        ({}, {"inner": {"url": "http://a", "max-retries": 5}}, {"inner": {"max-retries": 5}}),
        ({"inner": {"url": "b"}}, {"inner": {"url": "b", "max-retries": 5}}, {"inner": {"url": "b", "max-retries": 5}}),
        ({}, {"maybe": {}}, {"maybe": {}}),
        ({"maybe": {"url": "x"}}, {"maybe": None}, {"maybe": None}),
        ({"maybe": {"url": "x"}}, {"maybe": {"url": "http://a", "max-retries": 2}}, {"maybe": {"url": "http://a"}}),
        ({}, {"$sources": {"limit": "nonsense"}, "$anything": 1}, {}),
    ],
)  # fmt: skip
def test_only_differences_come_into_the_overlay(overlay, change, after):
    before = copy.deepcopy(overlay)
    edited = document(overlay)
    assert edited.replaced({**edited.shown(), **change}) == after
    assert overlay == before


def test_what_is_left_out_goes_out_of_the_overlay():
    overlay = {"limit": 3, "inner": {"url": "b", "max-retries": 1}}
    assert document(overlay).replaced({"limit": 3, "inner": {"url": "b"}}) == {"limit": 3, "inner": {"url": "b"}}
    assert document(overlay).replaced({}) == {}


@pytest.mark.parametrize(
    ("overlay", "patch", "after"),
    [
        ({"limit": 3}, {}, {"limit": 3}),
        ({"limit": 3}, {"word": "x"}, {"limit": 3, "word": "x"}),
        ({"limit": 3, "word": "x"}, {"limit": None}, {"word": "x"}),
        ({"limit": 3}, {"limit": 3}, {"limit": 3}),
        ({}, {"limit": None}, {}),
        ({"inner": {"url": "b"}}, {"inner": {"max-retries": 7}}, {"inner": {"url": "b", "max-retries": 7}}),
        ({"inner": {"url": "b", "max-retries": 7}}, {"inner": {"url": None}}, {"inner": {"max-retries": 7}}),
        ({"inner": {"url": "b"}}, {"inner": None}, {}),
        ({}, {"maybe": {"url": "b"}}, {"maybe": {"url": "b"}}),
        ({"headers": {"token": "a", "b": ""}}, {"headers": {"b": None, "d": ""}}, {"headers": {"token": "a", "d": ""}}),
        ({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["b"]}),
        ({}, {"$sources": None}, {}),
    ],
)  # fmt: skip
def test_a_patch_changes_what_it_names(overlay, patch, after):
    assert document(overlay).patched(patch) == after


def test_a_pinned_field_may_be_repeated_left_out_and_taken_out_but_not_changed():
    edited = document({"limit": 3, "inner": {"url": "mine"}}, pinned={"limit": 7, "inner": {"url": "theirs"}})
    assert edited.replaced(edited.shown()) == {"limit": 3, "inner": {"url": "mine"}}
    assert edited.replaced({"word": "x"}) == {"word": "x"}
    assert edited.patched({"limit": None}) == {"inner": {"url": "mine"}}
    for edit in (edited.replaced, edited.patched):
        with pytest.raises(PinnedFields) as raised:
            edit({"limit": 8, "word": "x", "inner": {"url": "other", "max-retries": 1}})
        assert [(pin.field, pin.source) for pin in raised.value.pins] == [
            ("limit", "file x.yaml, line 1"), ("inner.url", "file x.yaml, line 1")
        ]  # fmt: skip
        assert str(raised.value).startswith("limit is set by file x.yaml, line 1, which wins over what is set here")


def test_a_model_that_is_pinned_as_none_is_pinned_whole():
    with pytest.raises(PinnedFields, match="maybe is set by"):
        document(pinned={"maybe": None}).patched({"maybe": {"url": "x"}})
    with pytest.raises(PinnedFields, match="inner is set by"):
        document(pinned={"inner": {"url": "x"}}).replaced({"inner": None})


def test_what_a_pin_hides_of_the_overlay_is_kept():
    class Outer(BaseModel):
        maybe: Inner | None = None

    pins = Pins((PinningSource({"maybe": {"url": "x"}}, lambda path: "file"),))
    edited = EditableDocument(Outer, tree_of(Outer(maybe=Inner(url="x"))), {}, {"maybe": None}, pins)
    assert edited.replaced(edited.shown()) == {"maybe": None}


@pytest.mark.parametrize("edit", ["replaced", "patched"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"wrod": 1}, "overlay: wrod: there is no such key; did you mean 'word'?"),
        ({"wrod": None}, "overlay: wrod: there is no such key"),
        ({"inner": {"ulr": 1}}, "overlay: inner.ulr: there is no such key; did you mean 'url'?"),
        ({"word": MASK}, "overlay: word: has a mask, and there is no secret"),
        ({"headers": {"token": MASK}}, "overlay: headers.token: has a mask"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_field(edit, given, words):
    with pytest.raises(ConfigurationError) as raised:
        getattr(document(), edit)(given)
    assert words in str(raised.value)


def test_a_field_that_the_schema_no_longer_has_can_be_taken_out():
    edited = EditableDocument(Schema, {**tree_of(Schema()), "gone": 1}, {}, {"gone": 1}, Pins())
    assert edited.patched({"gone": None}) == {}


def test_a_schema_says_what_becomes_of_keys_that_it_does_not_know():
    class Free(BaseModel):
        model_config = ConfigDict(extra="allow")

    class Deaf(BaseModel):
        model_config = ConfigDict(extra="ignore")

    free = EditableDocument(Free, tree_of(Free(a=1)), {}, {"a": 1}, Pins())
    assert free.patched({"b": {"c": 2}}) == {"a": 1, "b": {"c": 2}}
    assert EditableDocument(Deaf, {}, {}, {}, Pins()).replaced({"a": 1}) == {}


def test_a_key_of_the_schema_may_begin_with_a_dollar():
    class Dollars(BaseModel):
        schema_url: str = Field("a", alias="$schema")

    edited = EditableDocument(Dollars, tree_of(Dollars()), {}, {}, Pins())
    assert edited.replaced({"$schema": "b", "$other": 1}) == {"$schema": "b"}


# RFC 7396, appendix A
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}), ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}), ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}), ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}), (["a", "b"], ["c", "d"], ["c", "d"]), ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None), ({"a": "foo"}, "bar", "bar"), ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}), ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)  # fmt: skip
def test_a_merge_patch_is_that_of_its_rfc(target, patch, result):
    assert merge_patch(target, patch) == result


def test_problems_are_shown_where_nothing_is_validated():
    from routeiq.core.errors import Problem

    edited = EditableDocument(Schema, {"limit": "many"}, {}, {}, Pins(), (Problem("overlay", "limit", "is no number"),))
    assert edited.shown() == {"limit": "many", "$sources": {}, "$problems": ["overlay: limit: is no number"]}
    assert bare(edited) == {"limit": "many"}
