"""Write the reference pages of the documentation from the hook specifications and from the SDK's public names.

mkdocs.yml names this module as a hook: the pages exist during the build alone, so that they cannot drift.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
import types
import typing
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import routeiq_plugin_sdk
import routeiq_plugin_sdk.testing
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

FOLDER = "reference/hooks"
KINDS = {
    "observe": "observe: results are ignored",
    "collect": "collect: all results are kept",
    "first": "first: the first result other than None ends the phase",
    "chain": "chain: each plugin receives what the ones before it made",
}
_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_SECTION = re.compile(r"(Args|Returns|Raises|Attributes):$")


def phases(layer: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the specifications in a layer's module, by the name of their phase and in the order of the module."""
    return {
        name: value
        for name, value in vars(layer).items()
        if inspect.isfunction(value) and hasattr(value, f"{PROJECT}_spec")
    }


def layer_name(layer: ModuleType) -> str:
    """Return what a layer is called: the last part of its module's name."""
    return layer.__name__.rpartition(".")[2]


def signature(function: Callable[..., Any]) -> str:
    """Return a function's signature as it stands in the source, on one line; without `self`."""
    text = inspect.signature(function)
    parts: list[str] = []
    for parameter in text.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not any(part.startswith("*") for part in parts):
            parts.append("*")
        shown = _STARS.get(parameter.kind, "") + parameter.name
        if parameter.annotation is not parameter.empty:
            shown += f": {_annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            shown += (
                f" = {parameter.default!r}"
                if parameter.annotation is not parameter.empty
                else f"={parameter.default!r}"
            )
        parts.append(shown)
    result = "" if text.return_annotation is text.empty else f" -> {_annotation(text.return_annotation)}"
    return f"{function.__name__}({', '.join(parts)}){result}"


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _plain(choice: Any) -> str:
    return re.sub(r"(?:\w+\.)+(?=\w)", "", _annotation(choice))


def markdown(docstring: str | None) -> str:
    """Return a docstring in Google's form as Markdown: entries of its sections become a list, results stay prose."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(_paragraph(paragraph) for paragraph in paragraphs)


def _paragraph(text: str) -> str:
    head, _, body = text.partition("\n")
    section = _SECTION.fullmatch(head)
    if section is None:
        return re.sub(r"^Failure: ", "**Failure**: ", text)
    body = textwrap.dedent(body)
    if section[1] == "Returns":
        return f"**Returns**\n\n{body}"
    entries = re.sub(r"^([\w*]+): ", r"- `\1`: ", body, flags=re.MULTILINE)
    return f"**{section[1]}**\n\n{entries}"


def phase_section(name: str, function: Callable[..., Any]) -> str:
    """Return the section of one phase: its exact signature, what its marker says, and its docstring."""
    spec = getattr(function, f"{PROJECT}_spec")
    facts = {
        "Kind": KINDS[spec["kind"]],
        "Direction": "outbound: in reverse plugin order" if spec["outbound"] else "inbound: in plugin order",
        "Capability": " or ".join(f"`{capability.name}`" for capability in sorted(spec["requires"])) or "none needed",
        "Result": ", ".join(f"`{kind.__name__}`" for kind in spec["returns"]) or "none",
    }
    if spec["ends"]:
        facts["Ends the phase"] = ", ".join(f"`{kind.__name__}`" for kind in spec["ends"])
    facts["`Reject`"] = "is a decision" if spec["may_reject"] else "comes too late, and counts as a failure"
    if spec["fails_closed"]:
        facts["Failure"] = "refuses the request in every failure mode"
    if spec["contained"]:
        facts["Failure"] = "is logged and counted in every failure mode, and stops nothing"
    if spec["needs"]:
        facts["Metadata"] = f"`needs_{spec['needs']}=False` keeps it from being called"
    table = "\n".join(f"| {fact} | {meaning} |" for fact, meaning in facts.items())
    return f"""## `{name}`

```python
def {signature(function)}
```

| | |
| --- | --- |
{table}

