"""Write the configuration tables of the built-in plugins' pages, from their schemas.

Each plugin's page is the README.md in its folder, which docs/plugins includes. The table stands between two markers, so
that it can be read where the file is.

Usage: python tools/plugin_tables.py
"""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from routeiq.authoring.field_tables import markdown_table, tables_of

REPOSITORY = Path(__file__).parents[1]
DISTRIBUTION = REPOSITORY / "builtin_plugins"
_TABLES = re.compile(r"(?<=<!-- configuration -->\n).*?(?=<!-- end of configuration -->)", re.DOTALL)


def plugins() -> dict[str, ModuleType]:
    """Return the modules of the built-in plugins, by the names of their entry points."""
    project = tomllib.loads((DISTRIBUTION / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project.get("entry-points", {}).get("routeiq.plugins", {})
    return {name: importlib.import_module(place.partition(":")[0]) for name, place in sorted(named.items())}


def page(module: ModuleType) -> Path:
    """Return the page of a plugin."""
    folder = module.__name__.rpartition(".")[2]
    return DISTRIBUTION / "routeiq_builtin_plugins" / folder / "README.md"


def tables(model: type[BaseModel]) -> str:
    """Return a table of the fields of a model, and of each model in it."""
    lines: list[str] = []
    for table in tables_of(model):
        lines += (f"Of `{table.path}`:", "") if table.path else ()
        rows = [(f"`{row.name}`", row.default, row.about.replace("|", "/")) for row in table.rows]
        lines += markdown_table(("field", "default", ""), rows)
    return "\n".join(lines)


def written(module: ModuleType) -> str:
    """Return the text of a plugin's page, its tables made anew. Raises ValueError for a page without the markers."""
    text = page(module).read_text(encoding="utf-8")
    found: Any = module
    made, count = _TABLES.subn(lambda _: tables(found.metadata.config_schema), text)
    if count != 1:
        raise ValueError(f"{page(module)} must have the markers of the configuration once")
    return made


def main() -> None:
    for module in plugins().values():
        page(module).write_text(written(module), encoding="utf-8")


if __name__ == "__main__":
    main()
