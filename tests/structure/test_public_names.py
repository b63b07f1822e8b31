"""What the packages promise: `__all__` is what they expose, sorted, and each name says what it is."""

from __future__ import annotations

import inspect
import typing
from enum import Enum
from types import ModuleType

import pytest
import routeiq_plugin_sdk
import routeiq_plugin_sdk.testing
import routeiq_plugin_sdk.types

import routeiq
import routeiq.admin
import routeiq.testing

PACKAGES = [
    routeiq,
    routeiq.admin,
    routeiq.testing,
    routeiq_plugin_sdk,
    routeiq_plugin_sdk.testing,
    routeiq_plugin_sdk.types,
]


PUBLIC = [(package, name) for package in PACKAGES for name in package.__all__]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_all_is_what_the_package_exposes(package: ModuleType) -> None:
    for name in package.__all__:
        assert hasattr(package, name), f"{name} is promised and not there"
    own = package.__name__.partition(".")[0]
    exposed = {
        name
        for name, value in vars(package).items()
        # What the package took from elsewhere is not its own; a submodule is there as soon as anyone imports it.
        if not name.startswith("_") and str(getattr(value, "__module__", "")).partition(".")[0] == own
    }
    assert exposed <= set(package.__all__)
    assert set(dir(package)) >= set(package.__all__)


@pytest.mark.parametrize(("package", "name"), PUBLIC, ids=[f"{package.__name__}.{name}" for package, name in PUBLIC])
def test_a_public_name_is_documented(package: ModuleType, name: str) -> None:
    value = getattr(package, name)
    if typing.get_origin(value) is not None:
        return  # an alias of a type: its page lists the choices
    kind = value if isinstance(value, type) or inspect.isroutine(value) else type(value)
    text = kind.__dict__.get("__doc__") if isinstance(kind, type) else kind.__doc__
    assert text
    assert not text.startswith(f"{kind.__name__}("), "a dataclass has a docstring of its own"
    if isinstance(kind, type) and not issubclass(kind, Enum):
        undocumented_arguments = [name for name in ("__call__",) if name in vars(kind) and not vars(kind)[name].__doc__]
        assert not undocumented_arguments
