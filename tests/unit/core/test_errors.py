"""Errors: sentences for people, attributes for programs, and OpenAI's shape for clients."""

import pytest
import routeiq_plugin_sdk

from routeiq.core.errors import (
    AuthenticationFailed,
    CapabilityError,
    ConfigurationError,
    DependencyCycleError,
    DuplicatePluginError,
    HookSignatureError,
    HookTimeout,
    IncompatiblePluginError,
    MetadataError,
    NotRunningError,
    PluginAborted,
    PluginCancelled,
    PluginFailure,
    Problem,
    RegistrationError,
    RouteIQError,
    StartupError,
    StateConflict,
    StorageUnavailable,
    UnknownHookError,
    WrongResultType,
    error_document,
)


def test_a_configuration_error_shows_every_problem_on_a_line_of_its_own():
    problems = [Problem("a.yaml, line 3", "limits.rpm", "must be a number"), Problem("variable X", "", "is unknown")]
    error = ConfigurationError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "a.yaml, line 3: limits.rpm: must be a number\nvariable X: is unknown"


def test_a_hook_error_names_plugin_and_hook_and_suggests_a_word():
    error = HookSignatureError("guard", "request_body", "has no argument 'requst'.", "request")
    assert (error.plugin, error.hook, error.suggestion) == ("guard", "request_body", "request")
    assert str(error) == "guard: hook request_body() has no argument 'requst'. Did you mean 'request'?"


def test_a_hook_error_without_a_near_word_suggests_nothing():
    assert str(UnknownHookError("guard", "xyz", "does not exist.")) == "guard: hook xyz() does not exist."


def test_a_cycle_has_exactly_its_members_sorted():
    error = DependencyCycleError(["c", "a", "b"])
    assert error.members == ("a", "b", "c")
    assert "a, b, c" in str(error)


@pytest.mark.parametrize("kind", [MetadataError, CapabilityError, DuplicatePluginError, IncompatiblePluginError])
def test_a_registration_error_names_the_plugin_and_the_reason(kind):
    error = kind("guard", "is wrong")
    assert isinstance(error, RegistrationError)
    assert (error.plugin, error.reason, str(error)) == ("guard", "is wrong", "guard: is wrong")


def test_a_plugin_knows_an_unavailable_storage_by_the_sdks_name():
    with pytest.raises(routeiq_plugin_sdk.StorageUnavailable, match="the disk is full"):
        raise StorageUnavailable("the disk is full")


def test_a_conflict_names_both_versions():
    error = StateConflict(3, 5)
    assert (error.expected, error.version) == (3, 5)
    assert "version 5 and not 3" in str(error)


def test_a_startup_error_says_why_it_ends_the_start():
    assert str(StartupError("auth", "no key")) == "plugin 'auth', whose failure mode is abort, cannot start: no key"


def test_failures_while_serving_have_what_a_host_needs():
    assert HookTimeout("guard", "request", 0.5).seconds == 0.5
    assert PluginAborted("guard", "request", 504).status_code == 504
    assert PluginAborted("guard", "request").status_code == 500
    assert AuthenticationFailed("keys").plugin == "keys"
    for kind in (HookTimeout, PluginAborted, AuthenticationFailed, PluginCancelled, WrongResultType):
        assert issubclass(kind, PluginFailure)


def test_one_except_clause_catches_all_of_them():
    for kind in (ConfigurationError, RegistrationError, StartupError, NotRunningError, PluginFailure):
        assert issubclass(kind, RouteIQError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (408, "timeout_error"),
        (413, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
        (504, "timeout_error"),
    ],
)
def test_an_error_document_has_openais_type_for_its_status(status, kind):
    assert error_document(status, "no", "some_code") == {
        "error": {"message": "no", "type": kind, "param": None, "code": "some_code"}
    }


def test_an_error_document_takes_a_type_and_a_parameter():
    document = error_document(400, "no", type="image_error", param="size")
    assert document["error"]["type"] == "image_error"
    assert document["error"]["param"] == "size"
