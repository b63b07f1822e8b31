"""The manager's settings: variables, overrides, and what is said about wrong ones."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from routeiq_plugin_sdk import PluginCapability

from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.ordering import HookOrder
from routeiq.core.settings import ManagerSettings, PluginOverride


def settings_of(**variables: str) -> ManagerSettings:
    return ManagerSettings.from_environment(variables)


def error_of(variables: dict[str, str], **rest: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        ManagerSettings.from_environment(variables, **rest)
    return str(raised.value)


def test_without_variables_everything_may_load_and_failures_are_passed_over():
    settings = settings_of()
    assert settings == ManagerSettings()
    assert settings.allowlist is None
    assert settings.allowed_capabilities is None
    assert settings.failure_mode == "continue"
    assert settings.startup_timeout == 30


def test_an_empty_allowlist_lets_nothing_load():
    assert settings_of(ROUTEIQ_PLUGINS_ALLOWLIST="").allowlist == frozenset()
    assert settings_of(ROUTEIQ_PLUGINS_ALLOWED_CAPABILITIES="").allowed_capabilities == frozenset()


def test_lists_are_separated_by_commas():
    settings = settings_of(
        ROUTEIQ_PLUGINS=" a.plugin , b:thing,", ROUTEIQ_PLUGINS_ALLOWLIST="a, b-dist",
        ROUTEIQ_PLUGINS_ALLOWED_CAPABILITIES="MIDDLEWARE,auth-provider",
    )  # fmt: skip
    assert settings.modules == ("a.plugin", "b:thing")
    assert settings.allowlist == frozenset({"a", "b-dist"})
    assert settings.allowed_capabilities == frozenset({PluginCapability.MIDDLEWARE, PluginCapability.AUTH_PROVIDER})


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("PLUGINS", "a.b", "modules", ("a.b",)),
        ("PLUGINS_ALLOWLIST", "a", "allowlist", frozenset({"a"})),
        ("PLUGINS_ALLOWED_CAPABILITIES", "routes", "allowed_capabilities", frozenset({PluginCapability.ROUTES})),
        ("PLUGINS_FAILURE_MODE", "Abort", "failure_mode", "abort"),
    ],
)
def test_the_first_four_are_read_under_their_older_prefix_too(name, text, field, value):
    assert getattr(settings_of(**{f"ROUTEIQ_{name}": text}), field) == value
    assert getattr(settings_of(**{f"LLMROUTER_{name}": text}), field) == value
    assert getattr(settings_of(**{f"LLMROUTER_{name}": text, f"ROUTEIQ_{name}": text}), field) == value


def test_two_prefixes_that_disagree_are_an_error():
    error = error_of({"LLMROUTER_PLUGINS_ALLOWLIST": "a", "ROUTEIQ_PLUGINS_ALLOWLIST": ""})
    assert error == (
        "variable ROUTEIQ_PLUGINS_ALLOWLIST: differs from LLMROUTER_PLUGINS_ALLOWLIST, its older name:"
        " remove one of them"
    )


def test_the_startup_timeout_is_not_read_under_the_older_prefix():
    assert settings_of(LLMROUTER_PLUGIN_STARTUP_TIMEOUT="5").startup_timeout == 30
    assert settings_of(ROUTEIQ_PLUGIN_STARTUP_TIMEOUT="2.5").startup_timeout == 2.5


@pytest.mark.parametrize("text", ["x", "0", "-1", "inf", "nan"])
def test_a_startup_timeout_that_is_no_time_is_refused(text):
    error = error_of({"ROUTEIQ_PLUGIN_STARTUP_TIMEOUT": text})
    assert error == (
        f"variable ROUTEIQ_PLUGIN_STARTUP_TIMEOUT: {text!r} must be a number of seconds above 0, such as 30"
    )


def test_variables_that_are_set_to_nothing_say_nothing():
    settings = settings_of(ROUTEIQ_PLUGINS="", ROUTEIQ_PLUGINS_FAILURE_MODE="", ROUTEIQ_PLUGIN_STARTUP_TIMEOUT="")
    assert settings == ManagerSettings()


def test_everything_that_is_wrong_is_told_at_once_with_the_variable_that_was_set():
    error = error_of(
        {
            "ROUTEIQ_PLUGINS": "a.b,no module",
            "LLMROUTER_PLUGINS_FAILURE_MODE": "abrot",
            "ROUTEIQ_PLUGINS_ALLOWED_CAPABILITIES": "routes,midleware",
        }
    ).splitlines()
    assert error[0] == "variable ROUTEIQ_PLUGINS: 'no module' is no module path, such as my_package.my_plugin"
    assert "'midleware' is no capability; did you mean 'middleware'? There are: routes, " in error[1]
    assert error[2] == (
        "variable LLMROUTER_PLUGINS_FAILURE_MODE: 'abrot' must be one of continue, abort, quarantine;"
        " did you mean 'abort'?"
    )


def test_a_misspelt_variable_of_the_manager_is_an_error_since_a_lost_allowlist_lets_everything_load():
    assert "did you mean 'ROUTEIQ_PLUGINS_ALLOWLIST'?" in error_of({"ROUTEIQ_PLUGINS_ALOWLIST": "a"})


def test_only_the_plugins_variables_are_kept():
    settings = settings_of(
        ROUTEIQ_PLUGIN_A_B="1",
        ROUTEIQ_PLUGIN_STARTUP_TIMEOUT="5",
        ROUTEIQ_SKILLS_DIR="s",
        HOME="x",
        ROUTEIQ_ADMIN_TOKEN="t",
    )
    assert settings.environment == {"ROUTEIQ_PLUGIN_A_B": "1", "ROUTEIQ_SKILLS_DIR": "s"}
    assert "ROUTEIQ_PLUGIN_A_B" not in repr(settings)


def test_what_is_given_in_code_holds_against_a_variable():
    settings = ManagerSettings.from_environment({"ROUTEIQ_PLUGINS_FAILURE_MODE": "abort"}, failure_mode="quarantine")
    assert settings.failure_mode == "quarantine"


def test_without_an_argument_the_process_is_asked(monkeypatch):
    monkeypatch.setenv("ROUTEIQ_PLUGINS_FAILURE_MODE", "abort")
    assert ManagerSettings.from_environment().failure_mode == "abort"


def test_wrong_overrides_are_told_together_with_the_nearest_right_words():
    error = error_of({}, plugins={"a": {"priorty": 1, "mode": "audti"}, "b": {"hooks": {"request": {"timeot": 1}}}})
    assert "settings: plugins.a.priorty: there is no such key; did you mean 'priority'?" in error
    assert "settings: plugins.a.mode: must be 'enforce' or 'audit'; did you mean 'audit'?" in error
    assert "settings: plugins.b.hooks.request.timeot: there is no such key; did you mean 'timeout'?" in error


def test_an_override_of_a_hook_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="there is no hook 'requst'; did you mean 'request'"):
        PluginOverride.model_validate({"hooks": {"requst": {"priority": 1}}})


def test_one_name_is_no_list_of_names():
    with pytest.raises(ValidationError, match=r"write \['auth'\]"):
        PluginOverride.model_validate({"before": "auth"})


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_a_deadline_is_a_time(seconds):
    with pytest.raises(ValidationError):
        PluginOverride(timeout=seconds)


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        ManagerSettings().worker = 1


@pytest.fixture
def overridden():
    hooks = {"request": {"before": ["auth"], "timeout": 2}, "response": {"timeout": 3}}
    plugins = {"a": {"timeout": 1, "hooks": hooks}, "b": {"priority": 1}}
    return ManagerSettings.model_validate({"plugins": plugins})


def test_a_hooks_deadline_holds_before_its_plugins(overridden):
    assert overridden.hook_timeout("a", "request") == 2
    assert overridden.hook_timeout("a", "rewrite") == 1
    assert overridden.hook_timeout("b", "request") is None
    assert overridden.hook_timeout("c", "request") is None


def test_only_an_override_that_orders_is_an_order(overridden):
    assert overridden.hook_order("a", "request") == HookOrder(None, frozenset({"auth"}), None)
    assert overridden.hook_order("a", "response") is None
    assert overridden.hook_order("b", "request") is None
    assert overridden.hook_order("c", "request") is None


MANAGERS_OWN = [
    f"{prefix}_PLUGINS{rest}"
    for prefix in ("ROUTEIQ", "LLMROUTER")
    for rest in ("", "_ALLOWLIST", "_ALLOWED_CAPABILITIES", "_FAILURE_MODE", "_ALLOWLISTS")
]
VARIABLES = [*MANAGERS_OWN, "ROUTEIQ_PLUGIN_STARTUP_TIMEOUT", "ROUTEIQ_PLUGIN_", "ROUTEIQ_PLUGIN_A_"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(VARIABLES), st.text(max_size=12)))
def test_any_variables_give_settings_or_an_error_in_words(variables):
    problems: tuple[Problem, ...] = ()
    try:
        assert 0 < ManagerSettings.from_environment(variables).startup_timeout < math.inf
    except ConfigurationError as error:
        problems = error.problems

    assert all(problem.source.startswith("variable ") and problem.message for problem in problems)


class TestInstances:
    def test_a_plugin_runs_under_the_names_that_are_listed_and_else_under_its_own(self):
        settings = ManagerSettings(plugins={"x#a": PluginOverride(), "x#b": PluginOverride(enabled=False), "xy": {}})
        assert settings.instances_of("x") == ("x#a", "x#b")
        assert settings.instances_of("y") == ("y",)
        assert [settings.lists(name) for name in ("x", "x#a", "x#c", "xy", "y", "y#a")] == [
            False, True, False, True, True, False,
        ]  # fmt: skip

    def test_it_need_not_be_imported_if_all_of_them_are_disabled(self):
        off = PluginOverride(enabled=False)
        assert ManagerSettings(plugins={"x#a": off, "x": off}).disables("x")
        assert not ManagerSettings(plugins={"x#a": off, "x#b": PluginOverride()}).disables("x")
        assert not ManagerSettings().disables("x")
