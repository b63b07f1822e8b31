"""`when:`, as an operator writes it."""

import pytest
from pydantic import ValidationError

from routeiq.core.when import Stage, When


def test_one_entry_needs_no_list_and_names_of_headers_are_in_lower_case():
    when = When.model_validate({"path": "/v1/*", "header": {"X-Tenant": "acme"}})
    assert (when.path, when.header) == (("/v1/*",), {"x-tenant": ("acme",)})
    assert when.told() == {"path": ["/v1/*"], "header": {"x-tenant": ["acme"]}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "narrows to nothing: give at least one of path, model, key, header, condition"),
        ({"path": None}, "narrows to nothing"),
        ({"header": {}}, "narrows to nothing"),
        ({"path": "v1/*"}, "paths begin with '/': did you mean '/v1/*'?"),
        ({"model": []}, "must name at least one"),
        ({"model": ""}, "must not be empty"),
        ({"key": 7}, "must be a text or a list of texts; put it in quotes"),
        ({"header": {"x tenant": "a"}}, "'x tenant' is no name of a header"),
        ({"modle": "x"}, "modle"),
    ],
)
def test_what_makes_no_sense_is_refused(given, words):
    with pytest.raises(ValidationError) as caught:
        When.model_validate(given)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("given", "stage", "late", "about_requests"),
    [
        ({"path": "/a"}, Stage.ENTRY, (), True),
        ({"header": {"a": "b"}}, Stage.ENTRY, (), True),
        ({"key": "k", "path": "/a"}, Stage.IDENTIFIED, ("key",), True),
        ({"model": "m"}, Stage.ROUTED, ("model",), False),
        ({"model": "m", "key": "k"}, Stage.ROUTED, ("model", "key"), True),
    ],
)
def test_it_is_known_when_it_can_be_judged(given, stage, late, about_requests):
    when = When.model_validate(given)
    assert (when.stage, when.late_parts, when.is_about_requests) == (stage, late, about_requests)


@pytest.mark.parametrize(
    ("condition", "stage", "late", "about_requests"),
    [
        ("request.path == '/'", Stage.ENTRY, (), True),
        ("principal.id == 'a'", Stage.IDENTIFIED, ("condition",), True),
        ("stream", Stage.ROUTED, ("condition",), False),
        ("stream && principal.id == 'a'", Stage.ROUTED, ("condition",), True),
    ],
)
def test_a_condition_can_be_judged_when_all_of_it_is_known(condition, stage, late, about_requests):
    pytest.importorskip("cel", reason="needs routeiq[cel]")
    when = When.model_validate({"condition": condition})
    assert (when.stage, when.late_parts, when.is_about_requests) == (stage, late, about_requests)
