"""How phases are declared and implementations marked: what makes no sense is refused where it is written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any

import pluggy
import pytest
from routeiq_plugin_sdk.markers import PROJECT, hookspec, mark


def plain(body: bytes) -> None: ...


async def asynchronous(body: bytes) -> None: ...


def generator() -> Generator[None, Any, None]:
    yield


@pytest.mark.parametrize("thing", [functools.partial(plain), plain.__get__(object()), object(), len, "name"])
def test_what_is_no_plain_function_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match="marks plain functions and methods"):
        mark(thing)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (plain, {"tryfirst": True, "trylast": True}, "exclude each other"),
        (asynchronous, {"timeout": 0}, "above 0"),
        (asynchronous, {"timeout": -1.0}, "above 0"),
        (asynchronous, {"timeout": float("nan")}, "above 0"),
        (plain, {"timeout": 1.0}, "cannot be interrupted"),
        (asynchronous, {"offload": True}, "for a blocking def"),
        (plain, {"wrapper": True}, "a wrapper is a generator"),
        (asynchronous, {"wrapper": True}, "a wrapper is a generator"),
        (generator, {"wrapper": True, "offload": True}, "neither offload nor timeout"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    function: Callable[..., Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"{function.__name__}: .*{message}"):
        mark(function, **options)


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="tryfrist"):
        mark(plain, tryfrist=True)  # type: ignore[call-arg]


def test_the_message_names_the_phase_and_not_the_function() -> None:
    with pytest.raises(ValueError, match=r"^request_body: "):
        mark(plain, specname="request_body", timeout=1.0)


def test_a_deadline_holds_for_async_and_offloaded_functions() -> None:
    async def awaited() -> None: ...

    def blocking() -> None: ...

    assert mark(awaited, timeout=0.5) is awaited
    assert mark(blocking, offload=True, timeout=0.5) is blocking


def test_pluggy_reads_what_the_marker_wrote() -> None:
    manager = pluggy.PluginManager(PROJECT)

    class Specifications:
        @staticmethod
        @hookspec(kind="first", layer="http")
        def phase(body: bytes) -> None: ...

    class Plugin:
        @staticmethod
        def implementation(body: bytes) -> bytes:
            return body.upper()

    mark(Plugin.implementation, specname="phase", tryfirst=True)
    manager.add_hookspecs(Specifications)
    manager.register(Plugin)
    assert manager.hook.phase(body=b"x") == b"X"  # one result, not a list: firstresult
    (implementation,) = manager.hook.phase.get_hookimpls()
    assert implementation.tryfirst
    assert dict(implementation.opts)["timeout"] is None, "keys of ours come back"


def test_an_async_wrapper_is_one_that_pluggy_accepts_and_never_runs() -> None:
    async def wrapper(body: bytes) -> Any:
        yield

    shim = mark(wrapper, wrapper=True)
    assert getattr(shim, f"{PROJECT}_async_wrapper") is wrapper
    assert shim.__name__ == "wrapper"
    with pytest.raises(TypeError, match="async wrapper: it runs in a plan"):
        next(shim(b""))


@pytest.mark.parametrize("options", [{"kind": "chain"}, {"kind": "first", "carries": ("body",)}])
def test_a_chain_says_what_it_carries_and_nothing_else_does(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="carries= belongs to a chain"):
        hookspec(layer="http", **options)
