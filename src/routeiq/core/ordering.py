"""Dependencies, soft edges and priorities of plugins -> one order, and who is refused a place in it.

Pure functions over values. Hard edges (`depends_on`) and soft ones (`before`, `after`, between plugins that are there)
say who comes first; among what is free the lowest (priority, name) is next. The result depends on the set of nodes
alone, never on the sequence in which they are given. Graphs may be deep: nothing here recurses.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from .graph import cyclic_components, shortest_path
from .instances import expanded

Edge: TypeAlias = Literal["dependency", "before", "after"]
Predecessors: TypeAlias = Mapping[str, Mapping[str, Edge]]

_LONGEST_CYCLE_IN_WORDS: Final = 10


@dataclass(frozen=True, slots=True)
class Node:
    """A plugin as far as its place in the order goes.

    Attributes:
        priority: Lower comes earlier, among what is free.
        depends_on: Hard: it comes after these, and not at all without them.
        before: Soft: it comes before those of these that are there.
        after: Soft: it comes after those of these that are there.
    """

    name: str
    priority: int = 1000
    depends_on: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plugin has no place in the order.

    Attributes:
        kind: `cycle`: it is a member of one. `missing`: a dependency is not there. `dependency`: a dependency is there
            and cannot be depended on, since it was refused itself or is unavailable.
        reason: A sentence for people whose subject is the plugin: "depends on 'b', which is not installed".
        members: Of the cycle: exactly the plugins of that strongly connected component, sorted. Empty for other kinds.
    """

    name: str
    kind: Literal["cycle", "missing", "dependency"]
    reason: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a set of nodes: each is either in the order or refused.

    Attributes:
        order: The names of those that can start, first to last.
        refusals: The others, by name and sorted by it.
    """

    order: tuple[str, ...]
    refusals: Mapping[str, Refusal]


@dataclass(frozen=True, slots=True)
class HookOrder:
    """An operator's word on a plugin's place in one hook. None keeps what holds for the plugin in general."""

    priority: int | None = None
    before: frozenset[str] | None = None
    after: frozenset[str] | None = None

    def expanded(self, instances: Mapping[str, Collection[str]], own: str) -> HookOrder:
        """Return it with all instances in the place of each plugin's name, but for the instance whose word it is."""
        before = None if self.before is None else expanded(self.before, instances, own)
        after = None if self.after is None else expanded(self.after, instances, own)
        return HookOrder(self.priority, before, after)


class CycleError(Exception):
    """An operator's overrides for a hook contradict each other, or the dependencies.

    Attributes:
        members: Exactly the plugins of one strongly connected component, sorted.
    """

    def __init__(self, members: Sequence[str], cycle: str = "") -> None:
        super().__init__(tuple(members), cycle)
        self.members = tuple(members)
        self._cycle = cycle

    def __str__(self) -> str:
        text = f"the order has a cycle among {', '.join(self.members)}"
        return f"{text}: {self._cycle}" if self._cycle else text


def resolve(nodes: Iterable[Node], unavailable: Mapping[str, str] = MappingProxyType({})) -> Resolution:
    """Return the order of those nodes that can have one, and why the others cannot.

    First the members of cycles of hard edges are refused, with all that depend on them or on what is not there; then,
    among the rest, the members of cycles of hard and soft edges together, with their dependents. So a soft edge to a
    plugin that is refused anyway costs nobody a place.

    Args:
        unavailable: Plugins that exist and cannot be depended on, with the reason in words that follow "but": "it is
            disabled". It is quoted to their dependents. Names that are among the nodes are ignored.

    Raises:
        ValueError: if two nodes have the same name.
    """
    present: dict[str, Node] = {}
    for node in nodes:
        if node.name in present:
            raise ValueError(f"two nodes are named {node.name!r}: the names of an order are unique")
        present[node.name] = node
    refusals: dict[str, Refusal] = {}
    for soft in (False, True):
        waits = predecessors(_without(present, refusals), soft=soft)
        for members in cyclic_components(waits):
            reason = f"is a member of {_cycle_in_words(members, waits)}"
            refusals.update((name, Refusal(name, "cycle", reason, members)) for name in members)
        refusals.update(_fallen(present, unavailable, refusals))
    free = _without(present, refusals)
    return Resolution(_greedy_order(free, predecessors(free)), MappingProxyType(dict(sorted(refusals.items()))))


