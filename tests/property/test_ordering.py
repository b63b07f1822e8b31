"""Laws of the order, for random graphs with cycles, self-edges, missing and unavailable dependencies, and ties."""

from collections.abc import Sequence
from itertools import combinations, pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeiq.core.explain import Explainer, Explanation
from routeiq.core.ordering import CycleError, HookOrder, Node, order_for_hook, overridden, resolve

NAMES = "abcdefgh"
UNAVAILABLE = {"y": "it is disabled"}
LAW = settings(deadline=None)  # a busy machine disproves no law
PRIORITIES = st.sampled_from([100, 500, 1000])


def edges(among: Sequence[str], most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(among), max_size=most) if among else st.just(frozenset())


@st.composite
def any_nodes(draw: st.DrawFn) -> list[Node]:
    """Draw nodes with any edges at all: most of these graphs have something to refuse."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    others = [*NAMES, "x", "y"]
    return [
        Node(name, draw(PRIORITIES), draw(edges(others, 1)), draw(edges(others, 1)), draw(edges(others, 1)))
        for name in names
    ]


@st.composite
def acyclic_nodes(draw: st.DrawFn) -> list[Node]:
    """Draw nodes whose edges follow a hidden sequence, so that all of them find a place."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return [
        Node(
            name,
            draw(PRIORITIES),
            draw(edges(names[:position])),
            draw(edges(names[position + 1 :])),
            draw(edges(names[:position])),
        )
        for position, name in enumerate(names)
    ]


NODES = any_nodes() | acyclic_nodes()


def precedes(first: Node, second: Node, soft: bool = True) -> bool:
    """Whether one of two nodes declares an edge from the first to the second."""
    hard = first.name in second.depends_on
    return hard or (soft and (second.name in first.before or first.name in second.after))


def reachability(nodes: Sequence[Node], soft: bool) -> set[tuple[str, str]]:
    """Return all pairs between which a path of at least one edge leads, by Warshall's algorithm."""
    pairs = {(a.name, b.name) for a, b in product(nodes, repeat=2) if precedes(a, b, soft)}
    names = [one.name for one in nodes]
    for middle, start, end in product(names, repeat=3):
        if (start, middle) in pairs and (middle, end) in pairs:
            pairs.add((start, end))
    return pairs


def cycles(nodes: Sequence[Node], soft: bool) -> dict[str, tuple[str, ...]]:
    """Return the members of its cycles for each node that is on one."""
    pairs = reachability(nodes, soft)
    names = sorted(one.name for one in nodes)
    return {
        name: tuple(other for other in names if (name, other) in pairs and (other, name) in pairs)
        for name in names
        if (name, name) in pairs
    }


def without_fallen(nodes: Sequence[Node]) -> Sequence[Node]:
    """Return the nodes whose dependencies are all there, and all of theirs."""
    while True:
        names = {one.name for one in nodes}
        standing = [one for one in nodes if one.depends_on <= names]
        if len(standing) == len(nodes):
            return standing
        nodes = standing


def expected_cycles_and_survivors(nodes: Sequence[Node]) -> tuple[dict[str, tuple[str, ...]], Sequence[Node]]:
    hard = cycles(nodes, soft=False)
    left = without_fallen([one for one in nodes if one.name not in hard])
    soft = cycles(left, soft=True)
    return hard | soft, without_fallen([one for one in left if one.name not in soft])


@LAW
@given(NODES)
def test_every_plugin_is_either_in_the_order_once_or_refused(nodes):
    resolution = resolve(nodes, UNAVAILABLE)
    assert sorted([*resolution.order, *resolution.refusals]) == sorted(one.name for one in nodes)


@LAW
@given(NODES)
def test_every_edge_between_plugins_of_the_order_is_respected(nodes):
    order = resolve(nodes, UNAVAILABLE).order
    by_name = {one.name: one for one in nodes}
    for earlier, later in combinations(order, 2):
        assert not precedes(by_name[later], by_name[earlier])
    for name in order:
        assert by_name[name].depends_on <= set(order)


@LAW
@given(NODES)
def test_at_each_position_nothing_that_is_free_has_a_lower_priority_and_name(nodes):
    order = resolve(nodes, UNAVAILABLE).order
    by_name = {one.name: one for one in nodes}
    for position, name in enumerate(order):
        rest = [by_name[other] for other in order[position:]]
        free = [one for one in rest if not any(precedes(other, one) for other in rest)]
        assert name == min(free, key=lambda one: (one.priority, one.name)).name


@LAW
@given(NODES, st.randoms(use_true_random=False))
def test_the_result_does_not_depend_on_the_sequence_of_registration(nodes, generator):
    shuffled = list(nodes)
    generator.shuffle(shuffled)
    one, other = resolve(nodes, UNAVAILABLE), resolve(shuffled, UNAVAILABLE)
    assert one == other
    assert list(one.refusals) == list(other.refusals)


@LAW
@given(NODES)
def test_refused_as_a_cycle_are_exactly_the_members_of_cycles_and_all_that_can_start_does(nodes):
    resolution = resolve(nodes, UNAVAILABLE)
    cyclic, survivors = expected_cycles_and_survivors(nodes)
    members = {name: refusal.members for name, refusal in resolution.refusals.items() if refusal.kind == "cycle"}
    assert members == cyclic
    assert set(resolution.order) == {one.name for one in survivors}


