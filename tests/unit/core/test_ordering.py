import pickle
import random
import time

import pytest

from routeiq.core.ordering import CycleError, HookOrder, Node, Refusal, order_for_hook, resolve


def node(name: str, priority: int = 1000, depends_on: str = "", before: str = "", after: str = "") -> Node:
    """Return a node whose edges are written as words."""
    return Node(name, priority, *(frozenset(words.split()) for words in (depends_on, before, after)))


def by_name(*nodes: Node) -> dict[str, Node]:
    return {one.name: one for one in nodes}


# Order


def test_nothing_resolves_to_nothing():
    resolution = resolve([])
    assert resolution.order == ()
    assert resolution.refusals == {}


def test_lower_priority_comes_first_and_then_the_name():
    assert resolve([node("b"), node("c", 1), node("a")]).order == ("c", "a", "b")


def test_negative_priorities_come_before_zero():
    assert resolve([node("a", 0), node("b", -5)]).order == ("b", "a")


def test_a_dependency_precedes_its_dependent_whatever_their_priorities():
    assert resolve([node("first", 1, depends_on="second"), node("second", 900)]).order == ("second", "first")


@pytest.mark.parametrize("edge", [{"before": "a"}, {"before": "a absent"}])
def test_before_orders_those_that_are_there(edge):
    assert resolve([node("a", 1), node("b", 900, **edge)]).order == ("b", "a")


def test_after_orders_those_that_are_there():
    assert resolve([node("a", 1, after="b absent"), node("b", 900)]).order == ("b", "a")


def test_a_plugin_of_low_priority_that_waits_lets_others_pass_and_follows_at_once():
    nodes = [node("z", 300), node("a", 100, depends_on="z"), node("b", 200), node("c", 400)]
    assert resolve(nodes).order == ("b", "z", "a", "c")


def test_an_edge_that_is_declared_twice_counts_once():
    assert resolve([node("a", before="b"), node("b", 1, depends_on="a", after="a")]).order == ("a", "b")


def test_two_nodes_of_one_name_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="two nodes are named 'a'"):
        resolve([node("a"), node("a", 1)])


def test_a_thousand_plugins_are_ordered_in_well_under_a_hundred_milliseconds():
    generator = random.Random(7)
    names = [f"plugin-{number:03}" for number in range(1000)]
    nodes = [
        Node(
            name,
            generator.randrange(5),
            frozenset(generator.sample(names[:number], min(3, number))),
            before=frozenset(names[number + 1 : number + 4 : 2]),
            after=frozenset(generator.sample(names[:number], min(2, number))),
        )
        for number, name in enumerate(names)
    ]
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        assert len(resolve(nodes).order) == 1000
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1


# Dependencies that are not there


def test_a_missing_dependency_refuses_its_dependent():
    resolution = resolve([node("a", depends_on="b"), node("c")])
    assert resolution.order == ("c",)
    assert resolution.refusals == {"a": Refusal("a", "missing", "depends on 'b', which is not installed")}


def test_the_reason_of_an_unavailable_dependency_is_quoted():
    resolution = resolve([node("a", depends_on="b")], {"b": "it failed: no such file"})
    assert resolution.refusals == {"a": Refusal("a", "dependency", "depends on 'b', but it failed: no such file")}


def test_all_absent_dependencies_are_named_at_once():
    refusal = resolve([node("a", depends_on="d b c")], {"c": "it is disabled"}).refusals["a"]
    assert refusal.kind == "missing"
    assert refusal.reason == (
        "depends on 'b', which is not installed; depends on 'c', but it is disabled;"
        " depends on 'd', which is not installed"
    )


def test_a_refusal_passes_on_to_dependents_with_the_root_of_it():
    refusals = resolve([node("a", depends_on="gone"), node("b", depends_on="a"), node("c", depends_on="b")]).refusals
    assert refusals["b"].kind == refusals["c"].kind == "dependency"
    assert refusals["b"].reason == ("depends on 'a', which was refused: it depends on 'gone', which is not installed")
    assert refusals["c"].reason == ("depends on 'b', which was refused: 'a' depends on 'gone', which is not installed")


def test_of_several_refused_dependencies_the_first_by_name_is_named():
    nodes = [node("top", depends_on="y x"), node("y", depends_on="gone"), node("x", depends_on="lost")]
    assert resolve(nodes).refusals["top"].reason == (
        "depends on 'x', which was refused: it depends on 'lost', which is not installed"
    )