{markdown(function.__doc__)}
"""


def layer_page(layer: ModuleType) -> str:
    """Return the page of a layer."""
    title = {"http": "HTTP", "llm": "LLM"}.get(layer_name(layer), layer_name(layer).capitalize())
    sections = "\n".join(phase_section(name, function) for name, function in phases(layer).items())
    return f"# {title} phases\n\n{markdown(layer.__doc__)}\n\n{sections}"


def overview_page() -> str:
    """Return the page that lists all phases."""
    rows = []
    for layer in LAYERS:
        for name, function in phases(layer).items():
            spec = getattr(function, f"{PROJECT}_spec")
            arguments = ", ".join(f"`{argument}`" for argument in inspect.signature(function).parameters)
            kind = spec["kind"] + (" ←" if spec["outbound"] else "")
            rows.append(f"| [`{name}`]({layer_name(layer)}.md#{name}) | {arguments} | {kind} | {layer_name(layer)} |")
    return "\n".join(
        [
            "# All phases",
            "",
            "An implementation takes any subset of a phase's arguments, by name and in any order, and is a `def` or",
            "an `async def`. Every phase hands over `context`, the plugin's own. An arrow marks outbound phases: they",
            "run in reverse plugin order.",
            "",
            "| phase | arguments | kind | layer |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _members(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if name.startswith("_") or not (inspect.isroutine(function) or isinstance(function, property)):
            continue
        if isinstance(function, property):
            getter = typing.cast("types.FunctionType", function.fget)
            result = inspect.signature(getter).return_annotation
            shown = f"{name}: {_annotation(result)}"
        else:
            shown = signature(function)
        first = markdown(function.__doc__).strip().replace("\n", "\n    ")
        yield f"- `{shown}`" + (f"\n\n    {first}\n" if first else "")


def sdk_page() -> str:
    """Return the page of the SDK's public names."""
    head = ["# The SDK's types", "", "What `routeiq_plugin_sdk` exports, apart from the phases.", ""]
    return "\n".join([*head, *_names(routeiq_plugin_sdk)])


def testing_page() -> str:
    """Return the page of the testing toolkit's names."""
    text = markdown(routeiq_plugin_sdk.testing.__doc__)
    head = ["# The testing toolkit", "", text, "", "[How to use it](../how-to/test-a-plugin.md).", ""]
    return "\n".join([*head, *_names(routeiq_plugin_sdk.testing)])


def _names(package: ModuleType) -> list[str]:
    parts: list[str] = []
    for name in package.__all__:
        value = getattr(package, name)
        parts += [f"## `{name}`", ""]
        if inspect.isfunction(value):
            parts += [f"`{signature(value)}`", "", markdown(value.__doc__), ""]
            continue
        if not isinstance(value, type):
            described = value.__class__.__call__.__doc__ if name == "hookimpl" else None
            choices = ", ".join(f"`{_plain(choice)}`" for choice in typing.get_args(value))
            parts += [markdown(described) if described else f"One of {choices}.", ""]
            continue
        parts += [markdown(value.__doc__), ""]
        made = vars(value).get("__init__")
        if inspect.isfunction(made) and "Args:" in (made.__doc__ or ""):
            parts += [f"`{signature(made).replace('__init__', name, 1)}`", "", markdown(made.__doc__), ""]
        if dataclasses.is_dataclass(value):
            fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(value))
            parts += [f"Fields: {fields}.", ""]
        if issubclass(value, str):
            parts += ["Values: " + ", ".join(f"`{member}`" for member in value.__members__) + ".", ""]  # type: ignore[attr-defined]
            continue
        parts += [*_members(value), ""]
    return parts


def pages() -> dict[str, str]:
    """Return the generated pages by their path in the documentation."""
    made = {f"{FOLDER}/{layer_name(layer)}.md": layer_page(layer) for layer in LAYERS}
    return {
        f"{FOLDER}/index.md": overview_page(),
        **made,
        "reference/sdk.md": sdk_page(),
        "reference/testing.md": testing_page(),
    }


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the generated pages to the documentation's files; mkdocs calls it."""
    from mkdocs.structure.files import File

    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files
