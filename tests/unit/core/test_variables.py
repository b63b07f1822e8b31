"""Variables of plugins: whose they are, and what they say."""

import logging

import pytest
from pydantic import BaseModel, ConfigDict, Field

from routeiq.core.errors import ConfigurationError
from routeiq.core.variables import ConfigVariables, prefix_of, variables_for


class Limits(BaseModel):
    per_minute: int = 60
    burst: int | None = None


class Schema(BaseModel):
    mode: str = "soft"
    limits: Limits = Limits()
    optional: Limits | None = None
    tags: list[str] = []
    headers: dict[str, str] = {}
    tenants: dict[str, Limits] = {}
    either: str | list[str] = ""
    seconds: float | None = 1.0
    aliased: int = Field(0, alias="other-name")


def read(schema: type[BaseModel] = Schema, **texts: str) -> ConfigVariables:
    return ConfigVariables("my-plugin", schema, texts)


def test_a_prefix_is_the_name_in_capitals():
    assert prefix_of("rate-limit") == "ROUTEIQ_PLUGIN_RATE_LIMIT_"


def test_a_named_instance_has_variables_of_its_own():
    assert prefix_of("rate-limit#free-1") == "ROUTEIQ_PLUGIN_RATE_LIMIT__FREE_1_"
    names = ["rate-limit", "rate-limit#free", "rate-limit#paid", "free"]
    environment = {
        f"ROUTEIQ_PLUGIN_RATE_LIMIT_{rest}": rest for rest in ("RPM", "FREE_RPM", "_FREE_RPM", "_PAID_RPM__MAX")
    }
    assert variables_for("rate-limit", names, environment) == {"RPM": "RPM", "FREE_RPM": "FREE_RPM"}
    assert variables_for("rate-limit#free", names, environment) == {"RPM": "_FREE_RPM"}
    assert variables_for("rate-limit#paid", names, environment) == {"RPM__MAX": "_PAID_RPM__MAX"}


@pytest.mark.parametrize(
    ("one", "other", "variable"),
    [("a#b", "a#b-c", "A__B_C_D"), ("a", "a-b#c", "A_B__C_D"), ("a#b", "a--b", "A__B_C"), ("a-", "a#b", "A__B_C")],
)
def test_a_variable_of_an_instance_that_has_two_readings_is_an_error(one, other, variable):
    environment = {f"ROUTEIQ_PLUGIN_{variable}": "1"}
    for plugin in (one, other):
        with pytest.raises(ConfigurationError, match="could mean") as caught:
            variables_for(plugin, [one, other], environment)
        assert f"of the plugin {one!r}" in str(caught.value)
        assert f"of the plugin {other!r}" in str(caught.value)


def test_a_plugin_gets_its_own_variables_with_the_prefix_cut_off():
    environment = {
        "ROUTEIQ_PLUGIN_A_X": "1",
        "ROUTEIQ_PLUGIN_B_X": "2",
        "ROUTEIQ_PLUGIN_A_": "",
        "ROUTEIQ_PLUGIN_AX": "",
    }
    assert variables_for("a", ["a", "b"], environment) == {"X": "1"}


def test_a_variable_of_two_plugins_is_an_error_for_both():
    environment = {"ROUTEIQ_PLUGIN_A_B_C": "1"}
    for plugin in ("a", "a-b"):
        with pytest.raises(ConfigurationError) as raised:
            variables_for(plugin, ["a", "a-b"], environment)
        assert str(raised.value) == (
            "variable ROUTEIQ_PLUGIN_A_B_C: could mean 'b_c' of the plugin 'a' or 'c' of the plugin 'a-b':"
            " set it in the plugin's file instead"
        )


def test_a_name_that_only_one_plugin_can_have_is_no_error():
    assert variables_for("a", ["a", "a-b"], {"ROUTEIQ_PLUGIN_A_C": "1"}) == {"C": "1"}
    assert variables_for("a", ["a", "a-b"], {"ROUTEIQ_PLUGIN_A_B__C": "1"}) == {"B__C": "1"}
    assert variables_for("a-b", ["a", "a-b"], {"ROUTEIQ_PLUGIN_A_B__C": "1"}) == {}
    assert variables_for("a", ["a"], {"ROUTEIQ_PLUGIN_A_B_C": "1"}) == {"B_C": "1"}


