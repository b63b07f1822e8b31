"""What is wrong with a configuration of `model-router` is said."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.model_router.config import Config

HALVES = {"a": 50, "b": 50}


def experiment(**changes):
    return {"name": "e", "model": "m", "variants": HALVES, **changes}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"experiments": [experiment(variants={"a": 50, "b": 40})]}, "are 90 together, and must be 100"),
        ({"experiments": [experiment(variants={"a": 150, "b": -50})]}, "the share of 'a' must be a percentage"),
        ({"experiments": [experiment(), experiment(name="f")]}, "two experiments have the model 'm'"),
        ({"experiments": [experiment(), experiment(model="n")]}, "two experiments have the name 'e'"),
        ({"experiments": [experiment()], "aliases": {"m": "n"}}, "'m' is an alias and has an experiment"),
        ({"weights": {"d": -1}}, "the weight of 'd' must be 0 or more"),
        ({"weights": {"d": float("inf")}}, "the weight of 'd' must be 0 or more"),
        ({"wieghts": {}}, "wieghts"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Config(**fields)


def test_thirds_are_a_hundred_together():
    thirds = experiment(variants={"a": 33.3333333, "b": 33.3333333, "c": 33.3333334})
    assert list(Config(experiments=[thirds]).by_model) == ["m"]
