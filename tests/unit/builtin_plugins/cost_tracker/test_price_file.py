"""Files of prices."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from routeiq_builtin_plugins.cost_tracker.price_file import InvalidPrices, PriceFile, parsed

PATH = Path("prices.yaml")


def test_a_list_in_yaml_by_itself_or_under_its_name():
    for text in (
        "- {model: m, input: 1.5, since: 2027-01-01}",
        "prices: [{model: m, input: '1.5', since: 2027-01-01}]",
    ):
        (price,) = parsed(text, PATH)
        assert (price.model, price.input, price.since.year) == ("m", Decimal("1.5"), 2027)


def test_the_map_of_litellm_as_it_is():
    text = json.dumps(
        {
            "sample_spec": {"mode": "one of: chat, embedding"},
            "gpt-4o": {
                "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "mode": "chat",
                "cache_read_input_token_cost": 1.25e-06,
            },
            "embed": {"input_cost_per_token": 2e-08},
        }
    )  # fmt: skip
    first, second = parsed(text, PATH)
    assert (first.model, first.input, first.output, first.cached_input) == ("gpt-4o", 2.5, 10, Decimal("1.25"))
    assert (second.model, second.input, second.output) == ("embed", Decimal("0.02"), 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: [", "neither YAML nor JSON"),
        ("- {model: m}", r"wrong at 0\.input: Field required"),
        ("- {model: m, input: 1, oops: 2}", r"wrong at 0\.oops"),
        ("3", "the document"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(text, words):
    with pytest.raises(InvalidPrices, match=words) as caught:
        parsed(text, PATH)
    assert "prices.yaml" in str(caught.value)


def test_a_file_is_read_when_it_has_changed(tmp_path):
    path = tmp_path / "p.yaml"
    file = PriceFile(path)
    with pytest.raises(InvalidPrices, match="cannot be read"):
        file.changed()
    path.write_text("[{model: a, input: 1}]")
    assert len(file.changed()) == 1
    assert file.changed() is None
    path.write_text("oops: [{")
    with pytest.raises(InvalidPrices):
        file.changed()
    assert file.changed() is None  # a wrong file is told once
    path.write_text("[]")
    os.utime(path, ns=(1, 1))
    assert file.changed() == ()
