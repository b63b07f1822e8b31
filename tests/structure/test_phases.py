"""Every phase is documented as it is, known to type checkers, shown by an example and fired by a host in some test."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from routeiq_plugin_sdk.markers import PROJECT, HookKind
from routeiq_plugin_sdk.specs import LAYERS

PHASES: dict[str, tuple[ModuleType, Callable[..., Any]]] = {
    name: (layer, value)
    for layer in LAYERS
    for name, value in vars(layer).items()
    if inspect.isfunction(value) and hasattr(value, f"{PROJECT}_spec")
}
HOST_TESTS = ("e2e", "integration", "unit/adapters", "unit/gateway")


def source_signature(function: Callable[..., Any]) -> str:
    """Return the signature as it stands in the source: read from the text, not from what the generator reads."""
    tree = ast.parse(inspect.getsource(function)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    assert tree.returns is not None
    return f"def {tree.name}({ast.unparse(tree.args)}) -> {ast.unparse(tree.returns)}"


def implemented_in(folder: Path) -> Iterator[str]:
    """Yield the phases that a package's source implements."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    marker = decorator.func if isinstance(decorator, ast.Call) else decorator
                    if ast.unparse(marker) == "hookimpl":
                        yield node.name
                    elif ast.unparse(marker).startswith("hookimpl."):
                        yield ast.unparse(marker).removeprefix("hookimpl.")


def test_the_stub_of_hookimpl_is_what_its_generator_writes(tool: Callable[[str], ModuleType]) -> None:
    generator = tool("generate_typing")
    assert generator.STUB.read_text(encoding="utf-8") == generator.render()
    assert generator.PLANS.read_text(encoding="utf-8") == generator.render_plans()


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_stands_on_the_page_of_its_layer_with_its_exact_signature(
    phase: str, tool: Callable[[str], ModuleType], repository: Path
) -> None:
    layer, function = PHASES[phase]
    pages = tool("reference_pages").pages()
    path = f"reference/hooks/{layer.__name__.rpartition('.')[2]}.md"
    section = pages[path].partition(f"## `{phase}`\n")[2].partition("\n## ")[0]
    assert source_signature(function) in section
    assert f"#{phase})" in pages["reference/hooks/index.md"]
    assert path in (repository / "mkdocs.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("phase", PHASES)
def test_a_specification_says_when_it_fires_what_a_failure_does_and_since_when(phase: str) -> None:
    _, function = PHASES[phase]
    text = inspect.getdoc(function) or ""
    spec = getattr(function, f"{PROJECT}_spec")
    assert "\nFires " in text
    assert "\nFailure: " in text
    assert re.search(r"New in \d+\.\d+\.$", text)
    assert spec["kind"] in typing.get_args(HookKind)
    assert bool(spec["returns"]) == ("\nReturns:\n" in text), "what results mean is said where there are any"
    assert list(inspect.signature(function).parameters)[-1] == "context"


def test_every_phase_is_implemented_by_the_example_or_a_built_in_plugin(repository: Path) -> None:
    used = {
        *implemented_in(repository / "examples" / "routeiq-plugin-hello" / "routeiq_plugin_hello"),
        *implemented_in(repository / "builtin_plugins" / "routeiq_builtin_plugins"),
    }
    assert PHASES.keys() - used == set()


def test_the_plugin_hello_has_a_hook_of_each_layer(repository: Path) -> None:
    hello = repository / "examples" / "routeiq-plugin-hello" / "routeiq_plugin_hello" / "hello.py"
    source = hello.read_text(encoding="utf-8")
    layers = {layer.__name__ for name, (layer, _) in PHASES.items() if f"@hookimpl.{name}\n" in source}
    assert layers == {layer.__name__ for layer in LAYERS}


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_is_fired_through_a_host_in_some_test(phase: str, repository: Path) -> None:
    use = re.compile(rf"def {phase}\(|hookimpl\.{phase}\b|[\"']{phase}[\"']")
    tests = [path for folder in HOST_TESTS for path in (repository / "tests" / folder).rglob("test_*.py")]
    assert any(use.search(path.read_text(encoding="utf-8")) for path in tests)
