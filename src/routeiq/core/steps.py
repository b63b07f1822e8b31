"""What plans are made of: a phase as its specification declares it, and an implementation of it as it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .statistics import PhaseStatistics
from .threads import Bulkhead


@dataclass(slots=True, eq=False)
class Step:
    """One implementation as a plan calls it.

    Attributes:
        plugin: Its plugin's name.
        function: What is called.
        arguments: The names of the arguments that it takes, in its own order.
        is_async: Whether its result is awaited.
        context: What it gets as `context`.
        fail: Called with what it raised; returns None to go on, or raises what ends the phase.
        statistics: Where calls and latencies are counted.
        timeout: Seconds that a call may take, or None.
        bulkhead: The threads that a blocking function runs in, or None.
        is_wrapper: Whether it is a generator around the others.
        is_audited: Whether what it decides is recorded and not applied.
        streak: The cell of consecutive failures that a success clears, or None.
    """

    plugin: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    is_async: bool
    context: Any
    fail: Callable[[BaseException], None]
    statistics: PhaseStatistics
    timeout: float | None = None
    bulkhead: Bulkhead | None = None
    is_wrapper: bool = False
    is_audited: bool = False
    streak: list[int] | None = None

    @property
    def suspends(self) -> bool:
        """Whether the plan has to await it."""
        return self.is_async or self.bulkhead is not None


@dataclass(frozen=True, slots=True)
class Phase:
    """A hook specification as the compiler needs it; `arguments` are without `context`."""

    name: str
    kind: str
    layer: str
    arguments: tuple[str, ...]
    outbound: bool
    carries: tuple[str, ...]
    apply: Callable[..., tuple[Any, ...]] | None
    returns: tuple[type, ...]
    ends: tuple[type, ...]
    may_reject: bool
    fails_closed: bool
    contained: bool
    native: bool
    needs: str | None
    requires: frozenset[str]
    until: str | None = None
