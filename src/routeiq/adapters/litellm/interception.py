"""Calls of LiteLLM led through the adapters that are installed: its functions, and the methods of its Router, replaced.

LiteLLM's callbacks lose synchronous calls, chunks, attempts, closed streams and cancelled tasks; the calls themselves
lose nothing. Names that other modules imported before (`from litellm import acompletion`) are replaced as well.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import litellm
from litellm import main as litellm_main

from .caller_thread import CallerThread
from .calls import RoutedCall, perform, perform_attempt, takes_part
from .levels import inside, unseen
from .operations import INNER_CALL, MADE_BY_FACTORY, Operation, functions, methods

if TYPE_CHECKING:
    from .adapter import LiteLLMAdapter

_MARK = "routeiq_interception"
Function = Callable[..., Any]


class Interception:
    """What stands in the place of LiteLLM's functions while at least one adapter is installed.

    Attributes:
        adapters: Those that are installed, the outermost first. Replaced, never changed: calls iterate over it.
    """

    def __init__(self) -> None:
        self.adapters: tuple[LiteLLMAdapter, ...] = ()
        self._functions: list[tuple[Function, Function]] = []
        self._methods: list[tuple[str, Function]] = []

    @classmethod
    def current(cls) -> Interception:
        """Return the one that is in force, or a new one that is not yet."""
        found = getattr(litellm.acompletion, _MARK, None)
        return found if isinstance(found, cls) else cls()

    def add(self, adapter: LiteLLMAdapter) -> None:
        """Install an adapter; harmless if it is."""
        if adapter in self.adapters:
            return
        if not self.adapters:
            self._replace()
        self.adapters = (*self.adapters, adapter)

    def remove(self, adapter: LiteLLMAdapter) -> None:
        """Take an adapter out; after the last one LiteLLM is as it was. Calls under way go on to their end."""
        self.adapters = tuple(one for one in self.adapters if one is not adapter)
        if not self.adapters:
            self._restore()

    def _replace(self) -> None:
        found = {id(function): (operation, function) for operation, function in functions(litellm)}
        found |= {id(function): (operation, function) for operation, function in functions(litellm_main)}
        self._functions = [(function, self._wrapped(operation, function)) for operation, function in found.values()]
        _swap(self._functions)
        router = litellm.Router
        self._methods = [("factory_function", router.factory_function)]
        for operation, method in methods(router):
            self._methods.append((operation.name, method))
            setattr(router, operation.name, self._wrapped(operation, method, of_router=True))
        router.factory_function = self._factory(router.factory_function)

    def _restore(self) -> None:
        _swap([(wrapper, function) for function, wrapper in self._functions])
        for name, method in self._methods:
            setattr(litellm.Router, name, method)
        self._functions, self._methods = [], []

    def _factory(self, make: Function) -> Function:
        """Return Router.factory_function so that what it makes for Responses and Messages is a Router's call."""

        @functools.wraps(make)
        def factory_function(router: Any, original_function: Function, call_type: str = "assistants") -> Function:
            made: Function = make(router, original_function, call_type)
            operation = MADE_BY_FACTORY.get(call_type)
            return made if operation is None else self._wrapped(operation, made, router=router)

        return factory_function

    def _wrapped(
        self, operation: Operation, function: Function, *, of_router: bool = False, router: Any = None
    ) -> Function:
        """Return what stands in the place of a function, of a method, or of what one Router made for itself."""
        wrap = _asynchronous if operation.asynchronous else _synchronous
        wrapper = functools.wraps(function)(wrap(self, operation, function, of_router, router))
        setattr(wrapper, _MARK, self)
        return wrapper

    def next(self, of_router: bool) -> tuple[LiteLLMAdapter, RoutedCall | None] | None:
        """Return the adapter that a call goes through next, and the Router's call that it is an attempt of, if any."""
        if unseen.get():
            return None
        levels = inside.get()
        for adapter in self.adapters:
            level = next((level for level in levels if level.adapter is adapter), None)
            if level is None:
                if takes_part(adapter.plans()):
                    return adapter, None
            elif level.routed is not None and not of_router:
                return adapter, level.routed
        return None


def _asynchronous(
    interception: Interception, operation: Operation, function: Function, of_router: bool, own_router: Any
) -> Function:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        turn = interception.next(of_router or own_router is not None)
        if turn is None:
            return await function(*args, **kwargs)
        adapter, routed = turn
        router, again, keywords = _received(operation, wrapper, args, kwargs, of_router, own_router)

        async def make(changed: dict[str, Any]) -> Any:
            return await again(**changed)

        if routed is not None:
            return await perform_attempt(adapter, routed, keywords, make)
        return await perform(adapter, operation, keywords, make, router=router)

    return wrapper


def _synchronous(
    interception: Interception, operation: Operation, function: Function, of_router: bool, own_router: Any
) -> Function:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        turn = (
            None
            if any(kwargs.get(name) for name in INNER_CALL)
            else interception.next(of_router or own_router is not None)
        )
        # In the hooks' own thread there is nobody to wait for: a synchronous call there holds up its own hooks.
        if turn is None or turn[0].hooks.is_current:
            return function(*args, **kwargs)
        adapter, routed = turn
        router, again, keywords = _received(operation, wrapper, args, kwargs, of_router, own_router)
        thread = CallerThread(adapter.hooks)

        async def make(changed: dict[str, Any]) -> Any:
            return await thread.call(functools.partial(again, **changed))

        if routed is not None:
            return thread.run(perform_attempt(adapter, routed, keywords, make))
        return thread.run(perform(adapter, operation, keywords, make, thread, router))

    return wrapper


def _received(
    operation: Operation, wrapper: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any], of_router: bool, own: Any
) -> tuple[Any, Function, dict[str, Any]]:
    """Return the Router that was called, if one was, how to go on from here, and the arguments by name."""
    if of_router:
        router, *rest = args
        return router, functools.partial(wrapper, router), operation.keywords(tuple(rest), kwargs)
    return own, wrapper, operation.keywords(args, kwargs)


def _swap(pairs: Iterable[tuple[Function, Function]]) -> None:
    """Put new functions in the place of old ones in all modules that hold them by name."""
    new_by_id = {id(old): (old, new) for old, new in pairs}
    for module in list(sys.modules.values()):
        namespace = getattr(module, "__dict__", None)
        if type(namespace) is not dict:
            continue
        for name, value in list(namespace.items()):
            found = new_by_id.get(id(value))
            if found is not None and found[0] is value:
                namespace[name] = found[1]
