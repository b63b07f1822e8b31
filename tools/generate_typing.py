"""Generate what type checkers know of the phases, for authors and for hosts, from the hook specifications.

For authors: `hookspecs/routeiq_plugin_sdk/hookimpl.pyi`, which is read instead of `hookimpl.py`.

An implementation may take any subset of its phase's arguments, by name and in any order, may be a function or a method,
`def` or `async def`. No single signature says that; a union of one callback protocol for each subset does. `self` is
one more argument that may be missing: so methods match by its name, and a misspelt first argument is not taken for it.

For hosts: `src/routeiq/core/phase_plans.py`, so that the calls of plans are checked as well.

Usage: python tools/generate_typing.py           writes both
       python tools/generate_typing.py --check   exits with status 1 if they are not what would be written
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

STUB = Path(__file__).parents[1] / "hookspecs" / "routeiq_plugin_sdk" / "hookimpl.pyi"
PLANS = Path(__file__).parents[1] / "src" / "routeiq" / "core" / "phase_plans.py"

PLANS_HEADER = '''\
"""The phases that hosts fire, and what each plan takes: type checkers check hosts as well as plugins.

Generated from the hook specifications by tools/generate_typing.py: change those, and run it again.
"""

from __future__ import annotations

'''
PLANS_CLASS = '''

class PhasePlans:
    """One attribute for each phase: a plan, or None where no active plugin implements it."""

'''

HEADER = '''"""What type checkers know of `@hookimpl`.

Generated from the hook specifications by tools/generate_typing.py: change those, and run it again.
"""
'''

MARKER = '''
class HookimplMarker:
    """Marks a function or method as the implementation of a phase."""

    @overload
    def __call__(self, function: _Function, /) -> _Function:
        """Mark the implementation of the phase that has the function's name. `@hookimpl.<phase>` checks its signature.

        Args:
            tryfirst: Run before the plugins that do not ask for it, whatever their priority.
            trylast: Run after the plugins that do not ask for it, whatever their priority.
            wrapper: The function is a generator around the others: `outcome = yield`.
            optionalhook: It is no error if the host knows no such phase.
            specname: The phase, where the function has another name.
            timeout: How many seconds an `async def` or offloaded hook may take.
            offload: Run a blocking `def` in a thread of the plugin.
        """
    @overload
    def __call__(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        wrapper: bool = False,
        optionalhook: bool = False,
        specname: str | None = None,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[_Function], _Function]: ...
'''

PHASE = """
    @overload
    def {name}(self, function: {title}Hook, /) -> {title}Hook:
{docstring}
    @overload
    def {name}(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[{title}Wrapper], {title}Wrapper]: ...
    @overload
    def {name}(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[{title}Hook], {title}Hook]: ...
