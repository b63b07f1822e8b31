"""Masks in what was edited: the secrets that they stand for, or an error, never the secret of something else."""

import pytest

from routeiq.core.config_trees import Secret, tree_of_data
from routeiq.core.masking import MASK
from routeiq.core.unmasking import MaskError, unmasked

A, B = {"name": "a", "api_key": "key-a"}, {"name": "b", "api_key": "key-b"}


def entry(name: str, **more) -> dict:
    return {"name": name, "api_key": MASK, **more}


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        (Secret("hush"), MASK, "hush"),
        (Secret("hush"), "new", "new"),
        (Secret(["a", "b"]), MASK, ["a", "b"]),
        ({"token": "a", "b": "c"}, {"token": MASK, "b": "d", "e": None}, {"token": "a", "b": "d", "e": None}),
        (None, {"a": [1, "b"]}, {"a": [1, "b"]}),
        # URLs: the same user's password
        ("redis://me:hush@h/0", f"redis://me:{MASK}@h/1", "redis://me:hush@h/1"),
        ("redis://:hush@h/0", f"redis://:{MASK}@h/1", "redis://:hush@h/1"),
        ("redis://me:hush@h/0", "redis://me:new@h/0", "redis://me:new@h/0"),
        # lists: by what entries say, or by their place
        ([A, B], [entry("b"), entry("a")], [B, A]),
        ([A, B], [entry("b")], [B]),
        ([A, B], [entry("a"), entry("b"), {"name": "c", "api_key": "new"}], [A, B, {"name": "c", "api_key": "new"}]),
        ([A, B], [entry("a", size=1), entry("b")], [{**A, "size": 1}, B]),
        ([A, B], [entry("c"), entry("b")], [{**A, "name": "c"}, B]),
        ([A, A], [entry("a")], [A]),
        ([A, B], [{"name": "x"}], [{"name": "x"}]),
        ([[A]], [[entry("a", more=1)]], [[{**A, "more": 1}]]),
    ],
)
def test_a_mask_is_the_secret_that_was_there(before, value, after):
    assert unmasked(value, tree_of_data(before) if not isinstance(before, Secret) else before, ()) == after


@pytest.mark.parametrize(
    ("before", "value", "path"),
    [
        (None, MASK, ()),
        ("text", MASK, ()),
        (Secret("hush"), [MASK], (0,)),
        ({"a": 1}, {"token": MASK}, ("token",)),
        ("redis://me:hush@h/0", f"redis://you:{MASK}@h/0", ()),
        (5, f"redis://you:{MASK}@h/0", ()),
        ([A, {"name": "a", "api_key": "another"}], [entry("a")], (0,)),
        ([A, B], [entry("b"), entry("c")], (1,)),
        ([A, B], [entry("c")], (0,)),
        ([], [entry("a")], (0,)),
        ({"list": [A]}, {"list": [entry("a"), entry("b")]}, ("list", 1)),
    ],
)  # fmt: skip
def test_a_mask_whose_secret_is_not_certain_is_an_error(before, value, path):
    with pytest.raises(MaskError, match="write the secret itself") as raised:
        unmasked(value, tree_of_data(before) if not isinstance(before, Secret) else before, ())
    assert raised.value.path == path
    assert "key-" not in str(raised.value)
