"""What the order needs of directed graphs: cycles and shortest paths.

Names are nodes, a graph maps each to its neighbours. Nothing here recurses: a chain may be longer than Python's stack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

Graph: TypeAlias = Mapping[str, Collection[str]]


def shortest_path(
    start: str, neighbours: Callable[[str], Iterable[str]], is_goal: Callable[[str], bool]
) -> tuple[str, ...] | None:
    """Return a shortest path of at least one step from the start to a goal, the first by name at each step, or None."""
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        for neighbour in sorted(neighbours(name)):
            if neighbour in came_from:
                continue
            came_from[neighbour] = name
            if is_goal(neighbour):
                path = [neighbour, name]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            queue.append(neighbour)
    return None


def cyclic_components(graph: Graph) -> list[tuple[str, ...]]:
    """Return the strongly connected components that are cycles, self-edges included, sorted in and among themselves.

    Tarjan's algorithm (1972) with a stack of its own in the place of recursion.
    """
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_names: dict[str, None] = {}  # in order of their visit: the stack of the algorithm, with fast membership
    components: list[tuple[str, ...]] = []
    work: list[tuple[str, Iterator[str]]] = []

    def visit(name: str) -> None:
        index[name] = lowest[name] = len(index)
        open_names[name] = None
        work.append((name, iter(graph[name])))

    for root in graph:
        if root not in index:
            visit(root)
        while work:
            name, rest = work[-1]
            for neighbour in rest:
                if neighbour not in index:
                    visit(neighbour)
                    break
                if neighbour in open_names:
                    lowest[name] = min(lowest[name], index[neighbour])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[name])
                if lowest[name] == index[name]:
                    members = _close(open_names, name)
                    if len(members) > 1 or name in graph[name]:
                        components.append(members)
    return sorted(components)


def _close(open_names: dict[str, None], root: str) -> tuple[str, ...]:
    """Take the component of a root off the stack."""
    members = []
    while root in open_names:
        members.append(open_names.popitem()[0])
    return tuple(sorted(members))
