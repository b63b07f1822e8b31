"""Every module has a test module of its own, and every error of the host is met in some test."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from routeiq.core import errors

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {
    "src/routeiq": "",
    "hookspecs/routeiq_plugin_sdk": "sdk",
    "builtin_plugins/routeiq_builtin_plugins": "builtin_plugins",
}
# Modules without behaviour of their own, and where what they declare is tested.
TESTED_ELSEWHERE = {
    "core/phase_plans.py": "generated: test_phases.py",
    "adapters/asgi/types.py": "names of types",
    "adapters/litellm/levels.py": "a variable: test_adapter.py and test_calls.py",
    "gateway/group/group.py": "a protocol: test_worker_group.py and test_solo.py",
    "gateway/backends/backend.py": "protocols: the backends' own tests",
    "admin/models.py": "declarations: admin/test_table.py and test_openapi.py",
    "authoring/errors.py": "an error: where it is raised",
    "cli/__main__.py": "one call",
    "sdk/context.py": "protocols: tests/typing, and whatever implements them",
    "sdk/contributions.py": "specifications: test_phases.py",
    "sdk/http.py": "specifications: test_phases.py",
    "sdk/lifecycle.py": "specifications: test_phases.py",
    "sdk/routing.py": "specifications: test_phases.py",
    "sdk/specs.py": "specifications: test_phases.py",
    "sdk/testing/observations.py": "records: sdk/testing/test_harness.py",
}


def modules() -> list[str]:
    """Return the modules that need a test module, by the room and name that it has under tests/unit."""
    found = []
    for package, room in PACKAGES.items():
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            name = (Path(room) / path.relative_to(REPOSITORY / package)).as_posix()
            if path.name != "__init__.py" and name not in TESTED_ELSEWHERE:
                found.append(name)
    return found


@pytest.mark.parametrize("module", modules())
def test_a_module_has_its_test_module(module: str) -> None:
    path = Path(module)
    assert (REPOSITORY / "tests" / "unit" / path.parent / f"test_{path.name}").is_file()


def test_the_exceptions_are_modules_that_exist() -> None:
    rooms = {room or "src": REPOSITORY / package for package, room in PACKAGES.items()}
    for name in TESTED_ELSEWHERE:
        room, _, rest = name.partition("/")
        folder = rooms.get(room)
        assert (folder / rest if folder else rooms["src"] / name).is_file(), name


def leaves() -> list[type[errors.RouteIQError]]:
    """Return the errors that are raised themselves, and are no mere branch of the tree."""
    classes = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.RouteIQError) and value.__module__ == errors.__name__
    ]
    return [kind for kind in classes if not kind.__subclasses__()]


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_an_error_is_met_in_some_test(error: type[Exception]) -> None:
    tests = [path for path in (REPOSITORY / "tests").rglob("test_*.py") if path.parent.name != "structure"]
    assert any(re.search(rf"\b{error.__name__}\b", path.read_text(encoding="utf-8")) for path in tests)


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_an_error_stands_in_the_tree_of_its_module(error: type[Exception]) -> None:
    assert re.search(rf"── {error.__name__}\b", errors.__doc__ or "")
