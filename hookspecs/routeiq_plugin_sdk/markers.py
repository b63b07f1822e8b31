"""`hookspec` and `hookimpl`: how phases are declared, and how a plugin implements them.

They set the attributes that pluggy reads, in the form that pluggy documents. What pluggy does not know (kind,
capabilities, deadline ...) travels in the same dictionaries: pluggy keeps unknown keys and gives them back.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from .metadata import PluginCapability

PROJECT: Final = "routeiq"
HookKind = Literal["observe", "collect", "first", "chain"]
Apply = Callable[..., tuple[Any, ...]]

F = TypeVar("F", bound=Callable[..., Any])


def hookspec(
    *,
    kind: HookKind,
    layer: str,
    requires: frozenset[PluginCapability] = frozenset(),
    outbound: bool = False,
    carries: tuple[str, ...] = (),
    apply: Apply | None = None,
    returns: tuple[type, ...] = (),
    ends: tuple[type, ...] = (),
    may_reject: bool = False,
    fails_closed: bool = False,
    contained: bool = False,
    needs: Literal["request_body", "response_body"] | None = None,
    native: bool = False,
    until: Literal["authentication", "routing"] | None = None,
) -> Callable[[F], F]:
    """Declare a phase.

    Args:
        kind: What results mean: observe (ignored), collect (all kept), first (the first one ends the phase), chain
            (each implementation receives what the previous ones made).
        layer: What a host declares that it fires: `lifecycle`, `contributions`, `http`, `routing`, `llm`, `tools`,
            `agents` or `evaluation`.
        requires: The capabilities of which a plugin must declare one; empty: none is needed.
        outbound: Whether implementations run in reverse plugin order.
        carries: The arguments that a chain replaces.
        apply: For a chain whose result is not simply the new value: takes the carried values and the result, and
            returns the new carried values. Raises TypeError or ValueError for a result that makes no sense.
        returns: The types of a result other than None; anything else counts as a failure of the plugin.
        ends: Those of `returns` that end a chain.
        may_reject: Whether `Reject` is a decision here; elsewhere it comes too late, and counts as a failure.
        fails_closed: Whether a failure refuses the request in every failure mode.
        contained: Whether a failure is only logged and counted, in every failure mode: nothing is left to refuse.
        needs: Which of the metadata's `needs_` fields governs the phase.
        native: Whether the host calls it once in the life of a plugin, so that no plan is compiled for it.
        until: What it comes before in the life of a request: an instance that is chosen only then never sees it. None:
            it may fire to the end.
    """
    if (kind == "chain") != bool(carries):
        raise ValueError("carries= belongs to a chain, and a chain needs it")
    options = {
        "firstresult": kind == "first", "historic": False, "warn_on_impl": None, "warn_on_impl_args": None,
        "kind": kind, "layer": layer, "requires": requires, "outbound": outbound, "carries": carries, "apply": apply,
        "returns": returns, "ends": ends, "may_reject": may_reject, "fails_closed": fails_closed,
        "contained": contained, "needs": needs, "native": native,
        "until": until,
    }  # fmt: skip

    def declare(function: F) -> F:
        setattr(function, f"{PROJECT}_spec", options)
        return function

    return declare


def mark(
    function: Callable[..., Any],
    *,
    specname: str | None = None,
    tryfirst: bool = False,
    trylast: bool = False,
    wrapper: bool = False,
    optionalhook: bool = False,
    timeout: float | None = None,
    offload: bool = False,
) -> Callable[..., Any]:
    """Mark one function as an implementation; `hookimpl` is what authors use.

    Raises:
        TypeError: for something that pluggy would skip without a word, such as a `functools.partial`.
        ValueError: for options that contradict each other or the function.
    """
    if not inspect.isfunction(function):
        raise TypeError(f"@hookimpl marks plain functions and methods, not {type(function).__name__}: wrap it in a def")
    name = specname or function.__name__
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if tryfirst and trylast:
        raise ValueError(f"{name}: tryfirst and trylast exclude each other")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"{name}: timeout={timeout!r} must be a number of seconds above 0")
    if timeout is not None and not (is_async or offload):
        raise ValueError(f"{name}: a plain def cannot be interrupted; make it async def, or add offload=True")
    if offload and is_async:
        raise ValueError(f"{name}: offload=True is for a blocking def; an async def runs in the event loop already")
    if wrapper and not (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
        raise ValueError(f"{name}: a wrapper is a generator: `outcome = yield`")
    if wrapper and (offload or timeout is not None):
        raise ValueError(f"{name}: a wrapper takes neither offload nor timeout")
    target = _async_wrapper_shim(function) if wrapper and inspect.isasyncgenfunction(function) else function
    options = {
        "tryfirst": tryfirst, "trylast": trylast, "wrapper": wrapper, "hookwrapper": False, "specname": specname,
        "optionalhook": optionalhook, "timeout": timeout, "offload": offload,
    }  # fmt: skip
    setattr(target, f"{PROJECT}_impl", options)
    return target


def _async_wrapper_shim(function: Callable[..., Any]) -> Callable[..., Any]:
    """pluggy accepts synchronous generators alone as wrappers; this is one, and carries the real function along."""

    @functools.wraps(function)
    def shim(*args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{function.__qualname__} is an async wrapper: it runs in a plan, not in a native pluggy call")
        yield

    setattr(shim, f"{PROJECT}_async_wrapper", function)
    return shim
