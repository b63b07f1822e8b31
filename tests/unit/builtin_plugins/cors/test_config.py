"""What an operator can set of the plugin `cors`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.cors.config import Config


def test_nobody_is_allowed_by_default():
    assert Config().allow_origins == ()


@pytest.mark.parametrize("field", ["allow_origins", "allow_methods", "allow_headers", "expose_headers"])
def test_everything_and_credentials_exclude_each_other(field):
    Config.model_validate({field: ["*"]})
    with pytest.raises(ValidationError, match=f"{field}: `\\*` and allow_credentials exclude each other"):
        Config.model_validate({field: ["*"], "allow_credentials": True})


def test_the_null_origin_and_credentials_exclude_each_other():
    with pytest.raises(ValidationError, match="null"):
        Config(allow_origins=["null"], allow_credentials=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"allow_methods": ["GE T"]}, {"allow_headers": ["a b"]}, {"allow_headers": ["x-*-y"]},
        {"expose_headers": ["ä"]}, {"max_age": 90000},
        {"max_age": -1}, {"allow_origin": ["https://a.example"]},
    ],
)  # fmt: skip
def test_what_is_no_name_or_misspelt_is_refused(fields):
    with pytest.raises(ValidationError):
        Config.model_validate(fields)


def test_methods_are_normalized_as_browsers_do_and_names_kept_in_lower_case():
    config = Config(allow_methods=["get", "patch", "PATCH"], allow_headers=["X-A", "X-B-*"], expose_headers=["X-C"])
    assert config.allow_methods == ("GET", "patch", "PATCH")
    assert (config.allow_headers, config.expose_headers) == (("x-a", "x-b-*"), ("x-c",))
