import pickle

import pytest

from routeiq.core.explain import Explainer, Explanation, UnknownPlugin, explain
from routeiq.core.ordering import Node


def node(name: str, priority: int = 1000, depends_on: str = "", before: str = "", after: str = "") -> Node:
    """Return a node whose edges are written as words."""
    return Node(name, priority, *(frozenset(words.split()) for words in (depends_on, before, after)))


def text(nodes: list[Node], a: str, b: str) -> str:
    """Return the explanation's text, which must be the same whichever plugin is asked for first."""
    assert explain(nodes, a, b) == explain(nodes, b, a)
    return explain(nodes, a, b).text


def test_a_dependency_is_named():
    nodes = [node("a", 900), node("b", 1, depends_on="a")]
    assert explain(nodes, "b", "a") == Explanation(
        "a", "b", "dependency", "a comes before b: b depends on a", ("a", "b")
    )


@pytest.mark.parametrize(
    ("nodes", "rule", "words"),
    [
        ([node("a", 900, before="b"), node("b")], "before", "a comes before b: a declares before b (soft)"),
        ([node("a", 900), node("b", after="a")], "after", "a comes before b: b declares after a (soft)"),
        (
            [node("a", before="b"), node("b", after="a", depends_on="a")],
            "dependency",
            "a comes before b: b depends on a",
        ),
    ],
)
def test_a_soft_edge_is_said_to_be_soft_and_yields_to_a_hard_one(nodes, rule, words):
    assert explain(nodes, "a", "b").rule == rule
    assert text(nodes, "a", "b") == words


def test_every_edge_of_a_shortest_path_is_named():
    nodes = [node("a"), node("b", depends_on="c"), node("c", after="a y"), node("x", after="a"), node("y", after="x")]
    explanation = explain(nodes, "a", "b")
    assert (explanation.rule, explanation.path) == ("path", ("a", "c", "b"))
    assert explanation.text == "a comes before b: c declares after a (soft), and b depends on c"


def test_lower_priority_is_the_reason_where_no_edge_leads():
    assert text([node("b", 100), node("a")], "a", "b") == "b comes before a by priority 100 < 1000"


def test_the_name_is_the_reason_between_equal_priorities():
    assert text([node("b"), node("a")], "a", "b") == "a comes before b by name: both have priority 1000"


WAITING = [node("z", 900), node("a", 100, depends_on="z"), node("b", 500), node("q", 1, after="a")]


def test_a_plugin_that_waits_for_one_of_higher_priority_is_overtaken():
    explanation = explain(WAITING, "a", "b")
    assert (explanation.first, explanation.rule, explanation.path) == ("b", "waits", ("z", "a"))
    assert explanation.text == (
        "b comes before a, although a has the lower priority: a waits for z (a depends on z),"
        " and b comes before z by priority 500 < 900"
    )


def test_what_is_waited_for_may_be_several_edges_away():
    assert text(WAITING, "b", "q") == (
        "b comes before q, although q has the lower priority: q waits for z"
        " (a depends on z, and q declares after a (soft)), and b comes before z by priority 500 < 900"
    )


def test_a_plugin_of_lower_name_can_be_overtaken_too():
    assert text([node("c"), node("a", depends_on="c"), node("b")], "a", "b") == (
        "b comes before a, although a has the lower name: a waits for c (a depends on c),"
        " and b comes before c by name: both have priority 1000"
    )


def test_one_that_was_waited_for_and_placed_already_is_not_the_reason():
    nodes = [node("early", 1), node("late", 900), node("a", 100, depends_on="early late"), node("b", 500)]
    assert explain(nodes, "a", "b").path == ("late", "a")


def test_a_refused_plugin_comes_last_with_the_reason():
    nodes = [node("a", depends_on="gone"), node("b")]
    explanation = explain(nodes, "a", "b")
    assert (explanation.first, explanation.second, explanation.rule) == ("b", "a", "refused")
    assert text(nodes, "a", "b") == "a takes no part in the order: it depends on 'gone', which is not installed"


def test_an_unavailable_plugin_takes_no_part_for_the_reason_given():
    explanation = explain([node("a"), node("b", depends_on="c")], "c", "b", {"c": "it is disabled"})
    assert explanation.rule == "refused"
    assert explanation.text == (
        "c takes no part in the order: it is disabled;"
        " b takes no part in the order: it depends on 'c', but it is disabled"
    )


def test_one_plugin_is_not_before_itself():
    explanation = explain([node("a")], "a", "a")
    assert (explanation.rule, explanation.text) == ("same", "a and a are one plugin")


def test_one_refused_plugin_is_explained_once():
    assert explain([node("a", depends_on="a")], "a", "a").text.count("takes no part") == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("rate-limt", "there is no plugin 'rate-limt'. Did you mean 'rate-limit'?"),
        ("hello-word", "there is no plugin 'hello-word'. Did you mean 'hello-world'?"),
        ("some", "there is no plugin 'some'. Did you mean 'some#a'?"),
        ("?", "there is no plugin '?'. `routeiq plugin list` shows the names."),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest_one(asked, message):
    with pytest.raises(UnknownPlugin) as caught:
        explain([node("rate-limit"), node("some#a")], "rate-limit", asked, {"hello-world": "it is disabled"})
    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == message
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_one_explainer_answers_many_questions_about_an_order_that_is_read_once():
    explainer = Explainer(iter(WAITING))
    assert explainer.explain("b", "z").rule == "priority"
    assert explainer.explain("z", "a").rule == "dependency"


def test_a_path_may_be_longer_than_the_stack_of_the_interpreter():
    names = [f"n{number:04}" for number in range(5000)]
    chain = [Node(name, 1, frozenset(names[number - 1 : number])) for number, name in enumerate(names)]
    assert explain(chain, "n4999", "n0000").path == tuple(names)
