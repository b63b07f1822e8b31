"""The built-in plugins are what their metadata, their pages and the changelog say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel
from tests.structure.test_documentation import described

from routeiq.authoring.field_tables import models_in

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "builtin_plugins" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAMES = sorted(PROJECT["entry-points"]["routeiq.plugins"])
ENABLED = {"skills-discovery"}


@pytest.fixture
def module(request: pytest.FixtureRequest, tool: Callable[[str], ModuleType]) -> Any:
    return tool("plugin_tables").plugins()[request.param]


@pytest.mark.parametrize("module", NAMES, indirect=True, ids=str)
def test_a_plugin_is_disabled_until_an_operator_wants_it(module: Any) -> None:
    assert module.metadata.enabled_by_default == (module.metadata.name in ENABLED)
    assert module.metadata.name == module.__name__.rpartition(".")[2].replace("_", "-")
    assert module.metadata.name in NAMES


@pytest.mark.parametrize("module", NAMES, indirect=True, ids=str)
def test_every_field_has_a_description_and_misspelt_ones_are_refused(module: Any) -> None:
    seen: set[type[BaseModel]] = set()
    described(module.metadata.config_schema, seen, models_in)
    assert {model.__name__ for model in seen if model.model_config.get("extra") != "forbid"} == set()


@pytest.mark.parametrize("module", NAMES, indirect=True, ids=str)
def test_the_page_has_the_table_of_the_schema_and_stands_in_the_documentation(
    module: Any, tool: Callable[[str], ModuleType]
) -> None:
    tables, name = tool("plugin_tables"), module.metadata.name
    text = tables.page(module).read_text(encoding="utf-8")
    assert text == tables.written(module), "run python tools/plugin_tables.py"
    assert text.startswith(f"# {name}\n")
    included = (REPOSITORY / "docs" / "plugins" / f"{name}.md").read_text(encoding="utf-8")
    assert included == f'--8<-- "{tables.page(module).parent.name}/README.md"\n'
    assert f"- plugins/{name}.md\n" in (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    listed = (REPOSITORY / "docs" / "plugins" / "index.md").read_text(encoding="utf-8")
    assert f"\n| [`{name}`]({name}.md) | " in listed, "give it a row in docs/plugins/index.md"
    assert f"`{name}`" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