def test_the_managers_own_variable_belongs_to_no_plugin():
    assert variables_for("startup", ["startup"], {"ROUTEIQ_PLUGIN_STARTUP_TIMEOUT": "1"}) == {}


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("MODE", "[hard", {"mode": "[hard"}),
        ("MODE", "null", {"mode": "null"}),
        ("MODE", "", {"mode": ""}),
        ("SECONDS", "null", {"seconds": None}),
        ("LIMITS__PER_MINUTE", "5", {"limits": {"per_minute": "5"}}),
        ("OPTIONAL__BURST", "5", {"optional": {"burst": "5"}}),
        ("LIMITS", '{"burst": 3}', {"limits": {"burst": 3}}),
        ("TAGS", '["a", "b"]', {"tags": ["a", "b"]}),
        ("TAGS", "a,b", {"tags": "a,b"}),
        ("HEADERS__X_TEAM", "red", {"headers": {"x_team": "red"}}),
        ("HEADERS", '{"X-Team": "red"}', {"headers": {"X-Team": "red"}}),
        ("TENANTS__ACME__BURST", "1", {"tenants": {"acme": {"burst": "1"}}}),
        ("EITHER", "text", {"either": "text"}),
        ("EITHER", '["a"]', {"either": ["a"]}),
        ("OTHER_NAME", "1", {"other-name": "1"}),
        ("ALIASED", "1", {"other-name": "1"}),
    ],
)
def test_a_variable_becomes_data_for_the_schema(name, text, data):
    variables = read(**{name: text})
    assert variables.data == data
    assert variables.problems == []
    assert set(variables.set_by.values()) == {f"ROUTEIQ_PLUGIN_MY_PLUGIN_{name}"}


def test_a_variable_of_a_field_refines_one_of_the_object_around_it():
    variables = read(LIMITS='{"per_minute": 1, "burst": 2}', LIMITS__BURST="3", HEADERS='{"a": "1"}', HEADERS__B="2")
    assert variables.data == {"limits": {"per_minute": 1, "burst": "3"}, "headers": {"a": "1", "b": "2"}}
    assert variables.set_by["limits", "per_minute"].endswith("_LIMITS")
    assert variables.set_by["limits", "burst"].endswith("_LIMITS__BURST")


def test_broken_json_is_a_problem_that_does_not_show_it():
    (problem,) = read(TAGS='["hunter2", ]').problems
    assert problem.source == "variable ROUTEIQ_PLUGIN_MY_PLUGIN_TAGS"
    assert problem.message.startswith("begins like JSON and is none (column ")
    assert "hunter2" not in str(problem)


def test_a_name_with_two_readings_in_one_schema_is_an_error():
    class Inner(BaseModel):
        b: int = 0

    class Ambiguous(BaseModel):
        a: Inner = Inner()
        a__b: int = 0

    (problem,) = read(Ambiguous, A__B="1").problems
    assert problem.message == "could mean 'a.b' or 'a__b': set it in the plugin's file instead"


def test_a_variable_that_is_no_field_is_the_plugins_own_and_mentioned_if_it_looks_misspelt(caplog):
    with caplog.at_level(logging.WARNING):
        variables = read(LIMITZ="1", SOMETHING_ELSE="2", _X="3")
    assert (variables.data, variables.problems) == ({}, [])
    assert caplog.messages == [
        "variable ROUTEIQ_PLUGIN_MY_PLUGIN_LIMITZ sets no field of its plugin's configuration; did you mean 'LIMITS'?"
    ]


def test_a_schema_that_forbids_what_is_extra_forbids_such_variables():
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")
        limits: int = 0

    (problem,) = read(Strict, LIMITZ="1").problems
    assert problem.message == "sets no field of the configuration; did you mean 'LIMITS'?"


def test_a_schema_that_allows_what_is_extra_gets_such_variables():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert read(Open, Anything="1").data == {"anything": "1"}


class Skills(BaseModel):
    directory: str = "skills"

    model_config = ConfigDict(extra="forbid")


def test_a_variable_by_a_name_of_its_own_sets_the_field_of_its_plugin_and_is_named_as_the_source():
    environment = {"ROUTEIQ_SKILLS_DIR": "/one"}
    assert variables_for("other", ["other", "skills-discovery"], environment) == {}
    texts = variables_for("skills-discovery", ["skills-discovery"], environment)
    variables = ConfigVariables("skills-discovery", Skills, texts)
    assert variables.data == {"directory": "/one"}
    assert variables.set_by == {("directory",): "ROUTEIQ_SKILLS_DIR"}
    assert variables.problems == []


def test_two_variables_of_one_field_must_agree():
    environment = {"ROUTEIQ_SKILLS_DIR": "/one", "ROUTEIQ_PLUGIN_SKILLS_DISCOVERY_DIRECTORY": "/one"}
    assert variables_for("skills-discovery", [], environment) == {"ROUTEIQ_SKILLS_DIR": "/one"}
    environment["ROUTEIQ_SKILLS_DIR"] = "/two"
    with pytest.raises(ConfigurationError, match="differs from ROUTEIQ_PLUGIN_SKILLS_DISCOVERY_DIRECTORY"):
        variables_for("skills-discovery", [], environment)


def test_a_variable_by_a_name_of_its_own_is_named_where_the_plugin_has_no_such_field():
    variables = ConfigVariables("skills-discovery", Schema, {"ROUTEIQ_SKILLS_DIR": "/one"})
    assert variables.data == {}