def test_soft_edges_to_absent_and_unavailable_plugins_refuse_nobody():
    assert resolve([node("a", before="x y", after="x y")], {"y": "it is disabled"}).order == ("a",)


def test_unavailability_of_a_plugin_that_is_among_the_nodes_does_not_count():
    assert resolve([node("a"), node("b", depends_on="a")], {"a": "it is disabled"}).order == ("a", "b")


# Cycles


def test_exactly_the_members_of_a_cycle_are_refused_as_such_and_the_others_start():
    nodes = [node("a", depends_on="b"), node("b", depends_on="a"), node("c", depends_on="b"), node("d")]
    resolution = resolve(nodes)
    assert resolution.order == ("d",)
    reason = "is a member of the dependency cycle a -> b -> a (a depends on b; b depends on a)"
    assert resolution.refusals == {
        "a": Refusal("a", "cycle", reason, ("a", "b")),
        "b": Refusal("b", "cycle", reason, ("a", "b")),
        "c": Refusal("c", "dependency", f"depends on 'b', which was refused: it {reason}"),
    }


def test_a_dependency_of_a_cycle_is_not_a_member_and_starts():
    resolution = resolve([node("a", depends_on="b c"), node("b", depends_on="a"), node("c")])
    assert resolution.order == ("c",)
    assert resolution.refusals["a"].members == ("a", "b")


def test_a_plugin_that_depends_on_itself_is_a_cycle_of_one():
    refusal = resolve([node("a", depends_on="a")]).refusals["a"]
    assert (refusal.kind, refusal.members) == ("cycle", ("a",))
    assert refusal.reason == "is a member of the dependency cycle a -> a (a depends on a)"


@pytest.mark.parametrize("nodes", [[node("a", before="a")], [node("a", before="b", after="b"), node("b")]])
def test_soft_edges_alone_can_make_a_cycle(nodes):
    resolution = resolve(nodes)
    assert resolution.order == ()
    assert {refusal.kind for refusal in resolution.refusals.values()} == {"cycle"}


def test_a_cycle_of_hard_and_soft_edges_names_who_declared_what():
    refusals = resolve([node("a", depends_on="b"), node("b", after="c"), node("c", after="a")]).refusals
    assert refusals["c"].members == ("a", "b", "c")
    assert refusals["c"].reason == (
        "is a member of the dependency cycle a -> b -> c -> a"
        " (a depends on b; b declares after c (soft); c declares after a (soft))"
    )


def test_cycles_that_share_a_plugin_are_reported_as_one_set_of_members():
    refusal = resolve([node("a", depends_on="b"), node("b", depends_on="a c"), node("c", depends_on="b")]).refusals["c"]
    assert refusal.members == ("a", "b", "c")
    assert refusal.reason == (
        "is a member of the dependency cycles among a, b, c, such as a -> b -> a (a depends on b; b depends on a)"
    )


def test_cycles_that_share_nothing_are_reported_apart():
    nodes = [
        node("a", depends_on="b"),
        node("b", depends_on="a"),
        node("c", depends_on="d b"),
        node("d", depends_on="c"),
    ]
    members = {name: refusal.members for name, refusal in resolve(nodes).refusals.items()}
    assert members == {"a": ("a", "b"), "b": ("a", "b"), "c": ("c", "d"), "d": ("c", "d")}


def test_a_soft_edge_to_a_member_of_a_cycle_of_dependencies_costs_nobody_a_place():
    nodes = [node("a", depends_on="b"), node("b", depends_on="a"), node("c", before="a", after="b")]
    assert resolve(nodes).order == ("c",)


def test_a_soft_edge_to_a_plugin_without_its_dependency_costs_nobody_a_place():
    resolution = resolve([node("a", depends_on="gone", before="b"), node("b", before="a")])
    assert resolution.order == ("b",)
    assert resolution.refusals["a"].kind == "missing"


def test_a_member_of_a_cycle_that_lacks_a_dependency_too_is_reported_as_a_member():
    refusals = resolve([node("a", depends_on="b gone"), node("b", depends_on="a")]).refusals
    assert {name: refusal.kind for name, refusal in refusals.items()} == {"a": "cycle", "b": "cycle"}