def order_among(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Return the order of some nodes of a whole that has one. Edges to others do not count, nor do hard ones."""
    present = {node.name: node for node in nodes}
    return _greedy_order(present, predecessors(present))


def order_for_hook(
    order: Sequence[str], nodes: Mapping[str, Node], overrides: Mapping[str, HookOrder]
) -> tuple[str, ...]:
    """Return the order in one hook, where operators' overrides replace soft edges and priorities. Hard edges stay.

    Args:
        order: The plugins that take part, in their general order, which is kept if none of them is overridden.
        nodes: At least those plugins; others, and overrides of others, do not count.

    Raises:
        CycleError: if overrides make a cycle.
    """
    if not any(name in overrides for name in order):
        return tuple(order)
    present = {name: overridden(nodes[name], overrides.get(name)) for name in order}
    waits = predecessors(present)
    result = _greedy_order(present, waits)
    if len(result) < len(present):
        members = cyclic_components(waits)[0]
        raise CycleError(members, _cycle_in_words(members, waits))
    return result


def overridden(node: Node, override: HookOrder | None) -> Node:
    """Return a node with what an operator's override sets: an override without soft edges keeps the declared ones."""
    if override is None:
        return node
    return replace(
        node,
        priority=node.priority if override.priority is None else override.priority,
        before=node.before if override.before is None else override.before,
        after=node.after if override.after is None else override.after,
    )


def predecessors(nodes: Mapping[str, Node], *, soft: bool = True) -> Predecessors:
    """Return for each node those among the nodes that come before it, with the rule; a hard edge hides a soft one."""
    waits: dict[str, dict[str, Edge]] = {name: {} for name in nodes}
    if soft:
        for name, node in nodes.items():
            for later in _among(node.before, nodes):
                waits[later][name] = "before"
        for name, node in nodes.items():
            waits[name].update((earlier, "after") for earlier in _among(node.after, nodes))
    for name, node in nodes.items():
        waits[name].update((earlier, "dependency") for earlier in _among(node.depends_on, nodes))
    return waits


def edge_in_words(first: str, second: str, edge: Edge) -> str:
    """Return who said that one comes before the other."""
    if edge == "dependency":
        return f"{second} depends on {first}"
    if edge == "before":
        return f"{first} declares before {second} (soft)"
    return f"{second} declares after {first} (soft)"


def _among(names: Iterable[str], others: Container[str]) -> list[str]:
    # `names & others.keys()` would walk through the larger of the two.
    return [name for name in names if name in others]


def _without(present: Mapping[str, Node], refusals: Mapping[str, Refusal]) -> dict[str, Node]:
    return {name: node for name, node in present.items() if name not in refusals}


def _greedy_order(nodes: Mapping[str, Node], waits: Predecessors) -> tuple[str, ...]:
    """Return Kahn's order with a heap for what is free; members of cycles, and all behind them, are not in it."""
    unplaced = {name: len(earlier) for name, earlier in waits.items()}
    followers: dict[str, list[str]] = {name: [] for name in waits}
    for name, earlier in waits.items():
        for predecessor in earlier:
            followers[predecessor].append(name)
    free = [(nodes[name].priority, name) for name, count in unplaced.items() if count == 0]
    heapq.heapify(free)
    order = []
    while free:
        _, name = heapq.heappop(free)
        order.append(name)
        for follower in followers[name]:
            unplaced[follower] -= 1
            if unplaced[follower] == 0:
                heapq.heappush(free, (nodes[follower].priority, follower))
    return tuple(order)


def _cycle_in_words(members: tuple[str, ...], waits: Predecessors) -> str:
    """Return the cycle as a path in which each depends on, or comes after, the next, with the edges that make it.

    Of large cycles only the beginning: a sentence is for people, `members` is for programs.
    """
    within = frozenset(members)
    start = members[0]
    path = shortest_path(start, lambda name: _among(waits[name], within), lambda name: name == start)
    assert path is not None, "a member of a strongly connected component reaches itself"
    if len(members) > _LONGEST_CYCLE_IN_WORDS:
        shown = path if len(path) <= _LONGEST_CYCLE_IN_WORDS else (*path[:_LONGEST_CYCLE_IN_WORDS], "...", start)
        return f"a dependency cycle of {len(members)} plugins, such as {' -> '.join(shown)}"
    edges = "; ".join(edge_in_words(earlier, later, waits[later][earlier]) for later, earlier in pairwise(path))
    cycle = f"{' -> '.join(path)} ({edges})"
    if len(path) - 1 == len(members):
        return f"the dependency cycle {cycle}"
    return f"the dependency cycles among {', '.join(members)}, such as {cycle}"


def _fallen(
    present: Mapping[str, Node], unavailable: Mapping[str, str], refused: Mapping[str, Refusal]
) -> dict[str, Refusal]:
    """Return the refusals of those that depend, directly or not, on what is refused, unavailable or not there."""
    dependents: dict[str, list[str]] = {}
    for name, node in present.items():
        if name not in refused:
            for dependency in node.depends_on:
                dependents.setdefault(dependency, []).append(name)
    lost = [name for name in dependents if name not in present or name in refused]
    fallen: set[str] = set()
    while lost:
        for name in dependents.get(lost.pop(), ()):
            if name not in fallen:
                fallen.add(name)
                lost.append(name)
    found = {}
    for name in fallen:
        absent = sorted(dependency for dependency in present[name].depends_on if dependency not in present)
        if absent:
            found[name] = _absence(name, absent, unavailable)
    gone = fallen | refused.keys()
    roots = {**refused, **found}
    for name in fallen - found.keys():
        _trace(name, present, gone, roots)
        dependency = _blamed(present[name], gone)
        root = roots[dependency]
        subject = "it" if root.name == dependency else repr(root.name)
        reason = f"depends on {dependency!r}, which was refused: {subject} {root.reason}"
        found[name] = Refusal(name, "dependency", reason)
    return found


def _absence(name: str, absent: Sequence[str], unavailable: Mapping[str, str]) -> Refusal:
    missing = [dependency for dependency in absent if dependency not in unavailable]
    clauses = [
        f"depends on {dependency!r}, "
        + (f"but {unavailable[dependency]}" if dependency in unavailable else "which is not installed")
        for dependency in absent
    ]
    return Refusal(name, "missing" if missing else "dependency", "; ".join(clauses))


def _blamed(node: Node, gone: AbstractSet[str]) -> str:
    """Return the refused dependency that is named where there are several: the first by name."""
    return min(_among(node.depends_on, gone))


def _trace(name: str, present: Mapping[str, Node], gone: AbstractSet[str], roots: dict[str, Refusal]) -> None:
    """Follow the blame from a fallen plugin to one with a reason of its own, and note that for all on the way.

    Reasons quote this root alone: quoting each other they would grow with the length of a chain.
    """
    chain = []
    while name not in roots:
        chain.append(name)
        name = _blamed(present[name], gone)
    roots.update(dict.fromkeys(chain, roots[name]))
