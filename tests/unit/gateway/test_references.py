"""`os.environ/NAME` in a settings file."""

from routeiq.gateway.references import References


def test_references_are_replaced_however_deep_they_stand():
    references = References({"A": "1", "B": "2"})
    given = {"x": ["os.environ/A", {"y": "os.environ/B"}], "z": "plain", "n": 5, "none": None}
    assert references.resolve(given) == {"x": ["1", {"y": "2"}], "z": "plain", "n": 5, "none": None}
    assert references.missing == []


def test_each_missing_variable_is_named_with_its_field():
    references = References({})
    references.resolve({"model_list": [{"litellm_params": {"api_key": "os.environ/KEY", "api_base": "os.environ/"}}]})
    assert references.missing == [
        ("model_list.0.litellm_params.api_key", "the environment variable KEY is not set"),
        ("model_list.0.litellm_params.api_base", "names no variable: os.environ/<NAME>"),
    ]


def test_a_variable_that_is_set_to_nothing_is_set():
    assert References({"EMPTY": ""}).resolve("os.environ/EMPTY") == ""


def test_a_value_is_not_looked_into_again():
    assert References({"A": "os.environ/B", "B": "x"}).resolve("os.environ/A") == "os.environ/B"


def test_the_prefix_elsewhere_in_a_text_is_no_reference():
    assert References({"A": "1"}).resolve("see os.environ/A") == "see os.environ/A"
