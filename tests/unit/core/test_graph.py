import pytest

from routeiq.core.graph import cyclic_components, shortest_path


def path(graph: dict[str, list[str]], start: str, goal: str) -> tuple[str, ...] | None:
    return shortest_path(start, lambda name: graph[name], lambda name: name == goal)


def test_the_shortest_path_is_taken_and_among_equals_the_first_by_name():
    graph = {"a": ["d", "c", "b"], "b": ["e"], "c": ["e"], "d": ["c"], "e": []}
    assert path(graph, "a", "e") == ("a", "b", "e")


def test_there_is_no_path_where_no_edge_leads():
    assert path({"a": ["b"], "b": []}, "b", "a") is None


@pytest.mark.parametrize(
    ("graph", "expected"),
    [({"a": ["b"], "b": ["c"], "c": ["b", "a"]}, ("a", "b", "c", "a")), ({"a": ["a"]}, ("a", "a"))],
)
def test_a_path_back_to_the_start_is_a_cycle(graph, expected):
    assert path(graph, "a", "a") == expected


def test_a_node_without_edges_is_not_on_a_cycle_of_no_steps():
    assert path({"a": []}, "a", "a") is None


def test_cyclic_components_are_found_apart_and_what_hangs_on_them_is_left_out():
    graph = {
        "before": ["b"], "b": ["c"], "c": ["b", "behind"], "behind": ["z"],
        "z": ["y"], "y": ["x"], "x": ["z"], "alone": ["alone"], "free": [],
    }  # fmt: skip
    assert cyclic_components(graph) == [("alone",), ("b", "c"), ("x", "y", "z")]


def test_cycles_that_share_a_node_are_one_component():
    assert cyclic_components({"a": ["b"], "b": ["a", "c"], "c": ["b"]}) == [("a", "b", "c")]


def test_a_cycle_may_be_longer_than_the_stack_of_the_interpreter():
    names = [f"n{number:04}" for number in range(5000)]
    ring = {name: [names[number - 1]] for number, name in enumerate(names)}
    assert cyclic_components(ring) == [tuple(names)]
