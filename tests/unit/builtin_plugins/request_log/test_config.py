"""What an operator can set of the plugin `request-log`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.request_log.config import Config


@pytest.mark.parametrize("name", ["gen_ai.input.message", "http.request.header.", "headers", ""])
def test_a_field_that_does_not_exist_is_refused_by_its_name(name):
    for setting in ("add", "remove"):
        with pytest.raises(ValidationError, match="there is no field"):
            Config(**{setting: [name]})


def test_headers_are_fields_in_whatever_case_they_are_asked_for():
    config = Config(add=["http.request.header.X-Tenant", "http.response.header.age"])
    assert config.selection.request_headers == ("x-tenant",)
    assert config.selection.response_headers == ("age",)


def test_misspelt_settings_are_refused():
    for wrong in ({"sampel": 1}, {"output": {"path": "x"}}, {"redact": {"header": []}}, {"sample": 2}):
        with pytest.raises(ValidationError):
            Config(**wrong)


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="not accepted"):
        Config(redact={"patterns": ["("]})
