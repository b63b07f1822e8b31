"""`@hookimpl`, with and without options, with and without the phase's name."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from routeiq_plugin_sdk import hookimpl
from routeiq_plugin_sdk.markers import PROJECT


def options(function: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(function, f"{PROJECT}_impl")
    return found


def test_the_marked_function_stays_the_function_itself() -> None:
    def request() -> None: ...

    assert hookimpl(request) is request
    assert hookimpl.request(request) is request
    assert hookimpl.request(tryfirst=True)(request) is request


def test_a_plain_marker_takes_the_name_of_the_function() -> None:
    @hookimpl
    def request() -> None: ...

    @hookimpl(trylast=True)
    def response() -> None: ...

    assert options(request)["specname"] is None
    assert options(response)["trylast"] is True


def test_a_phase_can_be_named_in_two_ways() -> None:
    @hookimpl.request_body(timeout=0.5)
    async def one() -> None: ...

    @hookimpl(specname="request_body")
    def two() -> None: ...

    assert options(one)["specname"] == options(two)["specname"] == "request_body"
    assert options(one)["timeout"] == 0.5


def test_whether_a_phase_exists_is_left_to_the_registration() -> None:
    @hookimpl.a_phase_of_some_later_version  # type: ignore[attr-defined, untyped-decorator]
    def hook() -> None: ...

    assert options(hook)["specname"] == "a_phase_of_some_later_version"


def test_a_private_attribute_is_no_phase() -> None:
    with pytest.raises(AttributeError):
        hookimpl.__wrapped__  # type: ignore[attr-defined]
    assert copy.copy(hookimpl) is not None
    assert repr(hookimpl) == "<hookimpl>"


def test_a_phase_named_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="specname"):
        hookimpl.request(specname="response")(lambda: None)  # type: ignore[call-overload]
