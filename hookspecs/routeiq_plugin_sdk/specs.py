"""The modules that hold hook specifications: one for each layer. Phases are found in them, never listed by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from . import contributions, http, lifecycle, llm, routing, tools

LAYERS: Final[tuple[ModuleType, ...]] = (lifecycle, contributions, http, routing, llm, tools)
