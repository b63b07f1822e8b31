"""Says which rule puts one plugin before another: the order's answer to "why?".

An answer is a reason that suffices by itself: a path of edges, a comparison of what was free at the same moment, or
both when one plugin waits for a third.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, TypeAlias

from .graph import shortest_path
from .instances import plugin_of
from .ordering import Node, edge_in_words, predecessors, resolve

Rule: TypeAlias = Literal["dependency", "before", "after", "path", "priority", "name", "waits", "refused", "same"]


class UnknownPlugin(KeyError):
    """There is no plugin of this name.

    Attributes:
        name: What was asked for.
        suggestion: The nearest name that there is, or None if none is near.
    """

    def __init__(self, name: str, suggestion: str | None = None) -> None:
        super().__init__(name, suggestion)
        self.name = name
        self.suggestion = suggestion

    def __str__(self) -> str:
        hint = f"Did you mean {self.suggestion!r}?" if self.suggestion else "`routeiq plugin list` shows the names."
        return f"there is no plugin {self.name!r}. {hint}"


@dataclass(frozen=True)
class Explanation:
    """Which of two plugins comes first, and why.

    Attributes:
        first: The one that comes first; with the rule `refused` the one that takes part, if either does.
        rule: `dependency`, `before`, `after`: one edge between the two. `path`: several edges. `priority`, `name`: no
            edges, and that comparison. `waits`: the second would go first by priority or name, and waits for a third
            that would not. `refused`: at least one takes no part. `same`: they are one plugin.
        text: The reason as a sentence for people.
        path: The plugins that edges lead through, in order: from the first to the second, or with the rule `waits`
            from the one that is waited for to the second. Empty for the other rules.
    """

    first: str
    second: str
    rule: Rule
    text: str
    path: tuple[str, ...] = ()


def explain(
    nodes: Iterable[Node], a: str, b: str, unavailable: Mapping[str, str] = MappingProxyType({})
) -> Explanation:
    """Return which of two plugins comes first in `resolve(nodes, unavailable).order`, and why.

    Raises:
        UnknownPlugin: if one of them is neither among the nodes nor unavailable.
    """
    return Explainer(nodes, unavailable).explain(a, b)


class Explainer:
    """Explains any number of pairs of one order, which it resolves once."""

    def __init__(self, nodes: Iterable[Node], unavailable: Mapping[str, str] = MappingProxyType({})) -> None:
        nodes = tuple(nodes)
        resolution = resolve(nodes, unavailable)
        by_name = {node.name: node for node in nodes}
        self._present = {name: by_name[name] for name in resolution.order}
        self._out = {name: reason for name, reason in unavailable.items() if name not in by_name}
        self._out.update((name, f"it {refusal.reason}") for name, refusal in resolution.refusals.items())
        self._waits = predecessors(self._present)
        self._position = {name: position for position, name in enumerate(resolution.order)}

    def explain(self, a: str, b: str) -> Explanation:
        """Return which of two plugins comes first, and why.

        Raises:
            UnknownPlugin: if one of them does not exist.
        """
        for name in (a, b):
            if name not in self._present and name not in self._out:
                raise UnknownPlugin(name, self._nearest(name))
        if a not in self._present or b not in self._present:
            return self._refused(a, b)
        if a == b:
            return Explanation(a, b, "same", f"{a} and {b} are one plugin")
        first, second = sorted((a, b), key=self._position.__getitem__)
        path = shortest_path(second, lambda name: self._unplaced(name, first), lambda name: name == first)
        if path is not None:
            return self._by_edges(path[::-1])
        if self._key(first) < self._key(second):
            return Explanation(first, second, *self._by_comparison(first, second))
        return self._by_waiting(first, second)

    def _key(self, name: str) -> tuple[int, str]:
        return self._present[name].priority, name

    def _unplaced(self, name: str, placed: str) -> list[str]:
        """Return what a plugin still waits for at the step at which another is placed, that other one included."""
        step = self._position[placed]
        return [earlier for earlier in self._waits[name] if self._position[earlier] >= step]

    def _nearest(self, name: str) -> str | None:
        known = sorted(self._present.keys() | self._out.keys())
        siblings = [one for one in known if plugin_of(one) == plugin_of(name)]
        near = siblings or difflib.get_close_matches(name, known, n=1)
        return near[0] if near else None

    def _refused(self, a: str, b: str) -> Explanation:
        first, second = (b, a) if a in self._out and b not in self._out else (a, b)
        refused = [name for name in dict.fromkeys((a, b)) if name in self._out]
        text = "; ".join(f"{name} takes no part in the order: {self._out[name]}" for name in refused)
        return Explanation(first, second, "refused", text)

    def _edges_in_words(self, path: tuple[str, ...]) -> str:
        return ", and ".join(edge_in_words(one, other, self._waits[other][one]) for one, other in pairwise(path))

    def _by_edges(self, path: tuple[str, ...]) -> Explanation:
        first, second = path[0], path[-1]
        rule: Rule = self._waits[second][first] if len(path) == 2 else "path"
        return Explanation(first, second, rule, f"{first} comes before {second}: {self._edges_in_words(path)}", path)

    def _by_comparison(self, first: str, second: str) -> tuple[Rule, str]:
        one, other = self._present[first].priority, self._present[second].priority
        if one == other:
            return "name", f"{first} comes before {second} by name: both have priority {one}"
        return "priority", f"{first} comes before {second} by priority {one} < {other}"

    def _by_waiting(self, first: str, second: str) -> Explanation:
        """Explain a second that has the lower key: some plugin on its way was free, and lost against the first."""
        path = shortest_path(
            second, lambda name: self._unplaced(name, first), lambda name: not self._unplaced(name, first)
        )
        assert path is not None, "a plugin that was free would have been placed by its lower key"
        path = path[::-1]
        _, comparison = self._by_comparison(first, path[0])
        lower = "priority" if self._present[second].priority < self._present[first].priority else "name"
        text = (
            f"{first} comes before {second}, although {second} has the lower {lower}: {second} waits for {path[0]}"
            f" ({self._edges_in_words(path)}), and {comparison}"
        )
        return Explanation(first, second, "waits", text, path)
