"""Write the configuration tables of the built-in plugins' pages, from their schemas.

Each plugin's page is the README.md in its folder, which docs/plugins includes. The table stands between two markers, so
that it can be read where the file is.

Usage: python tools/plugin_tables.py
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

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
    return "\n".join(_tables("", model, set()))


def _tables(path: str, model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    seen.add(model)
    yield from ((f"Of `{path}`:", "") if path else ())
    yield from ("| field | default | |", "| --- | --- | --- |")
    for name, field in model.model_fields.items():
        yield f"| `{name}` | {_default(field)} | {(field.description or '').replace('|', '/')} |"
    yield ""
    for name, field in model.model_fields.items():
        for nested, step in _models(field.annotation):
            if nested not in seen:
                yield from _tables(f"{path}.{name}{step}".lstrip("."), nested, seen)


def _models(annotation: Any, step: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, step
        return
    origin = getattr(annotation, "__origin__", None)
    inner = "[]" if origin in (list, tuple, frozenset) else ".<name>" if origin in (dict, Mapping) else ""
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument, step + inner)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    nothing = isinstance(default, BaseModel) or default in (None, PydanticUndefined)
    if nothing or (not default and default is not False and default != 0):
        return ""
    if isinstance(default, tuple | frozenset):
        return ", ".join(f"`{entry}`" for entry in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


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