def test_dependents_of_a_cycle_of_soft_edges_fall_with_it():
    resolution = resolve(
        [node("a", before="b"), node("b", before="a"), node("c", depends_on="a"), node("d", after="c")]
    )
    assert resolution.order == ("d",)
    assert resolution.refusals["c"].kind == "dependency"


# Large graphs

NAMES = tuple(f"n{number:04}" for number in range(5000))


def test_a_chain_may_be_longer_than_the_stack_of_the_interpreter():
    chain = [Node(name, 5000 - number, frozenset(NAMES[number - 1 : number])) for number, name in enumerate(NAMES)]
    assert resolve(reversed(chain)).order == NAMES


def test_the_reason_at_the_end_of_a_long_chain_stays_a_sentence():
    chain = [Node(name, 1, frozenset(NAMES[number - 1 : number] or {"gone"})) for number, name in enumerate(NAMES)]
    assert resolve(chain).refusals["n4999"].reason == (
        "depends on 'n4998', which was refused: 'n0000' depends on 'gone', which is not installed"
    )


def test_a_large_cycle_is_shortened_in_words_and_whole_in_its_members():
    ring = [Node(name, 1, frozenset({NAMES[number - 1]})) for number, name in enumerate(NAMES)]
    refusal = resolve(ring).refusals["n0003"]
    assert refusal.members == NAMES
    assert refusal.reason.startswith("is a member of a dependency cycle of 5000 plugins, such as n0000 -> n4999 -> ")
    assert refusal.reason.endswith(" -> ... -> n0000")
    assert len(refusal.reason) < 200


def test_a_large_knot_with_a_short_cycle_shows_that_one_whole():
    names = NAMES[:20]
    refusal = resolve([Node(name, 1, frozenset(names)) for name in names]).refusals["n0007"]
    assert refusal.reason == "is a member of a dependency cycle of 20 plugins, such as n0000 -> n0000"


# One hook

NODES = by_name(node("a", 10, before="b"), node("b", 20), node("c", 30, depends_on="a"), node("d", 40, after="c"))
ORDER = ("a", "b", "c", "d")


def test_without_an_override_the_general_order_stays_as_it_is():
    assert order_for_hook(("d", "a"), NODES, {"c": HookOrder(priority=1)}) == ("d", "a")


def test_an_override_that_sets_nothing_changes_nothing():
    assert order_for_hook(ORDER, NODES, {"c": HookOrder()}) == ORDER


def test_an_override_replaces_the_priority_and_keeps_declared_edges():
    assert order_for_hook(ORDER, NODES, {"b": HookOrder(priority=1), "d": HookOrder(priority=1)}) == ORDER
    assert order_for_hook(ORDER, NODES, {"c": HookOrder(priority=15)}) == ("a", "c", "b", "d")


def test_an_override_replaces_soft_edges_even_by_none_at_all():
    nothing: frozenset[str] = frozenset()
    assert order_for_hook(ORDER, NODES, {"a": HookOrder(priority=25, before=nothing)}) == ("b", "a", "c", "d")
    assert order_for_hook(ORDER, NODES, {"d": HookOrder(1, after=nothing)}) == ("d", "a", "b", "c")
    assert order_for_hook(ORDER, NODES, {"d": HookOrder(1, after=frozenset({"b"}))}) == ("a", "b", "d", "c")


def test_hard_edges_stay_whatever_an_override_says():
    assert order_for_hook(ORDER, NODES, {"c": HookOrder(priority=-1)})[:2] == ("a", "c")


def test_plugins_that_take_no_part_in_the_hook_do_not_count():
    override = HookOrder(before=frozenset({"a", "elsewhere"}))
    assert order_for_hook(("a", "d"), NODES, {"d": override, "elsewhere": override}) == ("d", "a")


def test_an_override_against_a_dependency_is_a_cycle_that_names_its_members():
    with pytest.raises(CycleError) as caught:
        order_for_hook(ORDER, NODES, {"c": HookOrder(before=frozenset({"a"}))})
    assert caught.value.members == ("a", "c")
    assert str(caught.value) == (
        "the order has a cycle among a, c: the dependency cycle a -> c -> a"
        " (c declares before a (soft); c depends on a)"
    )


def test_a_cycle_error_survives_pickling():
    error = pickle.loads(pickle.dumps(CycleError(["a", "b"], "a -> b -> a")))
    assert error.members == ("a", "b")
    assert str(error) == "the order has a cycle among a, b: a -> b -> a"
