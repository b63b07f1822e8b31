"""`os.environ/NAME`, LiteLLM's way to keep secrets out of a settings file: replaced by the variable's value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

REFERENCE: Final = "os.environ/"


@dataclass(slots=True)
class References:
    """Replaces references by the values of variables, and collects those that cannot be.

    Attributes:
        missing: The dotted path of each reference that stayed, with what is wrong with it.
    """

    environ: Mapping[str, str]
    missing: list[tuple[str, str]] = field(default_factory=list)

    def resolve(self, value: Any, path: str = "") -> Any:
        """Return the value with all references in it replaced, however deep they stand."""
        if isinstance(value, Mapping):
            return {key: self.resolve(inner, f"{path}.{key}" if path else str(key)) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolve(inner, f"{path}.{position}") for position, inner in enumerate(value)]
        if isinstance(value, str) and value.startswith(REFERENCE):
            return self._variable(value, path)
        return value

    def _variable(self, reference: str, path: str) -> str:
        name = reference.removeprefix(REFERENCE)
        if name in self.environ:
            return self.environ[name]
        message = f"the environment variable {name} is not set" if name else "names no variable: os.environ/<NAME>"
        self.missing.append((path, message))
        return reference