"""


@dataclass(frozen=True)
class Phase:
    """One phase as the stub needs it: names and annotations are source text."""

    name: str
    arguments: tuple[tuple[str, str], ...]
    result: str
    must_be_synchronous: bool
    is_native: bool
    docstring: str
    module: ModuleType

    @property
    def title(self) -> str:
        return "".join(part.title() for part in self.name.split("_"))

    @property
    def subsets(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """Every choice of arguments, `self` among them, all first."""
        arguments = (("self", "Any"), *self.arguments)
        for size in range(len(arguments), -1, -1):
            yield from itertools.combinations(arguments, size)


def phases() -> list[Phase]:
    """Return the phases in the order of their specifications."""
    return [
        phase_of(function, module)
        for module in LAYERS
        for function in vars(module).values()
        if inspect.isfunction(function) and hasattr(function, f"{PROJECT}_spec")
    ]


def phase_of(function: Callable[..., Any], module: ModuleType) -> Phase:
    """Return what the stub needs of one specification."""
    signature = inspect.signature(function)
    options = getattr(function, f"{PROJECT}_spec")
    return Phase(
        name=function.__name__,
        arguments=tuple((name, str(parameter.annotation)) for name, parameter in signature.parameters.items()),
        result=str(signature.return_annotation),
        # What a plugin contributes is collected without an event loop.
        must_be_synchronous=module.__name__.endswith(".contributions"),
        is_native=options["native"],
        docstring=inspect.getdoc(function) or "",
        module=module,
    )


def protocol_name(number: int) -> str:
    """Return the name of the protocol of one subset; what it takes is seen at its definition."""
    return f"_Takes{number}"


def imports(all_phases: list[Phase]) -> str:
    """Return the import statements of the stub."""
    annotations = [(one, phase) for phase in all_phases for one in (phase.result, *dict(phase.arguments).values())]
    needed = names_of(annotations)
    needed["collections.abc"] |= {"AsyncGenerator", "Awaitable", "Callable", "Generator"}
    needed["typing"] |= {"Any", "Literal", "Protocol", "TypeAlias", "TypeVar", "overload"}
    order = sorted(needed, key=lambda module: (module.startswith("."), module))
    lines = [f"from {module} import {', '.join(sorted(needed[module]))}" for module in order]
    first_own = next(index for index, module in enumerate(order) if module.startswith("."))
    return "\n".join([*lines[:first_own], "", *lines[first_own:]])


def names_of(annotations: list[tuple[str, Phase]]) -> dict[str, set[str]]:
    """Return the names that annotations use, by the module to import them from."""
    needed: dict[str, set[str]] = defaultdict(set)
    for annotation, phase in annotations:
        for name in (node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)):
            value = vars(phase.module).get(name)
            if value is not None:
                needed[_home(name, value, phase.module)].add(name)
    return needed


def _home(name: str, value: object, user: ModuleType) -> str:
    """Return the module to import a name from: where a class was made, or the module whose annotation uses an alias."""
    if value is Any:
        return "typing"
    home = value.__module__ if isinstance(value, type) else user.__name__
    # `collections.abc` gives its classes as `typing` sees them; both are classes with that very module.
    package = __package_of(user)
    return "." + home.removeprefix(f"{package}.") if home.startswith(f"{package}.") else home


def __package_of(module: ModuleType) -> str:
    return module.__name__.partition(".")[0]


def render() -> str:
    """Return the text of the stub."""
    all_phases = phases()
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    for phase in all_phases:
        for subset in phase.subsets:
            numbers.setdefault(subset, len(numbers))
    parts = [HEADER, imports(all_phases), "", '_Function = TypeVar("_Function", bound=Callable[..., Any])',
             '_Result = TypeVar("_Result", covariant=True)',
             "_Generator: TypeAlias = Generator[Any, Any, Any] | AsyncGenerator[Any, Any]", ""]  # fmt: skip
    for subset, number in numbers.items():
        arguments = "".join(f", {name}: {annotation}" for name, annotation in subset)
        parts.append(f"class {protocol_name(number)}(Protocol[_Result]):")
        parts.append(f"    def __call__(_self{', *' + arguments if arguments else ''}) -> _Result: ...")
    for phase in all_phases:
        parts.append("")
        choices = " | ".join(f"{protocol_name(numbers[subset])}[_Result]" for subset in phase.subsets)
        result = phase.result if phase.must_be_synchronous else f"{phase.result} | Awaitable[{phase.result}]"
        title = phase.title
        parts.append(f"_{title}: TypeAlias = {choices}")
        parts.append(f'{title}Hook = TypeVar("{title}Hook", bound=_{title}[{result}])')
        parts.append(f'{title}Wrapper = TypeVar("{title}Wrapper", bound=_{title}[_Generator])')
    parts.append(MARKER.rstrip("\n"))
    for phase in all_phases:
        docstring = textwrap.indent(f'"""{phase.docstring}\n"""', " " * 8)
        docstring = "\n".join(line.rstrip() for line in docstring.splitlines())
        parts.append(PHASE.format(name=phase.name, title=phase.title, docstring=docstring).strip("\n"))
    parts += ["", "hookimpl: HookimplMarker", ""]
    return "\n".join(parts)


def render_plans() -> str:
    """Return the text of the module with the types of plans."""
    fired = [phase for phase in phases() if not phase.is_native]
    taken = {phase.name: [one for name, one in phase.arguments if name != "context"] for phase in fired}
    needed = names_of([(annotation, phase) for phase in fired for annotation in taken[phase.name]])
    package = f"{PROJECT}_plugin_sdk"
    order = sorted(needed, key=lambda module: (module.startswith("."), module))
    lines = [
        f"from {package if one.startswith('.') else ''}{one} import {', '.join(sorted(needed[one]))}" for one in order
    ]
    first_own = next(index for index, one in enumerate(order) if one.startswith("."))
    parts = [
        *lines[:first_own],
        "",
        *lines[first_own:],
        "",
        "from .dispatch import Plan",
        "from .logging import Activity",
        "",
    ]
    attributes = [f"    {name}: Plan[[{', '.join([*types, 'Activity'])}]] | None" for name, types in taken.items()]
    return PLANS_HEADER + "\n".join(parts) + PLANS_CLASS + "\n".join(attributes) + "\n"


def main(arguments: list[str]) -> int:
    status = 0
    for path, text in ((STUB, render()), (PLANS, render_plans())):
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            print(
                f"{path.name} is not what its generator writes: run python tools/{Path(__file__).name}", file=sys.stderr
            )
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