@LAW
@given(NODES)
def test_every_other_refusal_has_the_kind_that_its_dependencies_give_it(nodes):
    refusals = resolve(nodes, UNAVAILABLE).refusals
    by_name = {one.name: one for one in nodes}
    for name, refusal in refusals.items():
        assert refusal.name == name
        absent = by_name[name].depends_on - by_name.keys()
        if refusal.kind == "missing":
            assert absent - UNAVAILABLE.keys()
        elif refusal.kind == "dependency":
            assert absent <= UNAVAILABLE.keys()
            assert absent or by_name[name].depends_on & refusals.keys()
        if refusal.kind != "cycle":
            assert refusal.members == ()
            assert any(f"depends on {dependency!r}" in refusal.reason for dependency in by_name[name].depends_on)


@LAW
@given(acyclic_nodes())
def test_a_graph_without_cycles_and_gaps_refuses_nobody(nodes):
    assert not resolve(nodes).refusals


@LAW
@given(acyclic_nodes())
def test_overrides_that_set_nothing_keep_the_order(nodes):
    order = resolve(nodes).order
    assert order_for_hook(order, {one.name: one for one in nodes}, {name: HookOrder() for name in order}) == order


HOOK_ORDERS = st.builds(HookOrder, st.none() | PRIORITIES, st.none() | edges(NAMES, 1), st.none() | edges(NAMES, 1))


@LAW
@given(acyclic_nodes(), st.dictionaries(st.sampled_from(NAMES), HOOK_ORDERS, min_size=1, max_size=4))
def test_overrides_order_a_hook_as_if_they_had_been_declared_or_name_the_cycle_that_they_make(nodes, overrides):
    order = resolve(nodes).order
    assume(overrides.keys() & set(order))
    by_name = {one.name: one for one in nodes}
    declared = [overridden(one, overrides.get(one.name)) for one in nodes]
    cyclic = cycles(declared, soft=True)
    if cyclic:
        with pytest.raises(CycleError) as caught:
            order_for_hook(order, by_name, overrides)
        assert caught.value.members == min(cyclic.values())
    else:
        assert order_for_hook(order, by_name, overrides) == resolve(declared).order


def shortest_distance(nodes: Sequence[Node], first: str, second: str) -> int:
    """Return the number of edges between two names, by trying ever longer walks."""
    reached, distance = {first}, 0
    while second not in reached:
        reached = {b.name for a, b in product(nodes, repeat=2) if a.name in reached and precedes(a, b)}
        distance += 1
    return distance


def check_claim(explanation: Explanation, nodes: Sequence[Node], order: Sequence[str]) -> None:
    """Check that what an explanation says is true of the nodes, and reason enough."""
    by_name = {one.name: one for one in nodes}
    first, second = by_name[explanation.first], by_name[explanation.second]
    present = [by_name[name] for name in order]
    connected = (first.name, second.name) in reachability(present, soft=True)
    assert all(precedes(by_name[one], by_name[other]) for one, other in pairwise(explanation.path))
    match explanation.rule:
        case "dependency":
            assert first.name in second.depends_on
        case "before":
            assert second.name in first.before
            assert first.name not in second.depends_on
        case "after":
            assert first.name in second.after
            assert first.name not in second.depends_on
        case "path":
            assert explanation.path[0] == first.name
            assert explanation.path[-1] == second.name
            assert len(explanation.path) - 1 == shortest_distance(present, first.name, second.name) > 1
        case "priority":
            assert first.priority < second.priority
            assert not connected
        case "name":
            assert first.priority == second.priority
            assert first.name < second.name
            assert not connected
        case "waits":
            waited_for = by_name[explanation.path[0]]
            placed = order[: order.index(first.name)]
            assert not connected
            assert explanation.path[-1] == second.name
            assert (second.priority, second.name) < (first.priority, first.name)
            assert (first.priority, first.name) < (waited_for.priority, waited_for.name)
            assert waited_for.name not in placed
            assert all(other.name in placed for other in present if precedes(other, waited_for))
        case rule:
            pytest.fail(f"{rule} explains no pair of an order")


@LAW
@given(NODES)
def test_an_explanation_agrees_with_the_order_and_its_claim_is_true_for_every_pair(nodes):
    resolution = resolve(nodes, UNAVAILABLE)
    explainer = Explainer(nodes, UNAVAILABLE)
    for earlier, later in combinations(resolution.order, 2):
        explanation = explainer.explain(earlier, later)
        assert explanation == explainer.explain(later, earlier)
        assert (explanation.first, explanation.second) == (earlier, later)
        check_claim(explanation, nodes, resolution.order)


@LAW
@given(any_nodes())
def test_an_explanation_says_so_if_either_is_refused(nodes):
    resolution = resolve(nodes, UNAVAILABLE)
    explainer = Explainer(nodes, UNAVAILABLE)
    for refused, other in product(resolution.refusals, [one.name for one in nodes]):
        explanation = explainer.explain(other, refused)
        assert explanation.rule == "refused"
        assert resolution.refusals[refused].reason in explanation.text
        if other in resolution.order:
            assert (explanation.first, explanation.second) == (other, refused)
