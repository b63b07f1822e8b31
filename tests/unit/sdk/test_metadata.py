"""What a plugin says of itself, and what it cannot say."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import PluginCapability, PluginMetadata
from routeiq_plugin_sdk.metadata import FailureMode


def test_a_name_is_enough() -> None:
    metadata = PluginMetadata(name="my-plugin")
    assert (metadata.priority, metadata.enabled_by_default, metadata.failure_mode) == (1000, True, None)
    assert metadata.capabilities == metadata.depends_on == frozenset()


@pytest.mark.parametrize("name", ["", "My-Plugin", "my_plugin", "-x", "a b", "a#b", "ä", "a\n"])
def test_a_name_that_is_none_is_refused_with_what_would_be_right(name: str) -> None:
    with pytest.raises(ValidationError, match="use lower-case letters, digits and '-'"):
        PluginMetadata(name=name)


@pytest.mark.parametrize("collection", [["auth"], ("auth",), {"auth"}, frozenset({"auth"})])
def test_neighbours_come_in_any_collection(collection: Any) -> None:
    assert PluginMetadata(name="x", depends_on=collection, before=collection, after=collection).depends_on == {"auth"}


@pytest.mark.parametrize("field", ["depends_on", "before", "after"])
def test_a_lone_string_is_not_taken_for_its_letters(field: str) -> None:
    with pytest.raises(ValidationError, match=r"write \['auth'\]"):
        PluginMetadata(name="x", **{field: "auth"})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["depends_on", "before", "after"])
def test_a_plugin_is_not_its_own_neighbour(field: str) -> None:
    with pytest.raises(ValidationError, match=f"{field} names the plugin 'x' itself"):
        PluginMetadata(name="x", **{field: ["x"]})  # type: ignore[arg-type]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="dependson"):
        PluginMetadata(name="x", dependson=["auth"])  # type: ignore[call-arg]


def test_metadata_does_not_change() -> None:
    metadata = PluginMetadata(name="x")
    with pytest.raises(ValidationError, match="frozen"):
        metadata.priority = 1


def test_capabilities_and_failure_modes_are_words_too() -> None:
    assert PluginMetadata(name="x", capabilities=["routes"]).capabilities == {PluginCapability.ROUTES}  # type: ignore[list-item]
    assert PluginMetadata(name="x", failure_mode=FailureMode.ABORT) == PluginMetadata(name="x", failure_mode="abort")
    with pytest.raises(ValidationError, match="failure_mode"):
        PluginMetadata(name="x", failure_mode="ignore")  # type: ignore[arg-type]


def test_type_checkers_are_told_of_the_fields_that_there_are() -> None:
    source = ast.parse(Path(inspect.getfile(PluginMetadata)).read_text(encoding="utf-8"))
    (signature,) = [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and node.args.kwonlyargs
    ]
    defaults = dict(
        zip((argument.arg for argument in signature.args.kwonlyargs), signature.args.kw_defaults, strict=True)
    )
    assert list(defaults) == list(PluginMetadata.model_fields)
    for name, field in PluginMetadata.model_fields.items():
        default = defaults[name]
        assert field.is_required() == (default is None)
        if default is not None:
            value = ast.literal_eval(default)
            assert field.default == (frozenset() if value == () else value)
