"""Scopes, compiled: which of many instances a request selects, looked up by each part of it, not tried one by one.

An instance is a bit. Every dimension (path, headers, key, model) gives the mask of those that its value allows; what
all of them allow is left, and only of that are conditions evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from .conditions import Condition, FactMaker
from .patterns import PatternIndex
from .when import Stage, When

if TYPE_CHECKING:
    from routeiq_plugin_sdk import LLMCall, PluginRequest

MOST_COMBINATIONS: Final = 1024
"""Sets of headers, of those that scopes name, whose answer is remembered."""


def bits_of(mask: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Scopes:
    """The scopes of a sequence of instances: the first one is bit 0.

    Attributes:
        everything: All bits.
        outside: Those that can take part outside of HTTP requests.
        by_stage: For each stage those that can be selected from then on.
    """

    def __init__(self, scopes: Sequence[When], failed: Callable[[str, int, Exception], None]) -> None:
        """Compile scopes.

        Args:
            failed: Told of each failure of a condition: its text, the mask of its instances, and the exception.
        """
        self.everything = (1 << len(scopes)) - 1
        self.outside = _mask(not scope.is_about_requests for scope in scopes)
        self.by_stage = {stage: _mask(scope.stage <= stage for scope in scopes) for stage in Stage}
        self._paths = _dimension([scope.path for scope in scopes])
        self._keys = _dimension([scope.key for scope in scopes])
        self._keyless = _mask(scope.key is None for scope in scopes)
        self._models = _dimension([scope.model for scope in scopes])
        self._headers = _Headers(scopes) if any(scope.header for scope in scopes) else None
        conditions = _conditions(scopes, failed)
        self._at_entry, self._identified, self._routed = (
            _Conditions([one for one in conditions if _stage_of(one[0]) is stage]) for stage in Stage
        )

    def at_entry(self, request: PluginRequest) -> int:
        """Return the instances that the request itself allows, whatever else they wait for."""
        mask = self.everything if self._paths is None else self._paths(request.path)
        if self._headers is not None:
            mask &= self._headers(request.headers.raw)
        conditions = self._at_entry
        return conditions.left(mask, request, None) if mask & conditions.mask else mask

    def identified(self, mask: int, request: PluginRequest) -> int:
        """Return those of some instances that whoever makes the request allows."""
        if self._keys is not None:
            principal = request.principal
            mask &= self._keyless if principal is None else self._keys(principal.id)
        conditions = self._identified
        return conditions.left(mask, request, None) if mask & conditions.mask else mask

    def routed(self, mask: int, call: LLMCall) -> int:
        """Return those of some instances that a call allows, by the model that the client asks for."""
        if self._models is not None:
            mask &= self._models(call.model)
        conditions = self._routed
        return conditions.left(mask, call.request, call) if mask & conditions.mask else mask


def _dimension(patterns: Sequence[Sequence[str] | None]) -> PatternIndex | None:
    """Return what one part of a request allows, of which each instance has such patterns; None if no instance has any.

    Instances without patterns do not ask for that part, and are allowed by every value.
    """
    if all(one is None for one in patterns):
        return None
    pairs = ((pattern, 1 << bit) for bit, one in enumerate(patterns) for pattern in one or ())
    return PatternIndex(pairs, always=_mask(one is None for one in patterns))


class _Headers:
    """What the headers of a request allow. A header that stands several times matches if one of its values does."""

    def __init__(self, scopes: Sequence[When]) -> None:
        self._by_name: dict[bytes, tuple[int, PatternIndex]] = {}
        self._free: dict[int, int] = {}  # by a name's flag the instances that do not ask for it
        for number, name in enumerate(sorted({name for scope in scopes for name in scope.header})):
            index = _dimension([scope.header.get(name) for scope in scopes])
            if index is not None:
                self._by_name[name.encode("ascii")] = 1 << number, index
                self._free[1 << number] = _mask(name not in scope.header for scope in scopes)
        self._everything = (1 << len(scopes)) - 1
        self._by_presence: dict[int, int] = {}

    def __call__(self, raw: Iterable[tuple[bytes, bytes]]) -> int:
        names = self._by_name
        mask = self._everything
        present = 0
        for name, value in raw:
            if name in names:
                flag, index = names[name]
                if present & flag:
                    return self._of_repeated(raw)
                present |= flag
                mask &= index(value.decode("latin-1"))
        allowed = self._by_presence.get(present)
        return mask & (self._allowed_by_presence(present) if allowed is None else allowed)

    def _of_repeated(self, raw: Iterable[tuple[bytes, bytes]]) -> int:
        matched: dict[int, int] = {}
        for name, value in raw:
            known = self._by_name.get(name)
            if known is not None:
                flag, index = known
                matched[flag] = matched.get(flag, 0) | index(value.decode("latin-1"))
        mask = self._allowed_by_presence(sum(matched))
        for found in matched.values():
            mask &= found
        return mask

    def _allowed_by_presence(self, present: int) -> int:
        """Return the instances that ask for no header but these."""
        mask = self._everything
        for flag, free in self._free.items():
            if not flag & present:
                mask &= free
        if len(self._by_presence) >= MOST_COMBINATIONS:
            self._by_presence.clear()
        self._by_presence[present] = mask
        return mask


class _Conditions:
    """The conditions of one stage, each with the mask of its instances."""

    def __init__(self, conditions: Sequence[tuple[Condition, int]]) -> None:
        self.mask = 0
        for _, mask in conditions:
            self.mask |= mask
        self._conditions = conditions
        self._facts = FactMaker(condition for condition, _ in conditions)

    def left(self, mask: int, request: PluginRequest | None, call: LLMCall | None) -> int:
        """Return those of some instances whose condition holds, or that have none of this stage."""
        facts = self._facts(request, call)
        for condition, own in self._conditions:
            if mask & own and not condition.holds(facts):
                mask &= ~own
        return mask


def _conditions(scopes: Sequence[When], failed: Callable[[str, int, Exception], None]) -> list[tuple[Condition, int]]:
    """Return each condition once, with the mask of the instances that have it."""
    masks: dict[str, int] = {}
    for bit, scope in enumerate(scopes):
        if scope.condition is not None:
            masks[scope.condition] = masks.get(scope.condition, 0) | 1 << bit

    def condition(source: str, mask: int) -> Condition:
        return Condition(source, lambda error: failed(source, mask, error))

    return [(condition(source, mask), mask) for source, mask in masks.items()]


def _stage_of(condition: Condition) -> Stage:
    if condition.needs & {"model", "api", "stream"}:
        return Stage.ROUTED
    return Stage.IDENTIFIED if "principal" in condition.needs else Stage.ENTRY


def _mask(flags: Iterable[bool]) -> int:
    return sum(1 << bit for bit, flag in enumerate(flags) if flag)
