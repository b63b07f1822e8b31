"""Names of instances, and what the names of plugins stand for."""

import pytest

from routeiq.core.instances import by_plugin, checked_name, expanded, hint_for, instance_part, plugin_of


def test_a_name_has_a_plugin_and_perhaps_a_part_of_its_own():
    assert (plugin_of("rate-limit#free"), instance_part("rate-limit#free")) == ("rate-limit", "free")
    assert (plugin_of("rate-limit"), instance_part("rate-limit")) == ("rate-limit", "")


@pytest.mark.parametrize("name", ["a", "rate-limit", "rate-limit#free", "0#0-"])
def test_these_are_names(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Rate_Limit#Free", "rate-limit#free"),
        ("rate limit", "rate-limit"),
        ("x#a#b", None),
        ("x#", None),
        ("#x", None),
        ("", None),
        ("../x", "x"),
        ("x\n", "x"),
    ],
)
def test_these_are_none(name, nearest):
    with pytest.raises(ValueError, match="is no plugin's name") as caught:
        checked_name(name)
    assert ("did you mean" in str(caught.value)) == (nearest is not None)
    assert nearest is None or f"did you mean {nearest!r}?" in str(caught.value)


def test_a_plugins_name_stands_for_its_instances_and_never_for_oneself():
    instances = by_plugin(["x", "x#a", "x#b", "y"])
    assert instances == {"x": ["x", "x#a", "x#b"], "y": ["y"]}
    assert expanded(["x"], instances, "y") == {"x", "x#a", "x#b"}
    assert expanded(["x"], instances, "x#a") == {"x", "x#b"}
    assert expanded(["x#b", "y", "absent"], instances, "x#a") == {"x#b", "y", "absent"}


def test_for_a_name_that_does_not_exist_its_siblings_or_the_nearest_are_named():
    known = ["rate-limit#free", "rate-limit#paid", "hello"]
    assert hint_for("rate-limit#fre", known) == "; of 'rate-limit' there are rate-limit#free, rate-limit#paid"
    assert hint_for("rate-limit", known) == "; of 'rate-limit' there are rate-limit#free, rate-limit#paid"
    assert hint_for("hello#a", known) == "; of 'hello' there is hello"
    assert hint_for("helo", known) == "; did you mean 'hello'?"
    assert hint_for("?", known) == ""
