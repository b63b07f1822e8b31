"""`@hookimpl`: marks a function as the implementation of a phase.

`@hookimpl` takes the phase's name from the function; `@hookimpl.request_body` names it, and gives type checkers its
signature: any subset of the phase's arguments, by name, `def` or `async def`. Both take the same options.
The neighbouring stub file, generated from the hook specifications, is what type checkers read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .markers import mark


class HookimplMarker:
    """The decorator. It knows no phase by name: whether one exists is checked at registration, with a suggestion."""

    def __call__(self, function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Mark a function, or return the decorator that does.

        Args:
            function: The implementation, where the decorator is used without options.
            **options: `tryfirst`, `trylast`, `wrapper`, `optionalhook`, `specname` as in pluggy; `timeout` in seconds
                for an `async def` or an offloaded hook; `offload` runs a blocking `def` in a thread of the plugin.

        Raises:
            TypeError: if what is marked is no plain function or method, or an option does not exist.
            ValueError: if options contradict each other.
        """
        if function is None:
            return functools.partial(mark, **options)
        return mark(function, **options)

    def __getattr__(self, phase: str) -> Any:
        if phase.startswith("_"):
            raise AttributeError(phase)
        return _PhaseMarker(phase)

    def __repr__(self) -> str:
        return "<hookimpl>"


class _PhaseMarker:
    __slots__ = ("phase",)

    def __init__(self, phase: str) -> None:
        self.phase = phase

    def __call__(self, function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        if function is None:
            return functools.partial(mark, specname=self.phase, **options)
        return mark(function, specname=self.phase, **options)


hookimpl = HookimplMarker()
