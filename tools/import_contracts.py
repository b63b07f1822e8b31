"""Contracts for import-linter about what comes from outside the repository; pyproject.toml names who is held to them.

import-linter can forbid packages by name, and so knows only those that somebody thought of. These two say what is
allowed: a new dependency is noticed because it is new.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Outside = tuple[str, str]  # the importing module and the package that it imports


def outside_imports(graph: ImportGraph, package: str) -> Iterator[Outside]:
    """Yield the imports of a package that leave the repository and the standard library."""
    for module in sorted(graph.modules):
        if module == package or module.startswith(f"{package}."):
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                top = imported.partition(".")[0]
                if graph.is_module_squashed(imported) and top not in sys.stdlib_module_names:
                    yield module, top


def names(field: object) -> frozenset[str]:
    """Return what a field of a contract holds; import-linter types fields as what declares them."""
    return frozenset(cast("Iterable[str]", field))


class AllowedPackages(Contract):
    """What `source_modules` may import from outside: the packages in `allowed`, and nothing else."""

    type_name = "allowed_packages"
    source_modules = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = [outside for source in sorted(names(self.source_modules)) for outside in outside_imports(graph, source)]
        broken = [f"{module} imports {package}" for module, package in found if package not in names(self.allowed)]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)
        output.print(f"Allowed are: {', '.join(sorted(names(self.allowed)))}")


class OneOutsideWorld(Contract):
    """Each room in `container` may import at most one package from outside that is not in `shared`."""

    type_name = "one_outside_world"
    container = fields.StringField()
    shared = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = []
        for room in sorted(graph.find_children(str(self.container))):
            worlds = {package for _, package in outside_imports(graph, room)} - names(self.shared)
            if len(worlds) > 1:
                broken.append(f"{room} imports several outside worlds: {', '.join(sorted(worlds))}")
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)
